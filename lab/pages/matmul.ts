/**
 * An f32 matrix product through our linear kernel and through jax-js, in the same page on the same adapter, taking turns so that both see the
 * same weather. Times are per product, from submit until the queue is idle, best of all rounds; results are compared too.
 */
import { defaultDevice, init, numpy as np } from '@jax-js/jax';
import { Gpu } from '../../src/engine/gpu/device.ts';
import { Store } from '../../src/engine/gpu/store.ts';
import { DEFAULT_CAPABILITIES } from '../../src/engine/graph/op.ts';
import { plan } from '../../src/engine/graph/plan.ts';
import { Pool, Program } from '../../src/engine/graph/program.ts';
import { Trace } from '../../src/engine/graph/trace.ts';
import { linearOp } from '../../src/engine/ops/linear.ts';

const PRODUCTS = 8;

export interface MatmulFigures {
  adapter: string;
  size: number;
  /** GFLOP/s. */
  ours: number;
  jax: number;
  /** Largest difference of the two results over the largest value. */
  difference: number;
}

/** Runs the product `PRODUCTS` times and resolves when all are done. */
type Contestant = { run(): Promise<void>; read(): Promise<Float32Array> };

async function measure(size: number, rounds: number): Promise<MatmulFigures> {
  const x = values(size * size, 1);
  const w = values(size * size, 2);
  const gpu = await Gpu.open(navigator.gpu);
  const contestants = { ours: await ours(gpu, size, x, w), jax: await jax(size, x, w) };
  const best = { ours: Number.POSITIVE_INFINITY, jax: Number.POSITIVE_INFINITY };
  for (let round = 0; round < rounds; round++) {
    for (const name of ['ours', 'jax'] as const) {
      const start = performance.now();
      await contestants[name].run();
      best[name] = Math.min(best[name], (performance.now() - start) / PRODUCTS);
    }
  }
  const [a, b] = [await contestants.ours.read(), await contestants.jax.read()];
  const largest = b.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const difference = a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0) / largest;
  const rate = (milliseconds: number) => (2 * size ** 3) / milliseconds / 1e6;
  return { adapter: `${gpu.info.vendor} ${gpu.info.architecture}`, size, ours: rate(best.ours), jax: rate(best.jax), difference };
}

/** y = x W^T by the engine's own op. */
async function ours(gpu: Gpu, size: number, x: Float32Array, w: Float32Array): Promise<Contestant> {
  const trace = new Trace();
  const { y } = trace.emit(linearOp, { x: trace.input('x', [size, size]), weight: trace.weight('w', [size, size], 'f32') }, { scale: 1 });
  trace.keep(y);
  const store = new Store(gpu);
  for (const [name, array] of [['x', x] as const, ['w', w] as const]) {
    store.create(name, array.byteLength, 'inputs');
    store.write(name, array);
  }
  const planned = plan(trace, DEFAULT_CAPABILITIES);
  const pool = new Pool(store, 'matmul');
  pool.reserve([planned.slots]);
  const program = await Program.build(store, planned, pool);
  return {
    run: async () => {
      for (let i = 0; i < PRODUCTS; i++) program.run();
      await gpu.device.queue.onSubmittedWorkDone();
    },
    read: async () => new Float32Array(await program.read(y)),
  };
}

/** The same product by jax-js: x and W^T as it likes them, laid out beforehand. */
async function jax(size: number, x: Float32Array, w: Float32Array): Promise<Contestant> {
  await init('webgpu');
  defaultDevice('webgpu');
  const a = np.array(new Float32Array(x)).reshape([size, size]);
  const transposed = Float32Array.from(w, (_, i) => w[(i % size) * size + Math.floor(i / size)]!);
  const b = np.array(transposed).reshape([size, size]);
  return {
    run: async () => {
      const products = Array.from({ length: PRODUCTS }, () => np.matmul(a.ref, b.ref));
      for (const product of products) (await product.blockUntilReady()).dispose();
    },
    read: async () => (await np.matmul(a.ref, b.ref).data()) as Float32Array,
  };
}

/** Numbers in [-1, 1) that repeat for a seed. */
function values(count: number, seed: number): Float32Array {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

export interface MatmulLab {
  measure(size: number, rounds: number): Promise<MatmulFigures>;
}

const lab: MatmulLab = { measure };
Object.assign(globalThis, { lab });
document.body.dataset.ready = 'true';
