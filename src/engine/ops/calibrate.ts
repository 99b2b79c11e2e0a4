/**
 * Multiply-adds a second of this device in a plain matrix product, by wall time, once after it was opened: well under 100 ms on anything
 * that a model can be trained on. A first estimate; gpu/pace.ts corrects it by what really runs.
 */
import type { Gpu } from '../gpu/device.ts';
import { Store } from '../gpu/store.ts';
import { DEFAULT_CAPABILITIES } from '../graph/op.ts';
import { plan } from '../graph/plan.ts';
import { Pool, Program } from '../graph/program.ts';
import { byteLength } from '../graph/tensor.ts';
import { Trace } from '../graph/trace.ts';
import { linear } from './linear.ts';

const WIDTH = 512;
/** Rows of the products that are tried, until one takes long enough to be measured. */
const ROWS = [64, 512, 4096, 32768];
const LONG_ENOUGH = 0.004;

export async function calibrate(gpu: Gpu): Promise<void> {
  if (gpu.pace.isCalibrated) return;
  let rate = 0;
  for (const rows of ROWS) {
    const seconds = await time(gpu, rows);
    rate = (rows * WIDTH * WIDTH) / seconds;
    if (seconds > LONG_ENOUGH) break;
  }
  gpu.pace.calibrate(rate);
}

/** The shorter of two runs after one that warms up. */
async function time(gpu: Gpu, rows: number): Promise<number> {
  const trace = new Trace();
  trace.keep(linear(trace, trace.input('x', [rows, WIDTH]), { weight: trace.input('weight', [WIDTH, WIDTH]) }));
  const planned = plan(trace, DEFAULT_CAPABILITIES);
  const store = new Store(gpu);
  const pool = new Pool(store, 'calibrate');
  try {
    for (const tensor of planned.persistent) store.create(tensor.name, byteLength(tensor), 'inputs');
    pool.reserve([planned.slots]);
    const program = await Program.build(store, planned, pool);
    const run = async (): Promise<number> => {
      const began = performance.now();
      program.run();
      await gpu.idle();
      return (performance.now() - began) / 1000;
    };
    await run();
    return Math.min(await run(), await run());
  } finally {
    store.free(() => true);
  }
}
