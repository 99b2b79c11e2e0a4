/** The stopwatch over a made-up device: which runs are measured, with timestamps and without, and that a reading never holds up a run. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Measured, Pace } from './pace.ts';
import { Stopwatch } from './stopwatch.ts';

let heard: Measured[][];
let pace: Pace;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  vi.stubGlobal('GPUBufferUsage', { QUERY_RESOLVE: 1, COPY_SRC: 2, MAP_READ: 4, COPY_DST: 8 });
  vi.stubGlobal('GPUMapMode', { READ: 1 });
  heard = [];
  pace = new Pace();
  pace.onMeasured = (submits) => void heard.push([...submits]);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const work = (cost: number) => new Map([['matmul', cost]]);

/** Promises that the test fulfils, oldest first. */
function gate() {
  const waiting: (() => void)[] = [];
  const wait = (): Promise<void> => new Promise((resolve) => void waiting.push(resolve));
  const open = async (): Promise<void> => {
    waiting.shift()!();
    await new Promise((after) => setImmediate(after));
  };
  return { wait, open, waiting };
}

it('without timestamps, takes the wall time of runs that began on an idle queue', async () => {
  const queue = gate();
  const device = { features: new Set<string>(), queue: { onSubmittedWorkDone: queue.wait } } as unknown as GPUDevice; // all that is used
  const watch = new Stopwatch(device, pace);
  const run = (...costs: number[]): void => {
    watch.start();
    for (const cost of costs) expect(watch.pass(work(cost))).toEqual({});
    watch.stop();
  };
  run(1000, 500);
  run(7); // begins while the first still runs
  vi.advanceTimersByTime(300);
  await queue.open();
  expect(heard).toEqual([[{ work: work(1500), seconds: 0.3 }]]);
  run(8); // the second still runs
  await queue.open();
  await queue.open();
  expect(heard.length).toBe(1);
  run(9);
  vi.advanceTimersByTime(3); // too short to mean anything
  await queue.open();
  expect(heard.length).toBe(1);
  run(10);
  vi.advanceTimersByTime(50);
  await queue.open();
  expect(heard[1]).toEqual([{ work: work(10), seconds: 0.05 }]);
});

it('with timestamps, measures each submit, and no run while it reads', async () => {
  const map = gate();
  const times = BigUint64Array.from([0n, 5_000_000n, 5_000_000n, 25_000_000n]);
  const mapped = { mapAsync: map.wait, getMappedRange: (_: number, bytes: number) => times.buffer.slice(0, bytes), unmap: () => {} };
  const device = {
    features: new Set(['timestamp-query']),
    createQuerySet: () => ({}),
    createBuffer: () => mapped,
  } as unknown as GPUDevice; // all that is used
  const encoder = { resolveQuerySet: vi.fn(), copyBufferToBuffer: vi.fn() };
  const watch = new Stopwatch(device, pace);
  const run = (...costs: number[]): GPUComputePassDescriptor[] => {
    watch.start();
    const passes = costs.map((cost) => watch.pass(work(cost)));
    watch.resolve(encoder as unknown as GPUCommandEncoder);
    watch.stop();
    return passes;
  };
  const [, second] = run(100, 200);
  expect(second!.timestampWrites).toMatchObject({ beginningOfPassWriteIndex: 2, endOfPassWriteIndex: 3 });
  expect(run(1)).toEqual([{}]);
  expect(encoder.resolveQuerySet).toHaveBeenCalledTimes(1);
  await map.open();
  expect(heard).toEqual([
    [
      { work: work(100), seconds: 0.005 },
      { work: work(200), seconds: 0.02 },
    ],
  ]);
  expect(run(1)[0]!.timestampWrites).toBeDefined();
});
