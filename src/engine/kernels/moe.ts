/** Kernels of the mixture of experts: routing, grouped matmuls (one body over three weight encodings), activation, weighted sum. */
import { kernel } from './shaders.ts';
import { alone, overDots, overWeights } from './weights.ts';

export const routerTopKForward = kernel('moe/router-top-k.forward');
export const routerTopKBackward = kernel('moe/router-top-k.backward');
export const routerBalanceSums = kernel('moe/router-balance.sums');
export const routerBalanceLoss = kernel('moe/router-balance.loss');
export const routerBalanceBackward = kernel('moe/router-balance.backward');
export const moeRouteForward = kernel('moe/moe-route.forward');
export const moeRouteTilesForward = kernel('moe/moe-route-tiles.forward');
export const moeLinearForward = overWeights('moe/moe-linear.forward');
export const moeLinearFewSlots = overWeights('moe/moe-linear.few-slots');
export const moeLinearFewSlotsNarrow = overWeights('moe/moe-linear.few-slots-narrow');
export const moeLinearTransposed = overWeights('moe/moe-linear-transposed.forward');
export const moeWeightGradientForward = kernel('moe/moe-weight-gradient.forward');
export const moeGatherSumForward = kernel('moe/moe-gather-sum.forward');
export const moeCombineForward = kernel('moe/moe-combine.forward');
export const moeCombineBackward = kernel('moe/moe-combine.backward');
export const swigluForward = kernel('moe/swiglu.forward');
export const swigluBackward = kernel('moe/swiglu.backward');

/** Routers are never MXFP4. */
export const pickExpertsFewRows = overDots('moe/pick-experts.few-rows', ['f32', 'bf16']);
export const expertSwigluFewSlots = overDots('moe/expert-swiglu.few-slots');
export const expertSwigluAlone = alone(expertSwigluFewSlots);
export const expertSumFewRows = overDots('moe/expert-sum.few-rows');
export const expertSumAlone = alone(expertSumFewRows);
/** LoRA's A of experts, which is f32. */
export const expertRowsFewSlots = overDots('moe/expert-rows.few-slots', ['f32']);
export const expertRowsAlone = alone(expertRowsFewSlots);
