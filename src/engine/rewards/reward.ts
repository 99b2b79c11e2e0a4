/**
 * What a reward is: from one completion to a number with its reason. It sees text that is there already, and neither model nor GPU. A reward that runs
 * programs of others (python.ts, own.ts) is not of this form: those run in threads of their own.
 */
import type { RewardRow, Verdict } from '../../protocol/rewards.ts';

/** A completion as the model wrote it, and what is known of it. */
export interface Sample {
  /** The whole text, thoughts included, control tokens spelled out. */
  readonly completion: string;
  /** As the chat format read them; '' where there is none. */
  readonly reasoning: string;
  readonly answer: string;
  /** The completion's tokens; null where only its text is known. */
  readonly ids: readonly number[] | null;
  /** Ended by a stop token, not by the longest length. */
  readonly finished: boolean;
  /** Whether the prompt has opened `<think>`, so that the completion begins inside the thought. */
  readonly prompt_opens_think: boolean;
  /** What of a reply in Harmony stands in its prompt; absent: nothing. */
  readonly begun?: string;
  /** What the chat format finds wrong with the reply, as a clause; null: nothing; undefined: it was not asked. */
  readonly format_problem?: string | null;
  readonly row: RewardRow;
}

/** The settings of one reward, checked and complete. */
export type RewardSettings = Readonly<Record<string, unknown>>;

/** What the run adds to the settings. */
export interface RewardContext {
  /** Longest completion, for rewards of length that say no other; null where there is no run. */
  readonly max_completion_length: number | null;
}

export type Reward = (sample: Sample, settings: RewardSettings, context: RewardContext) => Verdict | Promise<Verdict>;

/** An answer without the tags that stand around it. */
export const untagged = (answer: string): string => answer.replaceAll(/<\/?answer>/g, ' ');

export const verdict = (value: number | null, why: string, parsed?: string | null): Verdict => ({
  value,
  why,
  ...(parsed !== undefined && { parsed }),
});
