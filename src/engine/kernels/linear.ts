/** Kernels of linear layers: one body over three weight encodings, the first half of a gated MLP, and the gradient of a small f32 weight. */
import { ALL_RANKS, GLU_ACT, NO_BRANCH, OWN_RANKS, TILE, TILE_TRANSPOSED, WAY_UP } from './pieces.ts';
import { kernel } from './shaders.ts';
import { ANY_FORMAT, FLOAT_FORMATS, gemv, named, overWeights, withNarrow, withWide } from './weights.ts';

export const linearKernels = {
  ...withWide(overWeights(ANY_FORMAT, ...TILE, ALL_RANKS, 'linear/linear.forward')),
  tail: overWeights(ANY_FORMAT, ...TILE, 'linear/linear.tail'),
  gemv: gemv(ANY_FORMAT, 'linear/linear.gemv', 'matrix', NO_BRANCH, ALL_RANKS),
};
/** Rows that keep ranks of their own; A is f32. */
export const linearOwnKernels = {
  forward: named(overWeights(['f32'], ...TILE, OWN_RANKS, 'linear/linear.forward'), ' own'),
  gemv: named(gemv(['f32'], 'linear/linear.gemv', 'matrix', NO_BRANCH, OWN_RANKS), ' own'),
};
export const linearTransposedKernels = {
  ...withWide(overWeights(ANY_FORMAT, ...TILE_TRANSPOSED, 'linear/linear-transposed.forward')),
  tail: overWeights(ANY_FORMAT, 'linear/linear-transposed.tail'),
};
export const linearLoraKernels = withNarrow(
  named(gemv(ANY_FORMAT, 'linear/linear.gemv', 'matrix', WAY_UP, 'linear/linear-branch', ALL_RANKS), ' adapted'),
);
export const gateUpKernels = {
  plain: withNarrow(gemv(FLOAT_FORMATS, 'linear/gate-up.gemv', 'two-matrices', NO_BRANCH, GLU_ACT)),
  adapted: withNarrow(
    named(gemv(FLOAT_FORMATS, 'linear/gate-up.gemv', 'two-matrices', WAY_UP, 'linear/gate-up-branches', GLU_ACT), ' adapted'),
  ),
};
export const linearWeightGradientForward = kernel('linear/linear-weight-gradient.forward');
export const linearWeightGradientFinish = kernel('linear/linear-weight-gradient.finish');
