/** Kernels of the mixture of experts: routing, grouped matmuls (one body over three weight encodings), activation, weighted sum. */
import { TILE, TILE_TRANSPOSED } from './pieces.ts';
import { kernel } from './shaders.ts';
import { ANY_FORMAT, FLOAT_FORMATS, gemv, overWeights, withNarrow } from './weights.ts';

export const routeTopKForward = kernel('moe/route-top-k.forward');
export const routeTopKBackward = kernel('moe/route-top-k.backward');
export const routerBalanceSums = kernel('moe/router-balance.sums');
export const routerBalanceLoss = kernel('moe/router-balance.loss');
export const routerBalanceBackward = kernel('moe/router-balance.backward');
export const moeRouteForward = kernel('moe/moe-route.forward');
export const moeRouteTilesForward = kernel('moe/moe-route-tiles.forward');
export const groupedLinearKernels = {
  forward: overWeights(ANY_FORMAT, ...TILE, 'moe/grouped-linear.forward'),
  gemv: overWeights(ANY_FORMAT, 'moe/grouped-linear.gemv'),
  'gemv-narrow': overWeights(ANY_FORMAT, 'moe/grouped-linear.gemv-narrow'),
};
export const groupedLinearTransposed = overWeights(ANY_FORMAT, ...TILE_TRANSPOSED, 'moe/grouped-linear-transposed.forward');
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
/** LoRA's A of experts, which is f32. */
export const expertRowsKernels = withNarrow(gemv(['f32'], 'moe/expert-rows.gemv'));
