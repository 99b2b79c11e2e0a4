/** Kernels of linear layers: one body over three weight encodings, the first half of a gated MLP, and the gradient of a small f32 weight. */
import { GLU_ACT, TILE, TILE_TRANSPOSED } from './pieces.ts';
import { kernel } from './shaders.ts';
import { ANY_FORMAT, FLOAT_FORMATS, gemv, overWeights, withNarrow } from './weights.ts';

export const linearKernels = {
  forward: overWeights(ANY_FORMAT, ...TILE, 'linear/linear.forward'),
  tail: overWeights(ANY_FORMAT, ...TILE, 'linear/linear.tail'),
  gemv: gemv(ANY_FORMAT, 'linear/linear.gemv'),
};
export const linearTransposedKernels = {
  forward: overWeights(ANY_FORMAT, ...TILE_TRANSPOSED, 'linear/linear-transposed.forward'),
  tail: overWeights(ANY_FORMAT, 'linear/linear-transposed.tail'),
};
export const gateUpKernels = withNarrow(gemv(FLOAT_FORMATS, 'linear/gate-up.gemv', 'two-matrices', GLU_ACT));
export const linearWeightGradientForward = kernel('linear/linear-weight-gradient.forward');
export const linearWeightGradientFinish = kernel('linear/linear-weight-gradient.finish');
