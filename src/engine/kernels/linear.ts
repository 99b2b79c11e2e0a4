/** Kernels of linear layers: one body over three weight encodings, and the gradient of a small f32 weight. */
import { kernel } from './shaders.ts';
import { overDots, overWeights } from './weights.ts';

export const linearForward = overWeights('linear/linear.forward');
/** A number of columns that is not a multiple of 4. */
export const linearAnyColumns = overWeights('linear/linear.any-columns');
export const linearFewRows = overDots('linear/linear.few-rows');
export const linearTransposed = overWeights('linear/linear-transposed.forward');
/** An inner size that is not a multiple of 4. */
export const linearTransposedAnyInner = overWeights('linear/linear-transposed.any-inner');
export const linearWeightGradientForward = kernel('linear/linear-weight-gradient.forward');
export const linearWeightGradientFinish = kernel('linear/linear-weight-gradient.finish');
