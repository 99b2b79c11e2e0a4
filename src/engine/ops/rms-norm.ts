/**
 * RMSNorm: normalise and multiply in f32. Source: transformers GptOssRMSNorm.
 * A row is as long as the weight, so that [T, H*D] with a weight [D] is normed head by head. `add` is a residual.
 * The weight is frozen; the gradient goes to the input and the residual (derivation in the backward shader).
 */
import { type Capabilities, grid, type Op } from '../graph/op.ts';
import { elements, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { rmsNormBackwardKernels, rmsNormKernels } from '../kernels/norm.ts';
import { normVariant } from './variants.ts';

type Inputs = { readonly x: Tensor; readonly weight: Tensor; readonly add?: Tensor };
type Attrs = { readonly eps: number };

/** Of rows as long as the weight. */
export interface Norm {
  readonly weight: Tensor;
  readonly eps: number;
}

function params({ x, weight }: Inputs, { eps }: Attrs) {
  const width = elements(weight.shape);
  return { rows: elements(x.shape) / width, width, eps };
}

export const rmsNorm: Op<Inputs, { y: Tensor }, Attrs> = {
  name: 'rms-norm',
  infer: ({ x, weight, add }) => {
    if (x.shape.at(-1)! % elements(weight.shape) !== 0) throw new Error(`rms-norm: x [${x.shape}] is not made of [${weight.shape}].`);
    if (add && add.shape.join() !== x.shape.join()) throw new Error(`rms-norm: [${add.shape}] cannot be added to [${x.shape}].`);
    return { y: { shape: x.shape, dtype: 'f32' } };
  },
  lower: ({ inputs, outputs, attrs }, device: Capabilities) => {
    const p = params(inputs, attrs);
    const variant = normVariant(p.width);
    const kernel = rmsNormKernels[variant];
    return [
      {
        kernel,
        bind: { ...inputs, add: inputs.add ?? inputs.x, ...outputs },
        params: { ...p, has_add: inputs.add ? 1 : 0 },
        workgroups: grid(p.rows, variant === 'narrow' ? kernel : 1, device),
        cost: 24 * p.rows * p.width,
      },
    ];
  },
  vjp: (trace: Trace, { inputs: { x, weight, add }, attrs }, { y: dy }) => ({
    ...(add && { add: dy! }),
    ...(x.needsGradient && { x: trace.emit(rmsNormGradient, { x, weight, dy: dy! }, attrs).dx }),
  }),
};

/** x [T, C] normed. */
export function normed(trace: Trace, x: Tensor, { weight, eps }: Norm): Tensor {
  return trace.emit(rmsNorm, { x, weight }, { eps }).y;
}

export const rmsNormGradient: Op<{ x: Tensor; weight: Tensor; dy: Tensor }, { dx: Tensor }, Attrs> = {
  name: 'rms-norm-gradient',
  infer: ({ x }) => ({ dx: { shape: x.shape, dtype: 'f32' } }),
  lower: ({ inputs, outputs, attrs }, device) => {
    const p = params(inputs, attrs);
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
