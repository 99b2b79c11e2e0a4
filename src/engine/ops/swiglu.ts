/**
 * gpt-oss's SwiGLU: z [S, 2F] with gate and up interleaved -> [S, F], (clamp(up) + 1) * g * sigmoid(alpha g), g = min(gate, limit).
 * The gate has no lower bound. Source: transformers GptOssExperts, which fixes alpha 1.702 and limit 7.
 */
import { grid, type Op } from '../graph/op.ts';
import { elements, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { swigluBackward, swigluForward } from '../kernels/moe.ts';

type Attrs = { readonly alpha: number; readonly limit: number };

export const swigluOp: Op<{ z: Tensor }, { y: Tensor }, Attrs> = {
  name: 'swiglu',
  infer: ({ z }) => {
    const width = z.shape.at(-1)!;
    if (width % 2 !== 0) throw new Error(`swiglu: z is ${width} wide; gate and up interleaved make an even number.`);
    return { y: { shape: [...z.shape.slice(0, -1), width / 2], dtype: 'f32' } };
  },
  lower: ({ inputs, outputs, attrs }, device) => {
    const n = elements(outputs.y.shape);
    return [
      {
        kernel: swigluForward,
        bind: { ...inputs, ...outputs },
        params: { n, ...attrs },
        workgroups: grid(n, swigluForward, device),
        cost: 32 * n,
      },
    ];
  },
  vjp: (trace, { inputs, attrs }, { y: dy }) => ({ z: trace.emit(swigluGradient, { ...inputs, dy: dy! }, attrs).dz }),
};

export const swigluGradient: Op<{ z: Tensor; dy: Tensor }, { dz: Tensor }, Attrs> = {
  name: 'swiglu-gradient',
  infer: ({ z }) => ({ dz: { shape: z.shape, dtype: 'f32' } }),
  lower: ({ inputs, outputs, attrs }, device) => {
    const n = elements(inputs.dy.shape);
    return [
      {
        kernel: swigluBackward,
        bind: { ...inputs, ...outputs },
        params: { n, ...attrs },
        workgroups: grid(n, swigluBackward, device),
        cost: 40 * n,
      },
    ];
  },
};

/** `limit`: the config's swiglu_limit. */
export function swiglu(trace: Trace, z: Tensor, limit = 7): Tensor {
  return trace.emit(swigluOp, { z }, { alpha: 1.702, limit }).y;
}
