/** Kernels of the loss. */
import crossEntropy from '../../../shaders/loss/cross-entropy.forward.wgsl?raw';
import lossSums from '../../../shaders/loss/loss-sums.forward.wgsl?raw';
import { type Kernel, LINE, storage } from '../gpu/kernel.ts';

export const crossEntropyForward: Kernel = {
  name: 'cross-entropy.forward',
  source: crossEntropy,
  entry: 'main',
  bindings: storage({
    labels: 'read',
    inverse_count: 'read',
    logits: 'read_write',
    nll: 'read_write',
    correct: 'read_write',
    entropy: 'read_write',
  }),
  params: { rows: 'u32', vocabulary: 'u32', ...LINE },
  overrides: ['SIZE'],
};

export const lossSumsForward: Kernel = {
  name: 'loss-sums.forward',
  source: lossSums,
  entry: 'main',
  bindings: storage({ nll: 'read', correct: 'read', entropy: 'read', labels: 'read', metrics: 'read_write' }),
  params: { rows: 'u32' },
};
