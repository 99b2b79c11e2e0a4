/** Kernels of normalisation. */
import { kernel } from './shaders.ts';

export const rmsNormKernels = { forward: kernel('norm/rms-norm.forward'), narrow: kernel('norm/rms-norm.forward-narrow') };
export const rmsNormBackwardKernels = { forward: kernel('norm/rms-norm.backward'), narrow: kernel('norm/rms-norm.backward-narrow') };
