/** Kernels of normalisation. */
import { kernel } from './shaders.ts';

export const rmsNormForward = kernel('norm/rms-norm.forward');
export const rmsNormForwardNarrow = kernel('norm/rms-norm.forward-narrow');
export const rmsNormBackward = kernel('norm/rms-norm.backward');
export const rmsNormBackwardNarrow = kernel('norm/rms-norm.backward-narrow');
