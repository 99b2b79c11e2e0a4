/** Timing a traced program: parameters and weights filled with small random numbers, one warm run, then runs until there are enough; median time. */
import type { Gpu } from '../../engine/gpu/device.ts';
import { Store } from '../../engine/gpu/store.ts';
import { plan } from '../../engine/graph/plan.ts';
import { Pool, Program } from '../../engine/graph/program.ts';
import { byteLength, elements, type Tensor } from '../../engine/graph/tensor.ts';
import { Trace } from '../../engine/graph/trace.ts';
import { capabilitiesOf } from '../../engine/models/session.ts';
import { Random } from '../../lib/random.ts';

export interface Timing {
  readonly milliseconds: number;
  readonly runs: number;
}

const ENOUGH_SECONDS = 0.5;
const FEWEST_RUNS = 3;
const MOST_RUNS = 200;

/** Repeats `run` (which resolves when the GPU is done) and takes the median. */
export async function repeat(run: () => Promise<void>): Promise<Timing> {
  await run();
  const times: number[] = [];
  let total = 0;
  while (times.length < FEWEST_RUNS || (total < ENOUGH_SECONDS * 1000 && times.length < MOST_RUNS)) {
    const started = performance.now();
    await run();
    times.push(performance.now() - started);
    total += times.at(-1)!;
  }
  return { milliseconds: times.sort((a, b) => a - b)[times.length >> 1]!, runs: times.length };
}

/** `fill` gives what an input of whole numbers holds; floats and weights are random. */
export async function timeTrace(
  gpu: Gpu,
  build: (trace: Trace) => void,
  fill: Readonly<Record<string, (i: number) => number>> = {},
): Promise<Timing> {
  const trace = new Trace();
  build(trace);
  const store = new Store(gpu);
  const planned = plan(trace, capabilitiesOf(gpu));
  const pool = new Pool(store, 'bench');
  try {
    for (const tensor of planned.persistent) {
      store.create(tensor.name, byteLength(tensor), 'inputs');
      store.write(tensor.name, contents(tensor, fill[tensor.name]));
    }
    pool.reserve([planned.slots]);
    const program = await Program.build(store, planned, pool);
    return await repeat(async () => {
      program.run();
      await gpu.device.queue.onSubmittedWorkDone();
    });
  } finally {
    store.free(() => true);
  }
}

function contents({ name, shape, dtype }: Tensor, fill: ((i: number) => number) | undefined): Uint8Array | Uint32Array | Float32Array {
  const random = new Random(name);
  const n = elements(shape);
  if (fill) return Uint32Array.from({ length: n }, (_, i) => fill(i));
  if (dtype === 'f32') return Float32Array.from({ length: n }, () => random.uniform() - 0.5);
  // MXFP4 scales near 1; packed nibbles may be anything; bf16 with exponents from 2^-8 to 2^-1.
  if (dtype === 'u8') return Uint8Array.from({ length: n }, () => (name.includes('scales') ? 118 + random.below(4) : random.below(256)));
  if (dtype === 'bf16')
    return new Uint8Array(Uint16Array.from({ length: n }, () => (random.below(2) << 15) | ((119 + random.below(8)) << 7)).buffer);
  return new Uint32Array(n);
}
