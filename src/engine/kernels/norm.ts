/** Kernels of normalisation. */
import { kernel } from './shaders.ts';
import { withNarrow } from './weights.ts';

export const rmsNormKernels = { forward: kernel('norm/rms-norm.forward'), narrow: kernel('norm/rms-norm.forward-narrow') };
export const rmsNormBackwardKernels = { forward: kernel('norm/rms-norm.backward'), narrow: kernel('norm/rms-norm.backward-narrow') };
/** With LoRA's A, which is f32. */
export const normDownKernels = withNarrow({ f32: kernel('norm/norm-down.gemv') });
