/**
 * Timing a traced program: parameters and weights filled with small random numbers, one warm run, then runs until there are enough; median time.
 * CPU time is that of this process over all threads: on a software adapter it is the work itself, whatever else the machine does.
 */
import type { Gpu } from '../../src/engine/gpu/device.ts';
import { Store } from '../../src/engine/gpu/store.ts';
import { plan } from '../../src/engine/graph/plan.ts';
import { Pool, Program } from '../../src/engine/graph/program.ts';
import { byteLength, elements, type Tensor } from '../../src/engine/graph/tensor.ts';
import { Trace } from '../../src/engine/graph/trace.ts';
import { capabilitiesOf } from '../../src/engine/models/session.ts';
import { calibrate } from '../../src/engine/ops/calibrate.ts';
import { Random } from '../../src/lib/random.ts';

export interface Timing {
  readonly milliseconds: number;
  readonly cpu_milliseconds: number;
  readonly runs: number;
}

const ENOUGH_SECONDS = 0.5;
const MIN_RUNS = 3;
/** Of a program that takes this long, one run after the warm one has to do. */
const LONG_SECONDS = 2;
const MAX_RUNS = 200;
/** In turns; the first one also warms up. */
const MIN_TURNS = 3;

interface Sample {
  readonly milliseconds: number;
  readonly cpu: number;
}

async function sample(run: () => Promise<void>): Promise<Sample> {
  const started = performance.now();
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return { milliseconds: performance.now() - started, cpu: (user + system) / 1000 };
}

/** Repeats `run` (which resolves when the GPU is done) and takes the median. */
async function repeat(run: () => Promise<void>): Promise<Timing> {
  await run();
  const samples: Sample[] = [];
  let total = 0;
  while (samples.length < fewest(total) || (total < ENOUGH_SECONDS * 1000 && samples.length < MAX_RUNS)) {
    samples.push(await sample(run));
    total += samples.at(-1)!.milliseconds;
  }
  return {
    milliseconds: median(samples.map((s) => s.milliseconds)),
    cpu_milliseconds: median(samples.map((s) => s.cpu)),
    runs: samples.length,
  };
}

function fewest(milliseconds: number): number {
  return milliseconds > LONG_SECONDS * 1000 ? 1 : MIN_RUNS;
}

/** Of an even number, the lower one. */
function median(times: readonly number[]): number {
  return [...times].sort((a, b) => a - b)[(times.length - 1) >> 1]!;
}

/** `fill` gives what an input of whole numbers holds; floats and weights are random. */
export interface Timed {
  readonly build: (trace: Trace) => void;
  readonly fill?: Readonly<Record<string, (i: number) => number>> | undefined;
}

async function prepare(gpu: Gpu, { build, fill = {} }: Timed): Promise<{ run: () => Promise<void>; free: () => void }> {
  const trace = new Trace();
  build(trace);
  await calibrate(gpu);
  const store = new Store(gpu);
  const planned = plan(trace, capabilitiesOf(gpu));
  const pool = new Pool(store, 'bench');
  const free = (): void => store.free(() => true);
  try {
    for (const tensor of planned.persistent) {
      store.create(tensor.name, byteLength(tensor), 'inputs');
      store.write(tensor.name, contents(tensor, fill[tensor.name]));
    }
    pool.reserve([planned.slots]);
    const program = await Program.build(store, planned, pool);
    const run = async (): Promise<void> => {
      program.run();
      await gpu.idle();
    };
    return { run, free };
  } catch (error) {
    free();
    throw error;
  }
}

export async function timeTrace(gpu: Gpu, timed: Timed): Promise<Timing> {
  const { run, free } = await prepare(gpu, timed);
  try {
    return await repeat(run);
  } finally {
    free();
  }
}

/** Two programs in turns, so that both meet the machine in the same mood; the shortest time of each. */
export async function timeInTurns(gpu: Gpu, first: Timed, second: Timed): Promise<[Timing, Timing]> {
  const a = await prepare(gpu, first);
  const b = await prepare(gpu, second).catch((error: unknown) => {
    a.free();
    throw error;
  });
  try {
    const samples: [Sample, Sample][] = [];
    let total = 0;
    while (samples.length < MIN_TURNS || (total < ENOUGH_SECONDS * 1000 && samples.length < MAX_RUNS)) {
      samples.push([await sample(a.run), await sample(b.run)]);
      total += samples.at(-1)!.reduce((n, { milliseconds }) => n + milliseconds, 0);
    }
    const shortest = (which: 0 | 1): Timing => ({
      milliseconds: Math.min(...samples.map((turn) => turn[which].milliseconds)),
      cpu_milliseconds: Math.min(...samples.map((turn) => turn[which].cpu)),
      runs: samples.length,
    });
    return [shortest(0), shortest(1)];
  } finally {
    a.free();
    b.free();
  }
}

/** Longer contents repeat themselves after this many values: random numbers are slow to draw, and no cache is this large. */
const REPEATED = 2 ** 22;

function contents(
  { name, shape, dtype }: Pick<Tensor, 'name' | 'shape' | 'dtype'>,
  fill?: (i: number) => number,
): Uint8Array | Uint32Array | Float32Array {
  const random = new Random(name);
  const n = elements(shape);
  if (fill) return Uint32Array.from({ length: n }, (_, i) => fill(i));
  if (n > REPEATED) return repeated({ name, shape: [REPEATED], dtype }, n);
  if (dtype === 'f32') return Float32Array.from({ length: n }, () => random.uniform() - 0.5);
  // MXFP4 scales near 1; packed nibbles may be anything; bf16 with exponents from 2^-8 to 2^-1.
  if (dtype === 'u8') return Uint8Array.from({ length: n }, () => (name.includes('scales') ? 118 + random.below(4) : random.below(256)));
  if (dtype === 'bf16')
    return new Uint8Array(Uint16Array.from({ length: n }, () => (random.below(2) << 15) | ((119 + random.below(8)) << 7)).buffer);
  return new Uint32Array(n);
}

function repeated(tensor: Pick<Tensor, 'name' | 'shape' | 'dtype'>, n: number): Uint8Array {
  const { buffer, byteOffset, byteLength: length } = contents(tensor);
  const once = new Uint8Array(buffer, byteOffset, length);
  const all = new Uint8Array((length / REPEATED) * n);
  for (let at = 0; at < all.length; at += length) all.set(once.subarray(0, Math.min(length, all.length - at)), at);
  return all;
}
