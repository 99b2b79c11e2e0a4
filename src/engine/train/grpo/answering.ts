/**
 * One batch of answers: every prompt answered `num_generations` times by the adapter as it stands, judged, and given advantages. What is drawn follows from
 * the seed and the batch's number alone.
 */
import type { GrpoSettings } from '../../../protocol/grpo.ts';
import type { RewardFigures } from '../../../protocol/metrics.ts';
import type { RolloutBatchRecord } from '../../../protocol/rollouts.ts';
import type { PromptRow } from '../../batch/prompt-rows.ts';
import type { Reply } from '../../generate/answer.ts';
import type { Judged, World } from '../method.ts';
import { completionMetrics, scoreRollouts } from './advantages.ts';
import type { EndIds, RolloutBatch } from './rollouts.ts';

export interface AnswerBatch {
  readonly rollouts: RolloutBatch;
  /** One an answer. */
  readonly advantages: Float64Array;
  readonly metrics: Readonly<Record<string, number>> & RewardFigures;
  readonly record: RolloutBatchRecord;
}

export interface Asking {
  readonly settings: GrpoSettings;
  readonly seed: number;
  readonly ends: EndIds;
  /** Number of the batch in the run, and the optimizer step that it is made for, of how many. */
  readonly batch: number;
  readonly step: number;
  readonly steps: number;
}

export async function answerBatch(prompts: readonly PromptRow[], world: World, asking: Asking): Promise<AnswerBatch> {
  const { settings, seed, batch, step, steps, ends } = asking;
  const started = performance.now();
  const rows = prompts.flatMap((prompt) => Array.from({ length: settings.num_generations }, () => prompt));
  const { temperature, top_p, top_k, min_p, max_completion_length: max_new_tokens } = settings;
  const replies = await world.answer(
    rows.map(({ ids }, r) => ({ ids, salt: batch * rows.length + r })),
    { temperature, top_p, top_k, min_p, max_new_tokens, seed },
  );
  const generation_time = (performance.now() - started) / 1000;
  const judged = await world.judge(rows, replies, { step, steps, group: settings.num_generations });
  const rollouts: RolloutBatch = {
    prompt_ids: rows.map(({ ids }) => ids),
    completion_ids: replies.map(({ ids }) => Uint32Array.from(ids)),
    rewards: judged.paid,
    cut: replies.map(({ stop }) => stop !== 'eos'), // a model may end by several ids
  };
  const scored = scoreRollouts(rollouts.rewards, settings, settings.reward_funcs);
  return {
    rollouts,
    advantages: scored.advantages,
    metrics: {
      ...finite(scored.metrics),
      ...byLanguage(rows, judged.paid, settings),
      ...completionMetrics(rollouts, ends),
      unjudged: judged.paid.filter((paid) => paid.every((value) => value === null)).length / rows.length,
      generation_time,
      generated_tokens: replies.reduce((n, { ids }) => n + ids.length, 0),
    },
    record: recordOf(rows, replies, judged, { settings, step, advantages: scored.advantages }),
  };
}

/** A mean of nothing is not logged. */
function finite(metrics: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)));
}

/** What one answer was paid in all; null where no reward had anything to say. */
function totalOf(paid: readonly (number | null)[], weights: readonly number[] | null): number | null {
  const parts = paid.flatMap((value, k) => (value === null ? [] : [value * (weights?.[k] ?? 1)]));
  return parts.length === 0 ? null : parts.reduce((a, b) => a + b, 0);
}

/** Mean reward by the language asked for; answers that none was asked of stand under "none". */
function byLanguage(rows: readonly PromptRow[], paid: Judged['paid'], { reward_weights }: GrpoSettings): RewardFigures {
  const sums = new Map<string, { sum: number; count: number }>();
  for (const [i, { reasoning_language }] of rows.entries()) {
    const total = totalOf(paid[i]!, reward_weights);
    if (total === null) continue;
    const key = reasoning_language ?? 'none';
    const known = sums.get(key) ?? { sum: 0, count: 0 };
    sums.set(key, { sum: known.sum + total, count: known.count + 1 });
  }
  if (sums.size < 2) return {};
  return Object.fromEntries([...sums].map(([language, { sum, count }]) => [`reward/${language}`, sum / count]));
}

function recordOf(
  rows: readonly PromptRow[],
  replies: readonly Reply[],
  { verdicts, paid }: Judged,
  { settings, step, advantages }: { settings: GrpoSettings; step: number; advantages: Float64Array },
): RolloutBatchRecord {
  return {
    step: step + 1,
    rewards: settings.reward_funcs,
    rollouts: rows.map(({ row, question, gold, answer, reasoning_language, answer_language }, i) => {
      const { thinking, content, rest, ids, stop } = replies[i]!;
      return {
        row,
        group: Math.floor(i / settings.num_generations),
        question,
        gold: typeof gold === 'string' ? gold : gold === null || gold === undefined ? answer : JSON.stringify(gold),
        reasoning_language,
        ...(answer_language !== null && { answer_language }),
        ...{ thinking, content, rest, tokens: ids.length, stop },
        verdicts: verdicts[i]!,
        reward: totalOf(paid[i]!, settings.reward_weights),
        advantage: advantages[i]!,
      };
    }),
  };
}
