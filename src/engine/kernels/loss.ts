/** Kernels of the loss. */
import { type Kernel, makeKernel } from '../gpu/kernel.ts';
import { kernel, kernelOf, shader } from './shaders.ts';

/** How a token's log-probability becomes its loss, by the names of TRL's `loss_type`. */
export type Weighing = 'nll' | 'dft';

/** The sums of a softmax, in front of what reads whole rows of logits. */
const SOFTMAX = 'loss/row-softmax';

/** One body; a file in front of it says what a log-probability costs. */
export const crossEntropyForward: Readonly<Record<Weighing, Kernel>> = { nll: crossEntropy('nll'), dft: crossEntropy('dft') };

export const lossSumsForward = kernel('loss/loss-sums.forward');

export const flaggedSumsForward = kernel('loss/flagged-sums.forward');

export const logProbsForward = kernel(SOFTMAX, 'loss/log-probs.forward');
export const logProbsBackward = kernel('loss/log-probs.backward');

/** What a ratio of new to old probability costs: the forms behind TRL's `loss_type` of GRPO. */
export type Policy = 'clip' | 'cispo' | 'sapo' | 'vespo';

export const entropyThresholdForward = kernel('loss/entropy-threshold.forward');
/** One body; a file in front of it is the policy. */
export const grpoForward: Readonly<Record<Policy, Kernel>> = {
  clip: grpo('clip'),
  cispo: grpo('cispo'),
  sapo: grpo('sapo'),
  vespo: grpo('vespo'),
};

function crossEntropy(weighing: Weighing): Kernel {
  const files = [SOFTMAX, `loss/weigh.${weighing}`, 'loss/cross-entropy.forward'];
  return makeKernel(`cross-entropy.forward ${weighing}`, files.map(shader));
}

function grpo(policy: Policy): Kernel {
  return kernelOf([`loss/policy.${policy}`, 'loss/grpo.forward'], ` ${policy}`);
}
