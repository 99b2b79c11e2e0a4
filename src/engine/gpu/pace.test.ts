/** The pace on made-up devices: what it learns, when it says so, and what it allows. */
import { expect, it } from 'vitest';
import { type Measured, Pace, SUBMIT_SECONDS } from './pace.ts';
import { measure } from './stopwatch.ts';

const RATE = 1e10;

/** Submits of three kernels in changing proportions, as a device measures them that is `slowness` times slower than the costs say. */
function run(slowness: Readonly<Record<string, number>>, noise: (i: number) => number = () => 1): Measured[] {
  return Array.from({ length: 12 }, (_, i) => {
    const work = new Map([
      ['matmul', 1e7 * (1 + (i % 3))],
      ['norm', 1e6 * (1 + (i % 4))],
      ['attention', i % 2 === 0 ? 4e6 : 1e6],
    ]);
    const seconds = [...work].reduce((n, [kernel, cost]) => n + (cost * slowness[kernel]!) / RATE, 0);
    return { work, seconds: seconds * noise(i) };
  });
}

it('finds what every kernel takes from sums over submits', () => {
  const pace = new Pace();
  pace.calibrate(RATE);
  const device = { matmul: 1, norm: 40, attention: 6 };
  for (let i = 0; i < 200; i++) pace.learn(run(device));
  for (const [kernel, slowness] of Object.entries(device)) {
    expect(Math.abs(Math.log((pace.seconds(kernel, 1e6) * RATE) / 1e6 / slowness))).toBeLessThan(Math.log(1.3));
  }
});

it('follows a device that becomes slower, within a few runs', () => {
  const pace = new Pace();
  pace.calibrate(RATE);
  for (let i = 0; i < 8; i++) pace.learn(run({ matmul: 5, norm: 5, attention: 5 }));
  expect((pace.seconds('matmul', RATE) / 5) * 1.3).toBeGreaterThan(1);
  expect(pace.seconds('matmul', RATE) / 5 / 1.3).toBeLessThan(1);
});

it('keeps its estimates while measurements only waver', () => {
  const pace = new Pace();
  pace.calibrate(RATE);
  const { version } = pace;
  for (let i = 0; i < 50; i++) pace.learn(run({ matmul: 1, norm: 1, attention: 1 }, (k) => (k % 2 === i % 2 ? 1.15 : 0.87)));
  expect(pace.version).toBe(version);
  pace.learn(run({ matmul: 3, norm: 3, attention: 3 }));
  expect(pace.version).toBe(version + 1);
});

it('is moved little by one absurd time', () => {
  const pace = new Pace();
  pace.calibrate(RATE);
  pace.learn([{ work: new Map([['matmul', 1e6]]), seconds: 3600 }]);
  expect(pace.seconds('matmul', RATE)).toBeLessThanOrEqual(4);
});

it('never counts on less than half of what the costs say', () => {
  const pace = new Pace();
  pace.calibrate(RATE);
  for (let i = 0; i < 20; i++) pace.learn(run({ matmul: 0.01, norm: 0.01, attention: 0.01 }));
  expect(pace.seconds('matmul', RATE)).toBe(0.5);
});

it('allows a launch a power of two, at most what a submit should take, and anything before the calibration', () => {
  const pace = new Pace();
  expect(pace.launchCost).toBe(Number.POSITIVE_INFINITY);
  for (const rate of [1.5e9, 3.5e9, 1.4e12]) {
    pace.calibrate(rate);
    expect(Number.isInteger(Math.log2(pace.launchCost))).toBe(true);
    expect(pace.launchCost / rate).toBeLessThanOrEqual(SUBMIT_SECONDS);
    expect(pace.launchCost / rate).toBeGreaterThan(SUBMIT_SECONDS / 2);
  }
  pace.calibrate(1e7);
  expect(pace.launchCost).toBe(2 ** 26);
});

it('reads times off timestamps, also where a pass is said to begin early or to end before it began', () => {
  const works = ['a', 'b', 'c', 'd'].map((kernel) => new Map([[kernel, 1]]));
  const times = BigUint64Array.from([1000n, 3000n, 2000n, 7000n, 9000n, 8000n, 9000n, 9500n]);
  expect(measure(works, times)).toEqual([
    { work: works[0], seconds: 2e-6 },
    { work: works[1], seconds: 4e-6 },
    { work: works[3], seconds: 5e-7 },
  ]);
});
