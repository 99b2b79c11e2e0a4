/**
 * Queries, keys and values of a few rows in one launch: y [B, (H + 2G)*D] = x [Wq Wk Wv]^T + biases, for matrices of one encoding (f32 or bf16).
 * For decoding: no gradient. Streams of many tokens project with three `linear` each.
 */
import type { Op } from '../graph/op.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { qkvKernels } from '../kernels/attention.ts';
import { STEP_VALUES } from '../kernels/weights.ts';
import type { LinearLayer } from './linear.ts';
import { GEMV_COLUMNS, gemvVariant } from './variants.ts';

type Inputs = {
  readonly x: Tensor;
  readonly q_weight: Tensor;
  readonly k_weight: Tensor;
  readonly v_weight: Tensor;
  /** All three or none. */
  readonly q_bias?: Tensor;
  readonly k_bias?: Tensor;
  readonly v_bias?: Tensor;
};

function kernelFor({ x, q_weight, k_weight, v_weight }: Inputs) {
  const { dtype } = q_weight;
  if ((dtype !== 'f32' && dtype !== 'bf16') || k_weight.dtype !== dtype || v_weight.dtype !== dtype) {
    throw new Error(
      `qkv: ${q_weight.name} and its keys and values are ${dtype}, ${k_weight.dtype}, ${v_weight.dtype}; f32 or bf16 alike go.`,
    );
  }
  const values = STEP_VALUES[dtype];
  if (x.shape[1]! % values !== 0) throw new Error(`qkv: the width ${x.shape[1]} of ${q_weight.name} is not a multiple of ${values}.`);
  return qkvKernels[gemvVariant(x.shape[1]!)][dtype];
}

export const qkvOp: Op<Inputs, { y: Tensor }> = {
  name: 'qkv',
  infer: (inputs) => {
    const { x, q_weight, k_weight, v_weight, q_bias, k_bias, v_bias } = inputs;
    kernelFor(inputs);
    const widths = [q_weight, k_weight, v_weight].map((w) => w.shape[1]);
    if (widths.some((w) => w !== x.shape[1]))
      throw new Error(`qkv: x is ${x.shape[1]} wide, ${q_weight.name} and its like take ${widths}.`);
    const [nq, nk, nv] = [q_weight.shape[0]!, k_weight.shape[0]!, v_weight.shape[0]!];
    if (nk !== nv || nq % 4 !== 0 || nk % 4 !== 0)
      throw new Error(`qkv: ${q_weight.name} and its like have ${nq}, ${nk} and ${nv} outputs.`);
    const biases = [q_bias, k_bias, v_bias].filter(Boolean).length;
    if (biases % 3 !== 0) throw new Error(`qkv: ${biases} of three biases beside ${q_weight.name}.`);
    return { y: { shape: [x.shape[0]!, nq + 2 * nk], dtype: 'f32' } };
  },
  lower: ({ inputs, outputs }) => {
    const { x, q_weight, k_weight, q_bias, k_bias, v_bias } = inputs;
    const [rows, width] = x.shape as [number, number];
    const [q_columns, kv_columns] = [q_weight.shape[0]!, k_weight.shape[0]!];
    const variant = gemvVariant(width);
    const together = rows === 1 || variant === 'gemv-narrow' ? 1 : 4;
    const tilesOf = (columns: number): number => Math.ceil(columns / GEMV_COLUMNS[variant]);
    const tiles = variant === 'gemv' ? tilesOf(q_columns) + 2 * tilesOf(kv_columns) : tilesOf(q_columns + 2 * kv_columns);
    return [
      {
        kernel: kernelFor(inputs),
        bind: { ...inputs, q_bias: q_bias ?? x, k_bias: k_bias ?? x, v_bias: v_bias ?? x, ...outputs },
        params: { rows, width, q_columns, kv_columns, has_bias: q_bias ? 1 : 0 },
        overrides: { ROWS: together },
        workgroups: [tiles, Math.ceil(rows / together), 1],
        cost: rows * width * (q_columns + 2 * kv_columns),
      },
    ];
  },
};

/** x [B, C] -> [B, (H + 2G)*D], without the layers' adapters. */
export function qkv(
  trace: Trace,
  x: Tensor,
  layers: { readonly q: LinearLayer; readonly k: LinearLayer; readonly v: LinearLayer },
): Tensor {
  const { q, k, v } = layers;
  const biases = q.bias && k.bias && v.bias ? { q_bias: q.bias, k_bias: k.bias, v_bias: v.bias } : {};
  return trace.emit(qkvOp, { x, q_weight: q.weight, k_weight: k.weight, v_weight: v.weight, ...biases }, {}).y;
}
