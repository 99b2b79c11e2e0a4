/** Jobs that ask a model many times, each named as the fact that holds its progress: making rows, and evaluating. */
import { facts } from './facts.ts';
import { pending } from './pending.ts';

export type Job = 'traces' | 'evaluation';

/** Whether the one under way can be gone on with once it is no longer under way. */
export function leavesRest(job: Job): boolean {
  const phase = facts.getState()[job]?.phase;
  return (phase === 'paused' || phase === 'failed') && pending.getState().actions[`cancel-${job}`] === undefined;
}
