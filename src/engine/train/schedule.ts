/**
 * The learning rate as a factor of its peak, by transformers' names (optimization.py, 5.18): a pure function of the step. Step t, counted from
 * 0, uses f(t); with warm-up the first step therefore has a rate of 0, and the last, t = T - 1, never reaches the end of the curve.
 *   warm-up                t / max(1, w)                                    t < w, all but `constant`
 *   linear                 max(0, (T - t) / max(1, T - w))
 *   cosine                 max(0, c),  c = (1 + cos(pi p)) / 2,             p = (t - w) / max(1, T - w)
 *   cosine_with_min_lr     max(0, c (1 - m) + m),                           m = min_lr_rate
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { OptimizerSettings } from '../../protocol/training.ts';

type ScheduleSettings = Pick<OptimizerSettings, 'lr_scheduler_type' | 'lr_scheduler_kwargs'>;

/** `step` from 0; `steps` as counted by batch/order's `totalSteps`, `warmup` by `countWarmup`. */
export function learningRateFactor(settings: ScheduleSettings, step: number, steps: number, warmup: number): number {
  const scheduler = settings.lr_scheduler_type;
  if (scheduler !== 'constant' && step < warmup) return step / Math.max(1, warmup);
  const progress = (step - warmup) / Math.max(1, steps - warmup);
  const cosine = 0.5 * (1 + Math.cos(Math.PI * progress));
  switch (scheduler) {
    case 'constant':
    case 'constant_with_warmup':
      return 1;
    case 'linear':
      return Math.max(0, (steps - step) / Math.max(1, steps - warmup));
    case 'cosine':
      return Math.max(0, cosine);
    case 'cosine_with_min_lr':
      return Math.max(0, aboveFloor(cosine, settings.lr_scheduler_kwargs.min_lr_rate));
    default:
      return scheduler satisfies never;
  }
}

function aboveFloor(cosine: number, floor: number | undefined): number {
  if (floor !== undefined) return cosine * (1 - floor) + floor;
  throw new MotherTongueError(
    'SettingsError',
    'lr_scheduler_type cosine_with_min_lr needs lr_scheduler_kwargs.min_lr_rate; set it, for example to 0.1.',
  );
}

/** Warm-up steps: whole ones if at least 1, else that ratio of all steps, rounded up. */
export function countWarmup(steps: number, warmupSteps: number): number {
  return warmupSteps >= 1 ? Math.trunc(warmupSteps) : Math.ceil(steps * warmupSteps);
}
