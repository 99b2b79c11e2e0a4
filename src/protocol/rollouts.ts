/** What a run learned from, for people to look at: the answers of one optimizer step's batch with what they were paid, why, and what the step made of their tokens. */
import type { Verdict } from './rewards.ts';

/** Where a token of an answer stands: in the thought, in the answer, outside of both, or in none because it only parts them. */
export type TokenPlace = 'thinking' | 'content' | 'rest' | 'control';

/** The tokens of an answer, and their log-probabilities before the first and after the last step on it so far, at the run's temperature. */
export interface TokenChanges {
  /** Joined they are the completion; a character of several tokens stands at the one that ends it. */
  texts: readonly string[];
  places: readonly TokenPlace[];
  before: readonly number[];
  after: readonly number[];
}

/** The tokens of an answer, and how far the teacher is from the student at each of them, in nats, as the step on it found them. */
export interface TokenDivergences extends Pick<TokenChanges, 'texts' | 'places'> {
  divergence: readonly number[];
}

/**
 * Why nothing is learned from an answer: no reward had anything to say of it, its group was paid alike, it was paid exactly its group's mean, or it
 * was cut off where such answers are masked.
 */
export type LeftOut = 'unjudged' | 'alike' | 'mean' | 'masked';

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
  /** As it was written, control tokens spelled out. */
  completion: string;
  tokens: number;
  /** `length`: cut off. */
  stop: 'eos' | 'length' | 'cancelled';
  /** By reward, in the order of `rewards`. */
  verdicts: readonly Verdict[];
  /** What was paid in all, weights counted; null where no reward had anything to say. */
  reward: number | null;
  advantage: number;
  /** Absent: it was learned from. */
  left_out?: LeftOut;
  /** Absent where its tokens were not looked at again. */
  changes?: TokenChanges;
  /** Of distillation: of a step's answers those whose divergence is largest have it. */
  divergences?: TokenDivergences;
  /** Of distillation: the dataset's own answer, not the model's. */
  given?: true;
}

export interface RolloutBatchRecord {
  /** Of the first optimizer step that learned from it, counted from 1. */
  step: number;
  rewards: readonly string[];
  /** By group: as it was asked, control tokens spelled out, and its tokens. */
  prompts: readonly { readonly text: string; readonly tokens: number }[];
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

const STATUS = { eos: 'completed', length: 'truncated', cancelled: 'aborted' } as const satisfies Record<Rollout['stop'], string>;

/**
 * As JSON Lines, an answer a line. Field names of the viewers that there are for such files (slime, Relax): prompt, response, label, reward, status,
 * group_index. What each reward said stands under its name in `rewards`.
 */
export function rolloutLines({ step, rewards, prompts, rollouts }: RolloutBatchRecord): string {
  return rollouts.map((one, index) => `${JSON.stringify(lineOf(one, { step, index, rewards, prompt: prompts[one.group] }))}\n`).join('');
}

interface Place {
  readonly step: number;
  readonly index: number;
  readonly rewards: readonly string[];
  readonly prompt: RolloutBatchRecord['prompts'][number] | undefined;
}

function lineOf(one: Rollout, { step, index, rewards, prompt }: Place): object {
  const { group, completion, tokens, stop, gold, verdicts, changes, divergences, left_out, ...rest } = one;
  return {
    step,
    group_index: group,
    index,
    prompt: prompt?.text ?? null,
    response: completion,
    prompt_length: prompt?.tokens ?? null,
    response_length: tokens,
    label: gold,
    status: STATUS[stop],
    ...rest,
    left_out: left_out ?? null,
    rewards: Object.fromEntries(rewards.map((name, k) => [name, verdicts[k]])),
    ...(changes && { tokens: changes.texts, logps_before: changes.before, logps_after: changes.after }),
    ...(divergences && { tokens: divergences.texts, divergence: divergences.divergence }),
  };
}
