/**
 * One batch of answers: every prompt answered `num_generations` times by the adapter as it stands, judged, and given advantages. What is drawn follows from
 * the seed and the batch's number alone.
 */
import type { GrpoSettings } from '../../../protocol/grpo.ts';
import type { RewardFigures } from '../../../protocol/metrics.ts';
import type { Verdict } from '../../../protocol/rewards.ts';
import type { RolloutBatchRecord } from '../../../protocol/rollouts.ts';
import type { PromptRow } from '../../batch/prompt-rows.ts';
import { ask } from '../answers/ask.ts';
import { completionMetrics, distinctRatio, type EndIds } from '../answers/lengths.ts';
import type { Text } from '../answers/tokens.ts';
import type { Judged, World } from '../method.ts';
import { meanAndStd, scoreRollouts } from './advantages.ts';
import { recordOf, totalOf } from './record.ts';
import type { RolloutBatch } from './rollouts.ts';

export interface AnswerBatch {
  readonly rollouts: RolloutBatch;
  /** One an answer. */
  readonly advantages: Float64Array;
  readonly metrics: Readonly<Record<string, number>> & RewardFigures;
  readonly record: RolloutBatchRecord;
}

export interface Asking {
  readonly settings: GrpoSettings;
  readonly text: Text;
  readonly seed: number;
  readonly ends: EndIds;
  /** Number of the batch in the run, and the optimizer step that it is made for, of how many. */
  readonly batch: number;
  readonly step: number;
  readonly steps: number;
}

export async function answerBatch(prompts: readonly PromptRow[], world: World, asking: Asking): Promise<AnswerBatch> {
  const { settings, text, seed, batch, step, steps, ends } = asking;
  const { num_generations, temperature, top_p, top_k, min_p, max_completion_length: max_new_tokens } = settings;
  const sampling = { temperature, top_p, top_k, min_p, max_new_tokens, seed };
  const first = batch * prompts.length * num_generations;
  const { rows, replies, generation_time } = await ask(prompts, world, { num_generations, first, sampling });
  const judged = await world.judge(rows, replies, { step, steps, group: num_generations });
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
      ...finite({ ...scored.metrics, ...ofRewards(judged.verdicts, settings.reward_funcs) }),
      ...byLanguage(rows, judged.paid, settings),
      ...completionMetrics(rollouts, ends),
      unjudged: judged.paid.filter((paid) => paid.every((value) => value === null)).length / rows.length,
      parse_failures: judged.verdicts.filter((own) => own.some(({ parsed }) => parsed === null)).length / rows.length,
      'completions/distinct_ratio': distinctRatio(rollouts.completion_ids, num_generations),
      generation_time,
      generated_tokens: replies.reduce((n, { ids }) => n + ids.length, 0),
    },
    record: recordOf(text, rows, replies, judged, { settings, step, advantages: scored.advantages }),
  };
}

/** A mean of nothing is not logged. */
function finite(metrics: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)));
}

/** As TRL logs them: what each reward said, before gates and weights. */
function ofRewards(verdicts: readonly (readonly Verdict[])[], names: readonly string[]): Record<string, number> {
  const figures = names.map((name, k): [string, { mean: number; std: number }] => [name, meanAndStd(verdicts.map((own) => own[k]!.value))]);
  return Object.fromEntries(
    figures.flatMap(([name, { mean, std }]) => [
      [`rewards/${name}/mean`, mean],
      [`rewards/${name}/std`, std],
    ]),
  );
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
