/**
 * The way from a layer's input to queries, keys and values. A stream is normed and projected three times, norms heads where the family does, and rotates; rows
 * that decode get all three in one tensor, which attention-step norms and rotates itself.
 */
import type { Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { STEP_VALUES } from '../kernels/weights.ts';
import { joinColumns } from './join-columns.ts';
import { type LinearLayer, linear } from './linear.ts';
import { adaptedQkv, qkv } from './qkv.ts';
import { type Norm, normed, rmsNorm } from './rms-norm.ts';
import { rope } from './rope.ts';
import { GEMV_ROWS } from './variants.ts';

export interface QkvLayers {
  /** What x is normed by before it is projected. */
  readonly norm: Norm;
  /** [H*D, C] */
  readonly q: LinearLayer;
  /** [G*D, C] */
  readonly k: LinearLayer;
  readonly v: LinearLayer;
  /** [H] */
  readonly sinks?: Tensor;
  /** Norms over each head of the queries and keys, before they are rotated. */
  readonly norms?: HeadNorms;
}

export interface HeadNorms {
  /** [D] */
  readonly q: Tensor;
  readonly k: Tensor;
  readonly eps: number;
}

export interface Qkv {
  readonly q: Tensor;
  readonly k: Tensor;
  readonly v: Tensor;
  readonly sinks?: Tensor;
}

interface Sizes {
  readonly heads: number;
  readonly kv_heads: number;
  readonly head_dim: number;
}

/** x [T, C] -> queries and keys, normed and rotated (without angles: not), and values. */
export function projectQkv(
  trace: Trace,
  input: Tensor,
  { norm, q, k, v, sinks, norms }: QkvLayers,
  angles: { readonly table: Tensor; readonly positions: Tensor } | null,
  { heads, kv_heads, head_dim }: Sizes,
): Qkv {
  const x = normed(trace, input, norm);
  const head = (y: Tensor, n: number, weight: Tensor | undefined): Tensor => {
    const of = norms && weight ? trace.emit(rmsNorm, { x: y, weight }, { eps: norms.eps }).y : y;
    return angles ? rope(trace, { x: of, ...angles }, { heads: n, head_dim }) : of;
  };
  return {
    q: head(linear(trace, x, q), heads, norms?.q),
    k: head(linear(trace, x, k), kv_heads, norms?.k),
    v: linear(trace, x, v),
    ...(sinks && { sinks }),
  };
}

/** x [B, C] -> [B, (H + 2G)*D], not rotated; no gradient. */
export function projectQkvJoined(trace: Trace, input: Tensor, layers: QkvLayers): Tensor {
  const all = [layers.q, layers.k, layers.v];
  const together = goTogether(input, all);
  const adapted = together ? adaptedQkv(trace, input, layers.norm, layers) : null;
  if (adapted) return adapted;
  const x = normed(trace, input, layers.norm);
  if (together && all.every(({ lora }) => !lora)) return qkv(trace, x, layers);
  return joinColumns(
    trace,
    all.map((layer) => linear(trace, x, layer)),
  );
}

/** Whether one launch can read these three matrices; many rows go through tiles, one matrix after another. */
function goTogether(x: Tensor, layers: readonly LinearLayer[]): boolean {
  const { dtype } = layers[0]!.weight;
  const biases = layers.filter(({ bias }) => bias).length;
  return (
    (dtype === 'f32' || dtype === 'bf16') &&
    layers.every(({ weight }) => weight.dtype === dtype) &&
    biases % 3 === 0 &&
    x.shape[0]! <= GEMV_ROWS &&
    x.shape[1]! % STEP_VALUES[dtype] === 0
  );
}
