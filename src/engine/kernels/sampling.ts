/** Kernels of sampling. */
import { kernel } from './shaders.ts';

export const sampleForward = kernel('sampling/sample.forward');
export const advanceStep = kernel('sampling/advance.step');
