/** What a run learned from, for people to look at: the answers of one optimizer step's batch with what they were paid, and why. */
import type { Verdict } from './rewards.ts';

export interface Rollout {
  /** Number of the row in the dataset. */
  row: number;
  /** Answers of one prompt have the same. */
  group: number;
  question: string;
  gold: string | null;
  reasoning_language: string | null;
  /** Absent where none is known. */
  answer_language?: string;
  thinking: string;
  content: string;
  /** Text outside of both. */
  rest: string;
  tokens: number;
  /** `length`: cut off. */
  stop: 'eos' | 'length' | 'cancelled';
  /** By reward, in the order of `rewards`. */
  verdicts: readonly Verdict[];
  /** What was paid in all, weights counted; null where no reward had anything to say. */
  reward: number | null;
  advantage: number;
}

export interface RolloutBatchRecord {
  /** Of the first optimizer step that learned from it, counted from 1. */
  step: number;
  rewards: readonly string[];
  rollouts: readonly Rollout[];
}

/** What should be known of a batch before its answers are: a sentence each. */
export function saidOfBatch({ rollouts }: Pick<RolloutBatchRecord, 'rollouts'>): string[] {
  const groups = new Map<number, boolean>();
  for (const { group, stop } of rollouts) groups.set(group, (groups.get(group) ?? true) && stop === 'length');
  const cut = [...groups.values()].filter(Boolean).length;
  if (cut === 0) return [];
  const which = cut === groups.size ? 'Every answer' : `Every answer of ${cut} of ${groups.size} groups`;
  return [
    `${which} reached max_completion_length and was cut off, so none of them teaches how an answer ends; raise max_completion_length.`,
  ];
}

/** As JSON Lines, an answer a line; what each reward said stands under its name. */
export function rolloutLines({ step, rewards, rollouts }: RolloutBatchRecord): string {
  const line = ({ verdicts, ...rest }: Rollout): string =>
    JSON.stringify({ step, ...rest, rewards: Object.fromEntries(rewards.map((name, k) => [name, verdicts[k]])) });
  return rollouts.map((one) => `${line(one)}\n`).join('');
}
