/**
 * What a batch of completions is for GRPO: the prompts' and the completions' ids with their rewards, in groups of `num_generations` that lie together. It
 * holds no text; whoever answers and judges keeps that beside it.
 */
import { MotherTongueError } from '../../../lib/errors.ts';
import type { Completions } from '../answers/lengths.ts';

/** One number per reward function for each completion; null where a function has nothing to say. */
export type Rewards = readonly (readonly (number | null)[])[];

export interface RolloutBatch extends Completions {
  /** One per completion: a prompt is repeated for each of its completions. */
  readonly prompt_ids: readonly Uint32Array[];
  readonly rewards: Rewards;
  /**
   * Log-probability of every completion id under the policy that the batch was made by, at the same temperature. Absent: the policy is still
   * the one that is trained, so that every ratio is 1.
   */
  readonly old_logps?: readonly Float32Array[];
}

/** Throws one sentence where the batch is not whole groups of equal lists. */
export function checkRollouts({ prompt_ids, completion_ids, rewards, old_logps }: RolloutBatch, num_generations: number): void {
  const rows = completion_ids.length;
  const refuse = (sentence: string): never => {
    throw new MotherTongueError('SettingsError', sentence);
  };
  if (rows === 0 || rows % num_generations !== 0) refuse(`${rows} completions are not whole groups of num_generations ${num_generations}.`);
  const lists = { prompt_ids, rewards, ...(old_logps && { old_logps }) };
  for (const [name, list] of Object.entries(lists))
    if (list.length !== rows) refuse(`${name} has ${list.length} rows and completion_ids ${rows}; one is needed for each completion.`);
  const functions = rewards[0]!.length;
  completion_ids.forEach((ids, row) => {
    if (ids.length === 0) refuse(`completion_ids[${row}] is empty; a completion has at least one id.`);
    if (prompt_ids[row]!.length === 0) refuse(`prompt_ids[${row}] is empty; a prompt has at least one id.`);
    if (functions === 0 || rewards[row]!.length !== functions)
      refuse(
        `rewards[${row}] has ${rewards[row]!.length} entries; each completion needs one per reward function, and there is at least one.`,
      );
    if (old_logps && old_logps[row]!.length !== ids.length)
      refuse(`old_logps[${row}] has ${old_logps[row]!.length} entries and its completion ${ids.length} ids.`);
  });
}
