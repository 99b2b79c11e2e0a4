/**
 * LoRA's branches of queries, keys and values of a few rows, in two launches: h = x [Aq Ak Av]^T by `qkv`, then y = base + [s h B^T] of each.
 * For decoding: no gradient.
 */
import { grid, type Op } from '../graph/op.ts';
import { elements, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { qkvLoraGemv } from '../kernels/attention.ts';
import type { LinearLayer } from './linear.ts';
import { qkv } from './qkv.ts';

type Branch = NonNullable<LinearLayer['lora']>;
export type QkvBranches = { readonly q: Branch; readonly k: Branch; readonly v: Branch };

type Inputs = { readonly base: Tensor; readonly h: Tensor; readonly q_up: Tensor; readonly k_up: Tensor; readonly v_up: Tensor };
type Attrs = { readonly q_scale: number; readonly k_scale: number; readonly v_scale: number };

export const qkvLoraOp: Op<Inputs, { y: Tensor }, Attrs> = {
  name: 'qkv-lora',
  infer: ({ base, h, q_up, k_up, v_up }) => {
    const ups = [q_up, k_up, v_up];
    const columns = ups.reduce((n, { shape }) => n + shape[0]!, 0);
    if (columns !== base.shape[1] || ups.some(({ shape }) => 3 * shape[1]! !== h.shape[1]) || k_up.shape[0] !== v_up.shape[0]) {
      throw new Error(`qkv-lora: ${ups.map(({ shape }) => `[${shape}]`).join(', ')} over [${h.shape}] do not fit [${base.shape}].`);
    }
    return { y: { shape: base.shape, dtype: 'f32' } };
  },
  lower: ({ inputs, outputs, attrs }, device) => {
    const n = elements(outputs.y.shape);
    const { q_up, k_up } = inputs;
    return [
      {
        kernel: qkvLoraGemv,
        bind: { ...inputs, ...outputs },
        params: { n, q_columns: q_up.shape[0]!, kv_columns: k_up.shape[0]!, rank: q_up.shape[1]!, ...attrs },
        workgroups: grid(n, qkvLoraGemv, device),
        cost: n * q_up.shape[1]!,
      },
    ];
  },
};

/** base [B, (H + 2G)*D] = the layers without their adapter, x [B, C]; branches of one rank. */
export function qkvLora(trace: Trace, base: Tensor, x: Tensor, { q, k, v }: QkvBranches): Tensor {
  const h = qkv(trace, x, { q: { weight: q.a }, k: { weight: k.a }, v: { weight: v.a } });
  const scales = { q_scale: q.scale, k_scale: k.scale, v_scale: v.scale };
  return trace.emit(qkvLoraOp, { base, h, q_up: q.b, k_up: k.b, v_up: v.b }, scales).y;
}
