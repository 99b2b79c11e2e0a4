/** The head of gpt-oss-20b's own size, lm_head [201088, 2880] in bf16 (1.16 GB), random: made in pieces, on WebGPU's default limits in several buffers. */
import type { Gpu } from '../../src/engine/gpu/device.ts';
import { Store } from '../../src/engine/gpu/store.ts';
import { DEFAULT_CAPABILITIES } from '../../src/engine/graph/op.ts';
import { bufferSizes } from '../../src/engine/graph/pieces.ts';
import { plan } from '../../src/engine/graph/plan.ts';
import { Pool, Program } from '../../src/engine/graph/program.ts';
import { byteLength, type Tensor } from '../../src/engine/graph/tensor.ts';
import type { Trace } from '../../src/engine/graph/trace.ts';
import { TensorBytes } from '../synthetic/tensor-bytes.ts';

export const VOCABULARY = 201_088;
export const WIDTH = 2880;
/** Two chunks of 64. */
export const ROWS = 66;
/** Rows of W in one piece. */
const BLOCK = 2048;

const name = 'lm_head.weight';
const head = new TensorBytes({ name, shape: [VOCABULARY, WIDTH], dtype: 'BF16', bytes: VOCABULARY * WIDTH * 2 }, 1);

export function headOf(trace: Trace): Tensor {
  return trace.weight(name, [VOCABULARY, WIDTH], 'bf16');
}

export interface Run {
  readonly inputs: ReadonlyMap<Tensor, Float32Array | Int32Array>;
  /** States, zero at first. */
  readonly states: readonly Tensor[];
  readonly gradient: Tensor;
}

/** Runs what was traced over the head; the gradient, and the states by name. */
export async function runOnHead(gpu: Gpu, trace: Trace, { inputs, states, gradient }: Run) {
  const weight = headOf(trace);
  trace.keep(gradient);
  const planned = plan(trace, DEFAULT_CAPABILITIES);
  const store = new Store(gpu);
  const pool = new Pool(store, 'slots');
  try {
    store.createParts(name, bufferSizes(weight, DEFAULT_CAPABILITIES), 'weights');
    for (let at = 0; at < VOCABULARY; at += BLOCK) {
      const rows = Math.min(BLOCK, VOCABULARY - at);
      store.write(name, head.read(at * WIDTH * 2, rows * WIDTH * 2), at * WIDTH * 2);
      await gpu.idle();
    }
    for (const t of [...inputs.keys(), ...states]) store.create(t.name, byteLength(t), 'inputs');
    for (const [t, values] of inputs) store.write(t.name, values);
    pool.reserve([planned.slots]);
    const program = await Program.build(store, planned, pool);
    program.run();
    const out = new Map<string, Float32Array>([['gradient', new Float32Array(await program.read(gradient))]]);
    for (const t of states) out.set(t.name, new Float32Array(await store.read(t.name)));
    program.free();
    return out;
  } finally {
    store.free(() => true);
  }
}

/** Each row of the head with its index. */
export function eachRow(visit: (w: Float32Array, v: number) => void): void {
  for (let at = 0; at < VOCABULARY; at += BLOCK) {
    const rows = Math.min(BLOCK, VOCABULARY - at);
    const half = new Uint16Array(head.read(at * WIDTH * 2, rows * WIDTH * 2).buffer);
    const values = new Float32Array(Uint32Array.from(half, (bits) => bits << 16).buffer);
    for (let r = 0; r < rows; r++) visit(values.subarray(r * WIDTH, (r + 1) * WIDTH), at + r);
  }
}

/** Logits of some rows of `hidden` [ROWS, WIDTH], in float64. */
export function logitsOf(hidden: Float32Array, rows: readonly number[]): Float64Array[] {
  const inputs = rows.map((row) => Float64Array.from(hidden.subarray(row * WIDTH, (row + 1) * WIDTH)));
  const logits = rows.map(() => new Float64Array(VOCABULARY));
  eachRow((w, v) => {
    for (const [i, x] of inputs.entries()) {
      let sum = 0;
      for (let c = 0; c < WIDTH; c++) sum += x[c]! * w[c]!;
      logits[i]![v] = sum;
    }
  });
  return logits;
}
