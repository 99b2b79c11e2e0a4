/** Grouping by a made-up pace: nothing lost, nothing out of order, nothing too long that could be shorter. */
import { expect, it } from 'vitest';
import { makeKernel } from '../gpu/kernel.ts';
import { Pace } from '../gpu/pace.ts';
import type { Launch } from './op.ts';
import { submitsOf } from './submits.ts';

type Priced = Pick<Launch, 'kernel' | 'cost'>;
const priced = (name: string, cost?: number): Priced => ({
  kernel: makeKernel(name, []),
  ...(cost !== undefined && { cost }),
});
const launches = Array.from({ length: 200 }, (_, i) =>
  priced(i % 3 === 0 ? 'matmul' : 'add', i % 3 === 0 ? ((i * 7919) % 97) * 1e5 : undefined),
);
launches[99] = priced('matmul', 9e8); // as long as nine submits

function check(pace: Pick<Pace, 'seconds'>, max: number): number {
  const submits = submitsOf(launches, pace, max);
  let next = 0;
  for (const { from, to, seconds } of submits) {
    expect(from).toBe(next);
    expect(to).toBeGreaterThan(from);
    expect(seconds <= max || to === from + 1).toBe(true);
    next = to;
  }
  expect(next).toBe(launches.length);
  // Two neighbours would not have fitted into one.
  for (const [i, { seconds }] of submits.entries()) {
    const first = submits[i + 1] && launches[submits[i + 1]!.from]!;
    if (first) expect(seconds + pace.seconds(first.kernel.name, Math.max(2 ** 14, first.cost ?? 0))).toBeGreaterThan(max);
  }
  return submits.length;
}

it('holds every launch once, in order, below the bound where it can', () => {
  expect(check({ seconds: (_, cost) => cost / 1e9 }, 0.1)).toBeGreaterThan(3);
  expect(check({ seconds: (_, cost) => cost / 1e15 }, 0.1)).toBe(1);
  expect(check({ seconds: () => 1 }, 0.1)).toBe(launches.length);
});

it('is made anew by the corrected pace: a device ten times slower gets shorter submits', () => {
  const pace = new Pace();
  pace.calibrate(1e9);
  const before = check(pace, 0.1);
  for (let i = 0; i < 12; i++) {
    pace.learn(submitsOf(launches, pace, 0.1).map(({ work }) => ({ work, seconds: [...work.values()].reduce((n, c) => n + c / 1e8, 0) })));
  }
  const after = check(pace, 0.1);
  expect(after).toBeGreaterThan(4 * before);
  const whole = submitsOf(launches, pace, 0.1).filter(({ from, to }) => to > from + 1);
  const taken = whole.map(({ work }) => [...work.values()].reduce((n, c) => n + c / 1e8, 0));
  expect(Math.max(...taken)).toBeLessThan(0.13);
});
