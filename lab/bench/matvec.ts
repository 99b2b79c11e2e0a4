/**
 * Part of suite `token`: one row through matrices of gpt-oss-20b's own widths, in bf16 and MXFP4, beside our f32 kernel of the same op and shape, in
 * turns on one adapter. A software adapter is bound by arithmetic, so the rate that counts there is weights a second, by CPU time (0.7 of f32's is
 * what we hold it to); a GPU is bound by bytes, so bytes that are read for each weight stand beside it.
 */
import type { Gpu } from '../../src/engine/gpu/device.ts';
import { Store } from '../../src/engine/gpu/store.ts';
import { bufferSizes } from '../../src/engine/graph/pieces.ts';
import { type Plan, plan } from '../../src/engine/graph/plan.ts';
import { Pool, Program } from '../../src/engine/graph/program.ts';
import { byteLength, type DType, elements, type Tensor } from '../../src/engine/graph/tensor.ts';
import { Trace } from '../../src/engine/graph/trace.ts';
import { capabilitiesOf } from '../../src/engine/models/session.ts';
import { calibrate } from '../../src/engine/ops/calibrate.ts';
import { expertSum, expertSwiglu } from '../../src/engine/ops/expert-gemv.ts';
import { type LinearLayer, linear } from '../../src/engine/ops/linear.ts';
import { qkv } from '../../src/engine/ops/qkv.ts';

type Encoding = 'f32' | 'bf16' | 'mxfp4';

export interface MatvecBench {
  readonly name: string;
  /** The encoding beside f32. */
  readonly encoding: 'bf16' | 'mxfp4';
  /** Weights that one run multiplies. */
  readonly weights: number;
  readonly build: (trace: Trace, encoding: Encoding) => Tensor;
}

export interface MatvecStats {
  readonly name: string;
  readonly weights_per_second: number;
  readonly f32_weights_per_second: number;
  /** Of weights a second, by CPU time. */
  readonly ratio: number;
  readonly bytes_per_weight: number;
}

const HIDDEN = 2880;
const HEADS = 4096;
const KEYS = 512;
/** Experts a token; f32 holds no more, as 32 would take 2 GB, and each of them is read once all the same. */
const EACH = 4;

function matrix(trace: Trace, name: string, shape: readonly number[], encoding: Encoding): LinearLayer {
  if (encoding !== 'mxfp4') return { weight: trace.weight(name, shape, encoding) };
  const [lead, width] = [shape.slice(0, -1), shape.at(-1)!];
  return {
    weight: trace.weight(`${name}_blocks`, [...lead, width / 32, 16], 'u8'),
    scales: trace.weight(`${name}_scales`, [...lead, width / 32], 'u8'),
  };
}

function expertsBench(name: string, columns: number, build: (trace: Trace, layer: LinearLayer, chosen: Tensor) => Tensor): MatvecBench {
  return {
    name: `${name}, ${EACH} of 32 experts [${columns}, ${HIDDEN}]`,
    encoding: 'mxfp4',
    weights: EACH * columns * HIDDEN,
    build: (trace, encoding) => {
      const layer = matrix(trace, 'w', [encoding === 'f32' ? EACH : 32, columns, HIDDEN], encoding);
      return build(trace, layer, trace.input(encoding === 'f32' ? 'chosen of 4' : 'chosen of 32', [1, EACH], 'u32'));
    },
  };
}

export const matvecBenches: readonly MatvecBench[] = [
  {
    name: `q, k and v [${HEADS} + 2 x ${KEYS}, ${HIDDEN}]`,
    encoding: 'bf16',
    weights: (HEADS + 2 * KEYS) * HIDDEN,
    build: (trace, encoding) => {
      const of = (name: string, n: number): LinearLayer => matrix(trace, name, [n, HIDDEN], encoding);
      return qkv(trace, trace.input('x', [1, HIDDEN]), { q: of('q', HEADS), k: of('k', KEYS), v: of('v', KEYS) });
    },
  },
  {
    name: `o [${HIDDEN}, ${HEADS}]`,
    encoding: 'bf16',
    weights: HIDDEN * HEADS,
    build: (trace, encoding) => linear(trace, trace.input('x', [1, HEADS]), matrix(trace, 'w', [HIDDEN, HEADS], encoding)),
  },
  expertsBench('gate_up with SwiGLU', 2 * HIDDEN, (trace, layer, chosen) =>
    expertSwiglu(trace, trace.input('x', [1, HIDDEN]), chosen, layer),
  ),
  expertsBench('down with weighted sum', HIDDEN, (trace, layer, chosen) =>
    expertSum(
      trace,
      trace.input('x', [EACH, HIDDEN]),
      chosen,
      trace.input('shares', [1, EACH]),
      layer,
      trace.input('residual', [1, HIDDEN]),
    ),
  ),
];

