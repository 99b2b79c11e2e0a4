/** A batch of answers as people look at it: texts, what was paid and why and what is left out of the loss. */
import type { GrpoSettings } from '../../../protocol/grpo.ts';
import type { LeftOut, RolloutBatchRecord } from '../../../protocol/rollouts.ts';
import type { PromptRow } from '../../batch/prompt-rows.ts';
import type { Reply } from '../../generate/answer.ts';
import type { Text } from '../answers/tokens.ts';
import type { Judged } from '../method.ts';

export interface Recorded {
  readonly settings: GrpoSettings;
  /** Counted from 0. */
  readonly step: number;
  readonly advantages: Float64Array;
}

export function recordOf(
  text: Text,
  rows: readonly PromptRow[],
  replies: readonly Reply[],
  { verdicts, paid }: Judged,
  { settings, step, advantages }: Recorded,
): RolloutBatchRecord {
  const { num_generations: size, reward_weights, mask_truncated_completions } = settings;
  const totals = paid.map((values) => totalOf(values, reward_weights));
  const leftOut = (i: number): LeftOut | null => {
    if (totals[i] === null) return 'unjudged';
    if (mask_truncated_completions && replies[i]!.stop !== 'eos') return 'masked';
    if (advantages[i] !== 0) return null;
    const first = i - (i % size);
    return totals.slice(first, first + size).every((total) => total === null || total === totals[i]) ? 'alike' : 'mean';
  };
  return {
    step: step + 1,
    rewards: settings.reward_funcs,
    prompts: rows.filter((_, i) => i % size === 0).map(({ ids }) => ({ text: text.tokenizer.decode(ids), tokens: ids.length })),
    rollouts: rows.map(({ row, question, gold, answer, reasoning_language, answer_language }, i) => {
      const { thinking, content, rest, ids, stop } = replies[i]!;
      const left_out = leftOut(i);
      return {
        row,
        group: Math.floor(i / size),
        question,
        gold: typeof gold === 'string' ? gold : gold === null || gold === undefined ? answer : JSON.stringify(gold),
        reasoning_language,
        ...(answer_language !== null && { answer_language }),
        ...{ thinking, content, rest, completion: text.tokenizer.decode(ids), tokens: ids.length, stop },
        verdicts: verdicts[i]!,
        reward: totals[i]!,
        advantage: advantages[i]!,
        ...(left_out && { left_out }),
      };
    }),
  };
}

/** What one answer was paid in all; null where no reward had anything to say. */
export function totalOf(paid: readonly (number | null)[], weights: readonly number[] | null): number | null {
  const parts = paid.flatMap((value, k) => (value === null ? [] : [value * (weights?.[k] ?? 1)]));
  return parts.length === 0 ? null : parts.reduce((a, b) => a + b, 0);
}
