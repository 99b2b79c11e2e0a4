/** What distillation logs of an optimizer step: the loss, figures per token of the loss, and the answers' lengths as GRPO has them. */
import type { DistillationSettings } from '../../../protocol/distillation.ts';
import { completionMetrics, distinctRatio, type EndIds } from '../answers/lengths.ts';
import type { Stats } from '../method.ts';
import type { Written } from './written.ts';

/** `stats`: of the micro-batches of which something counted; a step may have none. */
export function distillationMetrics(
  { jsd_token_clip }: Pick<DistillationSettings, 'jsd_token_clip'>,
  stats: readonly Stats[],
): Record<string, number> & { readonly loss: number } {
  const sum = (name: string): number => stats.reduce((total, own) => total + own[name]!, 0);
  const count = sum('count');
  const loss = sum('loss');
  if (count === 0) return { loss };
  const positive = sum('positive');
  return {
    loss,
    divergence: sum('divergence') / count,
    entropy: sum('entropy') / count,
    teacher_entropy: sum('teacher_entropy') / count,
    agreement: sum('agreement') / count,
    ...(jsd_token_clip !== null && { clipped_share: positive > 0 ? sum('clipped') / positive : 0 }),
  };
}

/** Of the answers that the student gave itself; nothing where it gave none. */
export function answerMetrics(
  answers: readonly Written[],
  generation_time: number,
  num_generations: number,
  ends: EndIds,
): Record<string, number> {
  const own = answers.filter(({ reply }) => reply !== null);
  if (own.length === 0) return {};
  const completion_ids = own.map(({ ids }) => ids);
  return {
    ...completionMetrics({ completion_ids, cut: own.map(({ cut }) => cut) }, ends),
    ...(num_generations > 1 && { 'completions/distinct_ratio': distinctRatio(completion_ids, num_generations) }),
    generation_time,
    generated_tokens: completion_ids.reduce((n, { length }) => n + length, 0),
  };
}