/** Bytes of the matrices that one run reads: experts that are not chosen are not. */
export function weightBytes({ persistent }: Plan): number {
  const weights = persistent.filter(({ role }) => role === 'weight');
  return weights.reduce((n, t) => n + byteLength(t) * (t.shape[0] === 32 ? EACH / 32 : 1), 0);
}

export async function benchMatvec(gpu: Gpu, note: (text: string) => void): Promise<MatvecStats[]> {
  await calibrate(gpu);
  const stats: MatvecStats[] = [];
  for (const bench of matvecBenches) {
    const ours = await prepare(gpu, bench, bench.encoding);
    const plain = await prepare(gpu, bench, 'f32');
    const times = { ours: [] as number[], plain: [] as number[] };
    for (let i = 0; i <= ROUNDS; i++) {
      for (const [name, { run }] of [['ours', ours] as const, ['plain', plain] as const]) {
        const before = process.cpuUsage();
        await run();
        const { user, system } = process.cpuUsage(before);
        if (i > 0) times[name].push((user + system) / 1e6); // the first round warms up
      }
    }
    for (const { free } of [ours, plain]) free();
    const rate = (seconds: readonly number[]): number => Math.round(bench.weights / median(seconds));
    const row = {
      name: `${bench.name} ${bench.encoding}`,
      weights_per_second: rate(times.ours),
      f32_weights_per_second: rate(times.plain),
      ratio: median(times.plain) / median(times.ours),
      bytes_per_weight: ours.bytes / bench.weights,
    };
    stats.push(row);
    const giga = (n: number): string => `${(n / 1e9).toFixed(2)} G`;
    note(
      `${row.name}: ${giga(row.weights_per_second)} weights a CPU second, f32 ${giga(row.f32_weights_per_second)}, ratio ${row.ratio.toFixed(2)}, ${row.bytes_per_weight} bytes a weight`,
    );
  }
  return stats;
}

const ROUNDS = 15;

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!;
}

async function prepare(gpu: Gpu, { build }: MatvecBench, encoding: Encoding) {
  const trace = new Trace({ differentiable: false });
  trace.keep(build(trace, encoding));
  const capabilities = capabilitiesOf(gpu);
  const planned = plan(trace, capabilities);
  const store = new Store(gpu);
  const pool = new Pool(store, 'matvec');
  for (const tensor of planned.persistent) {
    store.createParts(tensor.name, bufferSizes(tensor, capabilities, tensor.name), 'weights');
    fill(store, tensor);
  }
  pool.reserve([planned.slots]);
  const program = await Program.build(store, planned, pool);
  return {
    bytes: weightBytes(planned),
    run: async () => {
      program.run();
      await gpu.idle();
    },
    free: () => store.free(() => true),
  };
}

/** So many values repeat themselves through a tensor; no cache is as large as the tensor. */
const PATTERN = 2 ** 20;

function fill(store: Store, { name, dtype, shape }: Tensor): void {
  if (dtype === 'u32') {
    // Experts spread over both halves, which are two bindings on default limits.
    store.write(name, name === 'chosen of 4' ? Uint32Array.of(0, 1, 2, 3) : Uint32Array.of(3, 12, 17, 30));
    return;
  }
  const total = byteLength({ dtype, shape });
  const once = pattern(dtype, name.endsWith('_scales'), Math.min(PATTERN, elements(shape)));
  for (let at = 0; at < total; at += once.byteLength) store.write(name, once.subarray(0, Math.min(once.byteLength, total - at)), at);
}

/** Small ordinary numbers: scales near 1, bf16 from 2^-8 to 2^-1. */
function pattern(dtype: DType, scales: boolean, n: number): Uint8Array {
  const noise = (i: number): number => Math.imul(i + 1, 0x9e3779b1) >>> 8;
  if (dtype === 'u8') return Uint8Array.from({ length: n }, (_, i) => (scales ? 118 + (noise(i) & 3) : noise(i) & 255));
  if (dtype === 'bf16')
    return new Uint8Array(Uint16Array.from({ length: n }, (_, i) => ((noise(i) & 1) << 15) | ((119 + (noise(i) & 7)) << 7)).buffer);
  return new Uint8Array(Float32Array.from({ length: n }, (_, i) => noise(i) / 2 ** 24 - 0.5).buffer);
}
