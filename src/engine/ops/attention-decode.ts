/** Attention of one new token per row over the key/value cache, which holds that token already (see cache-write). No gradient. */
import { grid, type Op } from '../graph/op.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { attentionDecodeForward } from '../kernels/attention.ts';
import { type AttentionAttrs, headParams } from './attention.ts';

export type DecodeInputs = {
  /** [B, H*D] */ readonly q: Tensor;
  /** [B, P, G*D] */ readonly k_cache: Tensor;
  /** [B, P, G*D] */ readonly v_cache: Tensor;
  /** [H] */ readonly sinks?: Tensor;
  /** [B] u32: tokens in the cache, the new one included; 0 for a row that rests, whose y is 0. */ readonly lengths: Tensor;
};

export const attentionDecodeOp: Op<DecodeInputs, { y: Tensor }, AttentionAttrs> = {
  name: 'attention-decode',
  infer: ({ q, k_cache }, attrs) => {
    headParams(attrs);
    if (k_cache.shape[0] !== q.shape[0] || k_cache.shape[2] !== attrs.kv_heads * attrs.head_dim) {
      throw new Error(`attention-decode: a cache [${k_cache.shape}] does not fit queries [${q.shape}].`);
    }
    return { y: { shape: q.shape, dtype: 'f32' } };
  },
  lower: ({ inputs, outputs, attrs }, device) => {
    const { q, k_cache, sinks } = inputs;
    const { heads, head_dim, window } = attrs;
    const [rows, capacity] = k_cache.shape as [number, number, number];
    return [
      {
        kernel: attentionDecodeForward,
        bind: { ...inputs, sinks: sinks ?? q, ...outputs },
        params: { rows, heads, capacity, sinks: sinks ? 1 : 0, ...headParams(attrs) },
        workgroups: grid(rows * heads, 1, device),
        cost: 2 * rows * Math.min(window ?? capacity, capacity) * heads * head_dim,
      },
    ];
  },
};

/** [B, H*D] */
export function attentionDecode(trace: Trace, inputs: DecodeInputs, attrs: AttentionAttrs): Tensor {
  return trace.emit(attentionDecodeOp, inputs, attrs).y;
}
