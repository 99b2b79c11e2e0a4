/** Kernels of linear layers: one body over three weight encodings, and the gradient of a small f32 weight. */
import { kernel } from './shaders.ts';
import { gemv, overWeights } from './weights.ts';

export const linearKernels = {
  forward: overWeights('linear/linear.forward'),
  tail: overWeights('linear/linear.tail'),
  gemv: gemv('linear/linear.gemv'),
};
export const linearTransposedKernels = {
  forward: overWeights('linear/linear-transposed.forward'),
  tail: overWeights('linear/linear-transposed.tail'),
};
export const linearWeightGradientForward = kernel('linear/linear-weight-gradient.forward');
export const linearWeightGradientFinish = kernel('linear/linear-weight-gradient.finish');
