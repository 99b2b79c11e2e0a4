/** Kernels of the optimiser. */
import { kernel } from './shaders.ts';

export const gradientNormSquares = kernel('optimizer/gradient-norm.squares');
export const gradientNormFinish = kernel('optimizer/gradient-norm.finish');
export const adamwStep = kernel('optimizer/adamw.step');
export const movingAverageStep = kernel('optimizer/moving-average.step');
