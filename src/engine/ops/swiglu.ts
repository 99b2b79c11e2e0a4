/**
 * SwiGLU of experts: z [S, 2F] with gate and up interleaved -> [S, F], (clamp(up) + shift) * g * sigmoid(alpha g), g = min(gate, limit).
 * The gate has no lower bound. gpt-oss clamps and shifts (source: transformers GptOssExperts, which fixes the numbers); others do neither.
 */
import { grid, type Op } from '../graph/op.ts';
import { elements, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { swigluBackward, swigluForward } from '../kernels/moe.ts';

export type SwigluForm = { readonly alpha: number; readonly limit: number; readonly shift: number };
type Attrs = SwigluForm;

export const GPT_OSS_SWIGLU: SwigluForm = { alpha: 1.702, limit: 7, shift: 1 };
/** silu(gate) * up; the limit is above all that float32 holds of a trained model. */
export const PLAIN_SWIGLU: SwigluForm = { alpha: 1, limit: 3e38, shift: 0 };

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

export function swiglu(trace: Trace, z: Tensor, form = GPT_OSS_SWIGLU): Tensor {
  return trace.emit(swigluOp, { z }, form).y;
}
