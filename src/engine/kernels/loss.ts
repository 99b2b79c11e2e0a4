/** Kernels of the loss. */
import { kernel } from './shaders.ts';

export const crossEntropyForward = kernel('loss/cross-entropy.forward');
export const lossSumsForward = kernel('loss/loss-sums.forward');
