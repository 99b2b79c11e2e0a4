/** Kernels of sampling. */
import { THRESHOLD } from './pieces.ts';
import { kernel } from './shaders.ts';

export const sampleForward = kernel(...THRESHOLD, 'sampling/sample.forward');
export const advanceStep = kernel('sampling/advance.step');
