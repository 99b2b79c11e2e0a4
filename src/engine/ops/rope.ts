/**
 * Rotary embedding, half-split pairing, from a table of cosines and sines (frequencies: models/rope.ts). Source: transformers GptOss
 * `_apply_rotary_emb`. The map is linear, so its gradient is the same op transposed.
 */
import { grid, type Op } from '../graph/op.ts';
import { elements, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { ropeForward } from '../kernels/attention.ts';

export type RopeInputs = {
  /** [T, heads*D] */ readonly x: Tensor;
  /** [P, D/2, 2] f32: cos and sin at a position, each times the attention scaling. */ readonly table: Tensor;
  /** [T] u32, below P */ readonly positions: Tensor;
};
type Heads = { readonly heads: number; readonly head_dim: number };

export const ropeOp: Op<RopeInputs, { y: Tensor }, Heads & { readonly transposed: boolean }> = {
  name: 'rope',
  infer: ({ x, table }, { heads, head_dim }) => {
    if (head_dim % 4 !== 0) throw new Error(`rope: head_dim is ${head_dim}; it must be a multiple of 4.`);
    if (x.shape[1] !== heads * head_dim || table.shape[1] !== head_dim / 2 || table.shape[2] !== 2) {
      throw new Error(`rope: x [${x.shape}] or the table [${table.shape}] does not fit ${heads} heads of ${head_dim}.`);
    }
    return { y: { shape: x.shape, dtype: 'f32' } };
  },
  lower: ({ inputs, outputs, attrs: { heads, head_dim, transposed } }, device) => {
    const pairs2 = elements(inputs.x.shape) / 4;
    return [
      {
        kernel: ropeForward,
        bind: { ...inputs, ...outputs },
        params: { pairs2, heads, quads: head_dim / 4, sign: transposed ? -1 : 1 },
        workgroups: grid(pairs2, ropeForward, device),
        cost: 80 * pairs2,
      },
    ];
  },
  vjp: (trace: Trace, { inputs, attrs }, { y: dy }) => ({
    x: trace.emit(ropeOp, { ...inputs, x: dy! }, { ...attrs, transposed: !attrs.transposed }).y,
  }),
};

export function rope(trace: Trace, inputs: RopeInputs, heads: Heads): Tensor {
  return trace.emit(ropeOp, inputs, { ...heads, transposed: false }).y;
}
