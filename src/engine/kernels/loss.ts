/** Kernels of the loss. */
import { type Kernel, makeKernel } from '../gpu/kernel.ts';
import { KEY, THRESHOLD } from './pieces.ts';
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

/** Of a teacher's distribution and a student's: which KL, or the mixture of both. */
export type Divergence = 'forward' | 'reverse' | 'mixture';

export const topEntriesForward = kernel(...THRESHOLD, 'loss/top-entries.forward');
/** Two walks; files in front of them say what an entry is and which there are. */
export interface DivergenceKernels {
  readonly [walk: string]: Kernel;
  readonly forward: Kernel;
  readonly backward: Kernel;
}

export const divergence: Readonly<Record<'all' | 'top', Readonly<Record<Divergence, DivergenceKernels>>>> = {
  all: { forward: walks('all', 'forward'), reverse: walks('all', 'reverse'), mixture: walks('all', 'mixture') },
  top: { forward: walks('top', 'forward'), reverse: walks('top', 'reverse'), mixture: walks('top', 'mixture') },
};
export const sampledToken: DivergenceKernels = walks('label', 'sampled');
export const divergenceSumsForward = kernel('loss/divergence-sums.forward');

function walks(entries: 'all' | 'top' | 'label', entry: Divergence | 'sampled'): DivergenceKernels {
  const pieces = [...(entries === 'top' ? [KEY] : []), `loss/entries.${entries}`, `loss/entry.${entry}`, 'loss/divergence'];
  const walk = (body: string): Kernel => kernelOf([...pieces, body], ` ${entries} ${entry}`);
  return { forward: walk('loss/divergence.forward'), backward: walk('loss/divergence.backward') };
}

function crossEntropy(weighing: Weighing): Kernel {
  const files = [SOFTMAX, `loss/weigh.${weighing}`, 'loss/cross-entropy.forward'];
  return makeKernel(`cross-entropy.forward ${weighing}`, files.map(shader));
}

function grpo(policy: Policy): Kernel {
  return kernelOf([`loss/policy.${policy}`, 'loss/grpo.forward'], ` ${policy}`);
}
