/** Kernels of normalisation. */
import { ALL_RANKS, OWN_RANKS } from './pieces.ts';
import { kernel, kernelOf } from './shaders.ts';
import { withNarrow } from './weights.ts';

export const rmsNormKernels = { forward: kernel('norm/rms-norm.forward'), narrow: kernel('norm/rms-norm.forward-narrow') };
export const rmsNormBackwardKernels = { forward: kernel('norm/rms-norm.backward'), narrow: kernel('norm/rms-norm.backward-narrow') };
/** With LoRA's A, which is f32. `own`: rows keep ranks of their own. */
export const normDownKernels = {
  all: withNarrow({ f32: kernel(ALL_RANKS, 'norm/norm-down.gemv') }),
  own: withNarrow({ f32: kernelOf([OWN_RANKS, 'norm/norm-down.gemv'], ' own') }),
};
