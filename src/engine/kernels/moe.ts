/** Kernels of the mixture of experts: routing, grouped matmuls (one body over three weight encodings), activation, weighted sum. */
import { kernel } from './shaders.ts';
import { gemv, overWeights, withNarrow } from './weights.ts';

export const routeTopKForward = kernel('moe/route-top-k.forward');
export const routeTopKBackward = kernel('moe/route-top-k.backward');
export const routerBalanceSums = kernel('moe/router-balance.sums');
export const routerBalanceLoss = kernel('moe/router-balance.loss');
export const routerBalanceBackward = kernel('moe/router-balance.backward');
export const moeRouteForward = kernel('moe/moe-route.forward');
export const moeRouteTilesForward = kernel('moe/moe-route-tiles.forward');
export const groupedLinearKernels = {
  forward: overWeights('moe/grouped-linear.forward'),
  gemv: overWeights('moe/grouped-linear.gemv'),
  'gemv-narrow': overWeights('moe/grouped-linear.gemv-narrow'),
};
export const groupedLinearTransposed = overWeights('moe/grouped-linear-transposed.forward');
export const groupedLinearWeightGradientForward = kernel('moe/grouped-linear-weight-gradient.forward');
export const moeGatherSumForward = kernel('moe/moe-gather-sum.forward');
export const moeCombineForward = kernel('moe/moe-combine.forward');
export const moeCombineBackward = kernel('moe/moe-combine.backward');
export const swigluForward = kernel('moe/swiglu.forward');
export const swigluBackward = kernel('moe/swiglu.backward');
/** Routers are never MXFP4. */
export const normRouteTopKGemv = gemv('moe/norm-route-top-k.gemv', ['f32', 'bf16']);
export const expertSwigluKernels = withNarrow(gemv('moe/expert-swiglu.gemv'));
export const expertSumKernels = withNarrow(gemv('moe/expert-sum.gemv'));
/** LoRA's A of experts, which is f32. */
export const expertRowsKernels = withNarrow(gemv('moe/expert-rows.gemv', ['f32']));
