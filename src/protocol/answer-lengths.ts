/** How long the answers may be that a run learns from, by its method: one name, and a default of each. */
import { distillationDefaults } from './distillation.ts';
import { grpoDefaults } from './grpo.ts';
import type { TrainingSettings } from './training.ts';

/** Tokens of the longest answer that the run gives itself. */
export function longestAnswer({ method, grpo, distillation }: Pick<TrainingSettings, 'method' | 'grpo' | 'distillation'>): number {
  return method === 'distillation'
    ? (distillation ?? distillationDefaults).max_completion_length
    : (grpo ?? grpoDefaults).max_completion_length;
}
