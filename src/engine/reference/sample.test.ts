/** The twin's rules against transformers' processors, and its generator's first numbers. */
import { expect, it } from 'vitest';
import { golden } from '../../../e2e/fixtures/sampling/golden.ts';
import { distribution, uniform01 } from './sample.ts';

it.each(golden.cases.map((c) => [JSON.stringify(c.settings), c] as const))('%s', (_title, { settings, probabilities }) => {
  const p = distribution(Float64Array.from(golden.logits.slice(0, golden.vocabulary_with_text)), settings);
  probabilities.forEach((want, i) => {
    expect(Math.abs((p[i] ?? 0) - want)).toBeLessThanOrEqual(1e-12);
  });
});

it('draws numbers that fill [0, 1) evenly, whichever of seed, salt and step counts', () => {
  const draws: ((i: number) => number)[] = [(i) => uniform01(i, 3, 5), (i) => uniform01(3, i, 5), (i) => uniform01(3, 5, i)];
  for (const draw of draws) {
    const bins = new Array<number>(64).fill(0);
    for (let i = 0; i < 6400; i++) bins[Math.floor(draw(i) * 64)]! += 1;
    // Chi-square with 63 degrees of freedom exceeds 103.4 once in a thousand.
    expect(bins.reduce((s, n) => s + (n - 100) ** 2 / 100, 0)).toBeLessThan(103.4);
  }
});
