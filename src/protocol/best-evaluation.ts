/**
 * Which evaluation of a run is its best, and when a run has had enough: transformers' load_best_model_at_end and EarlyStoppingCallback (5.18). Follows
 * from the evaluations and the settings alone, so that a resumed run decides as an uninterrupted one.
 */
import type { BestMetric, EvalMetrics, TrainingSettings } from './training.ts';

type BestSettings = Pick<
  TrainingSettings,
  'eval_questions' | 'load_best_model_at_end' | 'metric_for_best_model' | 'early_stopping_patience' | 'early_stopping_threshold'
>;

export interface BestEvaluation {
  readonly step: number;
  readonly value: number;
  /** Evaluations since, none of them better by the threshold. */
  readonly waited: number;
}

/** Whether a run looks for its best evaluation at all. */
export function seeksBest({ load_best_model_at_end = false, early_stopping_patience = 0 }: BestSettings): boolean {
  return load_best_model_at_end || early_stopping_patience > 0;
}

export function bestMetric({ metric_for_best_model = null, eval_questions = 0 }: BestSettings): BestMetric {
  return metric_for_best_model ?? (eval_questions > 0 ? 'accuracy' : 'loss');
}

/** Null before the first evaluation that has the metric. */
export function bestEvaluation(evals: readonly EvalMetrics[], settings: BestSettings): BestEvaluation | null {
  const metric = bestMetric(settings);
  const { early_stopping_threshold = 0 } = settings;
  const gain = (value: number, other: number): number => (metric === 'loss' ? other - value : value - other);
  let best: { step: number; value: number } | null = null;
  let waited = 0;
  for (const logged of evals) {
    const value = logged[`eval_${metric}`];
    if (value === undefined || !Number.isFinite(value)) continue;
    // As the callback counts: against the best before this one.
    waited = best === null || (gain(value, best.value) > 0 && gain(value, best.value) > early_stopping_threshold) ? 0 : waited + 1;
    if (best === null || gain(value, best.value) > 0) best = { step: logged.step, value };
  }
  return best && { ...best, waited };
}

/** Why the run ends now, as the rest of a sentence; null: it goes on. */
export function earlyStop(evals: readonly EvalMetrics[], settings: BestSettings): string | null {
  const { early_stopping_patience: patience = 0 } = settings;
  const best = patience > 0 ? bestEvaluation(evals, settings) : null;
  if (!best || best.waited < patience) return null;
  const times = patience === 1 ? 'the last evaluation was' : `the last ${patience} evaluations were`;
  return `${times} no better by ${bestMetric(settings)} than that of step ${best.step}`;
}
