/** Kernels of the mixture of experts: routing, grouped matmuls (one body over three weight encodings), activation, weighted sum. */
import { ALL_RANKS, OWN_RANKS, TILE, TILE_TRANSPOSED } from './pieces.ts';
import { kernel } from './shaders.ts';
import { ANY_FORMAT, FLOAT_FORMATS, gemv, named, overWeights, withNarrow, withWide } from './weights.ts';

export const routeTopKForward = kernel('moe/route-top-k.forward');
export const routeTopKBackward = kernel('moe/route-top-k.backward');
export const routerBalanceSums = kernel('moe/router-balance.sums');
export const routerBalanceLoss = kernel('moe/router-balance.loss');
export const routerBalanceBackward = kernel('moe/router-balance.backward');
export const moeRouteForward = kernel('moe/moe-route.forward');
export const moeRouteTilesForward = kernel('moe/moe-route-tiles.forward');
export const groupedLinearKernels = {
  ...withWide(overWeights(ANY_FORMAT, ...TILE, ALL_RANKS, 'moe/grouped-linear.forward')),
  gemv: overWeights(ANY_FORMAT, ALL_RANKS, 'moe/grouped-linear.gemv'),
  'gemv-narrow': overWeights(ANY_FORMAT, ALL_RANKS, 'moe/grouped-linear.gemv-narrow'),
};
/** Tokens that keep ranks of their own; A is f32. */
export const groupedLinearOwnKernels = {
  forward: named(overWeights(['f32'], ...TILE, OWN_RANKS, 'moe/grouped-linear.forward'), ' own'),
  gemv: named(overWeights(['f32'], OWN_RANKS, 'moe/grouped-linear.gemv'), ' own'),
  'gemv-narrow': named(overWeights(['f32'], OWN_RANKS, 'moe/grouped-linear.gemv-narrow'), ' own'),
};
export const groupedLinearTransposed = withWide(overWeights(ANY_FORMAT, ...TILE_TRANSPOSED, 'moe/grouped-linear-transposed.forward'));
export const groupedLinearWeightGradientForward = kernel('moe/grouped-linear-weight-gradient.forward');
export const moeGatherSumForward = kernel('moe/moe-gather-sum.forward');
export const moeCombineForward = kernel('moe/moe-combine.forward');
export const moeCombineBackward = kernel('moe/moe-combine.backward');
export const swigluForward = kernel('moe/swiglu.forward');
export const swigluBackward = kernel('moe/swiglu.backward');
/** Routers are never MXFP4. */
export const normRouteTopKGemv = gemv(FLOAT_FORMATS, 'moe/norm-route-top-k.gemv');
export const expertSwigluKernels = withNarrow(gemv(ANY_FORMAT, 'moe/expert-swiglu.gemv'));
export const expertSumKernels = withNarrow(gemv(ANY_FORMAT, 'moe/expert-sum.gemv'));
/** LoRA's A of experts, which is f32. `own`: tokens keep ranks of their own. */
export const expertRowsKernels = {
  all: withNarrow(gemv(['f32'], 'moe/expert-rows.gemv', 'matrix', ALL_RANKS)),
  own: withNarrow(named(gemv(['f32'], 'moe/expert-rows.gemv', 'matrix', OWN_RANKS), ' own')),
};
