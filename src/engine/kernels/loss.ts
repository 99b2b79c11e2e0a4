/** Kernels of the loss. */
import { type Kernel, makeKernel } from '../gpu/kernel.ts';
import { kernel, shader } from './shaders.ts';

/** How a token's log-probability becomes its loss, by the names of TRL's `loss_type`. */
export type Weighing = 'nll' | 'dft';

/** One body; a file in front of it says what a log-probability costs. */
export const crossEntropyForward: Readonly<Record<Weighing, Kernel>> = { nll: crossEntropy('nll'), dft: crossEntropy('dft') };

export const lossSumsForward = kernel('loss/loss-sums.forward');

export const flaggedSumsForward = kernel('loss/flagged-sums.forward');

function crossEntropy(weighing: Weighing): Kernel {
  return makeKernel(`cross-entropy.forward ${weighing}`, [shader(`loss/weigh.${weighing}`), shader('loss/cross-entropy.forward')]);
}
