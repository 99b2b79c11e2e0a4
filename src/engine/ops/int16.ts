/**
 * Values kept in half the memory: 16-bit integers with a power of two for every 16 values. An error is at most 2^-16 of the largest of its 16, whatever the
 * range (gpt-oss's residual stream exceeds that of f16, whose errors also change routers' choices at a near tie: gradients were off by up to 3 % there, 0.02 % here).
 * For block inputs that wait for the backward; the forward itself never reads them. The gradient of what is packed passes through unchanged, in the
 * shape of the values.
 */
import { grid, type Op } from '../graph/op.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { ActivationStorage } from '../graph/trace.ts';
import { int16Pack, int16Unpack } from '../kernels/elementwise.ts';

/** Values whose exponents share a word. */
const GROUP = 64;

export const packInt16Op: Op<{ x: Tensor }, { packed: Tensor }, Record<string, never>> = {
  name: 'pack-int16',
  infer: ({ x }) => {
    const [rows, width] = x.shape as [number, number];
    if (x.dtype !== 'f32' || width % 4 !== 0) throw new Error(`pack-int16: [${x.shape}] ${x.dtype} has no rows of whole quads of f32.`);
    return { packed: { shape: [rows, width / 2 + Math.ceil(width / GROUP)], dtype: 'u32' } };
  },
  lower: ({ inputs: { x }, outputs: { packed } }, device) => {
    const [rows, width] = x.shape as [number, number];
    return [
      {
        kernel: int16Pack,
        bind: { x, packed },
        params: { rows, quads: width / 4 },
        workgroups: grid(rows * Math.ceil(width / GROUP), int16Pack, device),
        cost: 48 * rows * width,
      },
    ];
  },
  vjp: (_trace, _node, { packed }) => ({ x: packed! }),
};

export const unpackInt16Op: Op<{ packed: Tensor }, { x: Tensor }, { readonly width: number }> = {
  name: 'unpack-int16',
  infer: ({ packed }, { width }) => ({ x: { shape: [packed.shape[0]!, width], dtype: 'f32' } }),
  lower: ({ inputs: { packed }, outputs: { x } }, device) => {
    const [rows, width] = x.shape as [number, number];
    return [
      {
        kernel: int16Unpack,
        bind: { packed, x },
        params: { rows, quads: width / 4 },
        workgroups: grid((rows * width) / 4, int16Unpack, device),
        cost: 24 * rows * width,
      },
    ];
  },
  vjp: (_trace, _node, { x }) => ({ packed: x! }),
};

export const asInt16: ActivationStorage = {
  pack: (trace, x) => trace.emit(packInt16Op, { x }, {}).packed,
  unpack: (trace, packed, { shape }, blocks) => trace.emit(unpackInt16Op, { packed }, { width: shape[1]! }, {}, blocks).x,
};
