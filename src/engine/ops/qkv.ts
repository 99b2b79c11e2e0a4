/**
 * Queries, keys and values of a few rows in one launch: y [B, (H + 2G)*D] = x [Wq Wk Wv]^T + biases, for matrices of one encoding (f32 or bf16).
 * With an adapter x is z of norm-down.ts, and s h B^T of each is added inside. For decoding: no gradient. Streams of many tokens project with three
 * `linear` each.
 */
import type { Op } from '../graph/op.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { qkvKernels } from '../kernels/attention.ts';
import { STEP_VALUES } from '../kernels/weights.ts';
import type { LinearLayer } from './linear.ts';
import { normDown, rowLength, spanOf, type Up } from './norm-down.ts';
import type { Norm } from './rms-norm.ts';
import { GEMV_COLUMNS, gemvVariant } from './variants.ts';

type Inputs = {
  /** [B, C], or with an adapter [x | h | biases]. */
  readonly x: Tensor;
  readonly q_weight: Tensor;
  readonly k_weight: Tensor;
  readonly v_weight: Tensor;
  /** All three or none; with an adapter they come in x. */
  readonly q_bias?: Tensor;
  readonly k_bias?: Tensor;
  readonly v_bias?: Tensor;
  /** [L] f32: B of every branch lies in it. */
  readonly adapter?: Tensor;
};
/** The branches of queries, keys and values, or of none of them; whether x has biases behind. */
type Attrs = { readonly ups: readonly Up[]; readonly biased: boolean };

const NONE: Up = { rank: 0, at: 0, scale: 0 };

function kernelFor({ q_weight, k_weight, v_weight, adapter }: Inputs) {
  const { dtype } = q_weight;
  if ((dtype !== 'f32' && dtype !== 'bf16') || k_weight.dtype !== dtype || v_weight.dtype !== dtype) {
    throw new Error(
      `qkv: ${q_weight.name} and its keys and values are ${dtype}, ${k_weight.dtype}, ${v_weight.dtype}; f32 or bf16 alike go.`,
    );
  }
  const values = STEP_VALUES[dtype];
  const width = q_weight.shape[1]!;
  if (width % values !== 0) throw new Error(`qkv: the width ${width} of ${q_weight.name} is not a multiple of ${values}.`);
  return qkvKernels[adapter ? 'adapted' : 'plain'][gemvVariant(width)][dtype];
}

export const qkvOp: Op<Inputs, { y: Tensor }, Attrs> = {
  name: 'qkv',
  infer: (inputs, { ups, biased }) => {
    const { x, q_weight, k_weight, v_weight, q_bias, k_bias, v_bias, adapter } = inputs;
    kernelFor(inputs);
    const widths = [q_weight, k_weight, v_weight].map((w) => w.shape[1]!);
    const [nq, nk, nv] = [q_weight.shape[0]!, k_weight.shape[0]!, v_weight.shape[0]!];
    const stride = adapter ? rowLength(widths[0]!, ups, biased ? nq + nk + nv : 0) : widths[0]!;
    if (x.shape[1] !== stride || widths.some((w) => w !== widths[0]))
      throw new Error(`qkv: x is ${x.shape[1]} wide, ${q_weight.name} and its like take ${widths}.`);
    if (nk !== nv || nq % 4 !== 0 || nk % 4 !== 0)
      throw new Error(`qkv: ${q_weight.name} and its like have ${nq}, ${nk} and ${nv} outputs.`);
    const biases = [q_bias, k_bias, v_bias].filter(Boolean).length;
    if (biases % 3 !== 0) throw new Error(`qkv: ${biases} of three biases beside ${q_weight.name}.`);
    return { y: { shape: [x.shape[0]!, nq + 2 * nk], dtype: 'f32' } };
  },
  lower: ({ inputs, outputs, attrs: { ups, biased } }) => {
    const { x, q_weight, k_weight, v_weight, q_bias, k_bias, v_bias, adapter } = inputs;
    const [rows, stride] = x.shape as [number, number];
    const width = q_weight.shape[1]!;
    const [q_columns, kv_columns] = [q_weight.shape[0]!, k_weight.shape[0]!];
    const variant = gemvVariant(width);
    const together = rows === 1 || variant === 'gemv-narrow' ? 1 : 4;
    const tilesOf = (columns: number): number => Math.ceil(columns / GEMV_COLUMNS[variant]);
    const tiles = variant === 'gemv' ? tilesOf(q_columns) + 2 * tilesOf(kv_columns) : tilesOf(q_columns + 2 * kv_columns);
    const [q = NONE, k = NONE, v = NONE] = ups;
    const span = adapter && spanOf(adapter, ups, q_columns, kv_columns, kv_columns);
    return [
      {
        kernel: kernelFor(inputs),
        bind: {
          ...{ x, q_weight, k_weight, v_weight, ...outputs },
          ...(span ? { up: span.bound } : { q_bias: q_bias ?? x, k_bias: k_bias ?? x, v_bias: v_bias ?? x }),
        },
        params: {
          ...{ rows, width, q_columns, kv_columns, stride, has_bias: q_bias || biased ? 1 : 0 },
          ...{ q_rank: q.rank, k_rank: k.rank, v_rank: v.rank, q_scale: q.scale, k_scale: k.scale, v_scale: v.scale },
          ...{ q_up_at: span?.quadOf(q) ?? 0, k_up_at: span?.quadOf(k) ?? 0, v_up_at: span?.quadOf(v) ?? 0 },
        },
        overrides: { ROWS: together },
        workgroups: [tiles, Math.ceil(rows / together), 1],
        cost: rows * width * (q_columns + 2 * kv_columns),
      },
    ];
  },
};

interface Three {
  readonly q: LinearLayer;
  readonly k: LinearLayer;
  readonly v: LinearLayer;
}

function biasesOf({ q, k, v }: Three): Pick<Inputs, 'q_bias' | 'k_bias' | 'v_bias'> {
  return q.bias && k.bias && v.bias ? { q_bias: q.bias, k_bias: k.bias, v_bias: v.bias } : {};
}

function weightsOf({ q, k, v }: Three): Pick<Inputs, 'q_weight' | 'k_weight' | 'v_weight'> {
  return { q_weight: q.weight, k_weight: k.weight, v_weight: v.weight };
}

/** x [B, C] -> [B, (H + 2G)*D], without the layers' adapters. */
export function qkv(trace: Trace, x: Tensor, layers: Three): Tensor {
  return trace.emit(qkvOp, { x, ...weightsOf(layers), ...biasesOf(layers) }, { ups: [], biased: false }).y;
}

/** The same with their adapters, for x that is not normed yet; null where there are none, or where one launch cannot hold them. */
export function adaptedQkv(trace: Trace, x: Tensor, norm: Norm, layers: Three): Tensor | null {
  const { q, k, v } = layers;
  const down = normDown(trace, x, norm, [q, k, v], biasesOf(layers));
  if (!down) return null;
  return trace.emit(qkvOp, { x: down.z, ...weightsOf(layers), adapter: down.adapter }, { ups: down.ups, biased: q.bias !== undefined }).y;
}
