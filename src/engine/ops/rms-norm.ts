/**
 * RMSNorm in gpt-oss's order: normalise and multiply in f32. Source: transformers GptOssRMSNorm.
 * The weight is frozen; the gradient goes to the input only (derivation in the backward shader).
 */
import { type Capabilities, grid, type Op } from '../graph/op.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { rmsNormBackwardKernels, rmsNormKernels } from '../kernels/norm.ts';
import { normVariant } from './variants.ts';

type Attrs = { readonly eps: number };

function params(x: Tensor, { eps }: Attrs) {
  const width = x.shape.at(-1)!;
  return { rows: x.shape.slice(0, -1).reduce((n, d) => n * d, 1), width, eps };
}

export const rmsNorm: Op<{ x: Tensor; weight: Tensor }, { y: Tensor }, Attrs> = {
  name: 'rms-norm',
  infer: ({ x }) => ({ y: { shape: x.shape, dtype: 'f32' } }),
  lower: ({ inputs, outputs, attrs }, device: Capabilities) => {
    const p = params(inputs.x, attrs);
    const variant = normVariant(p.width);
    const kernel = rmsNormKernels[variant];
    return [
      {
        kernel,
        bind: { ...inputs, ...outputs },
        params: p,
        workgroups: grid(p.rows, variant === 'narrow' ? kernel : 1, device),
        cost: 24 * p.rows * p.width,
      },
    ];
  },
  vjp: (trace: Trace, { inputs, attrs }, { y: dy }) => ({ x: trace.emit(rmsNormGradient, { ...inputs, dy: dy! }, attrs).dx }),
};

export const rmsNormGradient: Op<{ x: Tensor; weight: Tensor; dy: Tensor }, { dx: Tensor }, Attrs> = {
  name: 'rms-norm-gradient',
  infer: ({ x }) => ({ dx: { shape: x.shape, dtype: 'f32' } }),
  lower: ({ inputs, outputs, attrs }, device) => {
    const p = params(inputs.x, attrs);
    const variant = normVariant(p.width);
    const kernel = rmsNormBackwardKernels[variant];
    return [
      {
        kernel,
        bind: { ...inputs, ...outputs },
        params: p,
        workgroups: grid(p.rows, variant === 'narrow' ? kernel : 1, device),
        cost: 40 * p.rows * p.width,
      },
    ];
  },
};
