/** Pass@k, the sign test and the bootstrap against scipy, numpy and exact fractions (e2e/fixtures/evaluation), and how long a bootstrap takes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bootstrap, passAt, signTest } from './statistics.ts';

interface Fixture {
  draws: number;
  bootstrap: (Record<'mean' | 'low' | 'high' | 'low_error' | 'high_error', number> & {
    name: string;
    value: number[];
    weight: number[];
    scipy: number[];
  })[];
  sign_test: { better: number; worse: number; p: number }[];
  pass_at: { n: number; c: number; k: number; value: number | null }[];
}
const fixture = JSON.parse(readFileSync(join(import.meta.dirname, '../../../e2e/fixtures/evaluation/statistics.json'), 'utf8')) as Fixture;

it(`pass@k is the fraction, to the last bit, for ${fixture.pass_at.length} sizes up to 10,000 samples`, () => {
  for (const { n, c, k, value } of fixture.pass_at) expect([n, c, k, passAt(n, c, k)]).toEqual([n, c, k, value]);
});

it.each(fixture.sign_test)('sign test of $better to $worse is $p', ({ better, worse, p }) => {
  expect(Math.abs(signTest(better, worse) - p)).toBeLessThanOrEqual(1e-12 * Math.max(p, 1e-300));
});

describe('bootstrap', () => {
  const draws = { draws: fixture.draws, seed: 0 };

  it.each(fixture.bootstrap)('of $name is within 3 errors of the simulation', ({ value, weight, ...expected }) => {
    const parts = value.map((one, at) => ({ value: one, weight: weight[at]! }));
    const [{ mean, low, high } = { mean: null, low: null, high: null }] = bootstrap([parts], draws);
    expect(mean).toBeCloseTo(expected.mean, 12);
    expect(Math.abs(low! - expected.low)).toBeLessThanOrEqual(3 * expected.low_error + 1e-9);
    expect(Math.abs(high! - expected.high)).toBeLessThanOrEqual(3 * expected.high_error + 1e-9);
    // scipy's own simulation is as far from the mean of many.
    expect(Math.abs(low! - expected.scipy[0]!)).toBeLessThanOrEqual(6 * expected.low_error + 1e-9);
    expect(bootstrap([parts], draws)).toEqual([{ mean, low, high }]);
  });

  it('of nothing is unknown, and of figures without weight too', () => {
    expect(bootstrap([[]], draws)).toEqual([{ mean: null, low: null, high: null }]);
    expect(bootstrap([[{ value: 0, weight: 0 }]], draws)).toEqual([{ mean: null, low: null, high: null }]);
  });

  it('draws a question with its translations: the interval is that of the questions, not of all texts', () => {
    const right = Array.from({ length: 60 }, (_, i) => ({ value: Number(i % 3 === 0), weight: 1 }));
    const names = right.map((_, i) => `q${i}`);
    const [one] = bootstrap([right], draws);
    const languages = ['de', 'en', 'fr'];
    const all = languages.flatMap(() => right);
    const [apart] = bootstrap([all], draws);
    const [together] = bootstrap([all], { ...draws, together: languages.flatMap(() => names) });
    expect(together!.mean).toBe(apart!.mean);
    // Three languages in which the same questions are right tell as much as one.
    expect([together!.low, together!.high]).toEqual([one!.low, one!.high]);
    expect(together!.high! - together!.low!).toBeGreaterThan(1.5 * (apart!.high! - apart!.low!));
    // Names of their own change nothing, to the last bit.
    expect(bootstrap([all], { ...draws, together: all.map((_, i) => `q${i}`) })).toEqual([apart]);
  });

  it('of questions that stand in some of the languages only is a ratio of sums', () => {
    const parts = [0, 1, 1, 0, 1, 0, 1, 1, 1, 0].map((value) => ({ value, weight: 1 }));
    const [{ mean, low, high } = { mean: 0, low: 0, high: 0 }] = bootstrap([parts], { ...draws, together: [...'aabbcdefgg'] });
    expect(mean).toBe(0.6);
    expect([low, high].every((end) => end! >= 0 && end! <= 1)).toBe(true);
    expect(low).toBeLessThan(0.6);
    expect(high).toBeGreaterThan(0.6);
  });

  it('of 250 questions with 16 figures, in 10,000 draws, takes well under a second of this thread', () => {
    const parts = Array.from({ length: 250 }, (_, i) => ({ value: (i % 5) / 4, weight: 1 }));
    const columns = Array.from({ length: 16 }, () => parts);
    const before = process.cpuUsage();
    bootstrap(columns, draws);
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(1000);
  });
});
