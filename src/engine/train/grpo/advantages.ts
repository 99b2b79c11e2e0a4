/**
 * Rewards -> advantages, with TRL's metrics about them (GRPOTrainer 1.13, `_generate_and_score_completions`), in float64. Deviations divide by n - 1; what a
 * function left out (null) is in no sum, no mean and no n. A completion that no function scored has the advantage 0 and is in no mean.
 */
import type { GrpoSettings } from '../../../protocol/grpo.ts';
import type { Rewards } from './rollouts.ts';

export type AdvantageSettings = Pick<
  GrpoSettings,
  'num_generations' | 'scale_rewards' | 'multi_objective_aggregation' | 'reward_weights' | 'skip_groups_without_spread'
>;

export interface Scored {
  /** One per completion. */
  readonly advantages: Float64Array;
  /** By TRL's names; NaN where too few completions were scored for a mean or a deviation. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** TRL's, so that equal rewards do not divide by zero. */
const SPREAD_FLOOR = 1e-4;
/** An advantage below this is a difference of equal rewards, whose sign would say what was clipped. */
const ROUNDING = 1e-10;
/** A deviation up to this counts as none, as torch.isclose has it. */
const NO_SPREAD = 1e-8;

/** `names`: of the reward functions, for their metrics. */
export function scoreRollouts(rewards: Rewards, settings: AdvantageSettings, names = rewards[0]!.map((_, k) => String(k))): Scored {
  const { num_generations: size, reward_weights, skip_groups_without_spread } = settings;
  const functions = names.map((_, k) => rewards.map((row) => row[k] ?? Number.NaN));
  const weights = reward_weights ?? names.map(() => 1);
  const total = weightedSum(functions, weights);
  const { advantages, deviations } =
    settings.multi_objective_aggregation === 'sum_then_normalize'
      ? normalizeSum(total, settings)
      : normalizeEach(functions, weights, size, total.length);
  const judged = settings.multi_objective_aggregation === 'sum_then_normalize' ? [total] : functions;
  return {
    advantages: Float64Array.from(advantages, (a, i) => {
      if (skip_groups_without_spread && judged.every((values) => allEqual(groupOf(values, i, size)))) return 0;
      return Number.isNaN(a) || Math.abs(a) < ROUNDING ? 0 : a;
    }),
    metrics: {
      ...Object.fromEntries(
        names.flatMap((name, k) => [
          [`rewards/${name}/mean`, mean(functions[k]!)],
          [`rewards/${name}/std`, deviation(functions[k]!)],
        ]),
      ),
      reward: mean(total),
      reward_std: deviation(total),
      frac_reward_zero_std: deviations.filter((s) => Math.abs(s) <= NO_SPREAD).length / deviations.length,
    },
  };
}

interface Normalized {
  /** NaN where nothing scored the completion, or where a deviation of one value was asked for. */
  readonly advantages: readonly number[];
  /** What each completion's spread is judged by. */
  readonly deviations: readonly number[];
}

function normalizeSum(total: readonly number[], { num_generations: size, scale_rewards }: AdvantageSettings): Normalized {
  const whole = deviation(total);
  const deviations = total.map((_, i) => (scale_rewards === 'batch' ? whole : deviation(groupOf(total, i, size))));
  const advantages = total.map((reward, i) => {
    const centred = reward - mean(groupOf(total, i, size));
    return scale_rewards === 'none' ? centred : centred / (deviations[i]! + SPREAD_FLOOR);
  });
  return { advantages, deviations };
}

function normalizeEach(functions: readonly number[][], weights: readonly number[], size: number, rows: number): Normalized {
  const normalized = functions.map((values) =>
    values.map((reward, i) => {
      const group = groupOf(values, i, size);
      return (reward - mean(group)) / (deviation(group) + SPREAD_FLOOR);
    }),
  );
  const scored = Array.from({ length: rows }, (_, i) => functions.some((values) => !Number.isNaN(values[i]!)));
  // As torch.nansum: a row that was scored alone in its group is normalised to nothing, and counts as 0.
  const total = weightedSum(normalized, weights).map((reward, i) => (!scored[i] ? Number.NaN : Number.isNaN(reward) ? 0 : reward));
  const whole = deviation(total);
  const middle = mean(total);
  return { advantages: total.map((reward) => (reward - middle) / (whole + SPREAD_FLOOR)), deviations: total.map(() => whole) };
}

/** Per completion, over the functions that scored it; NaN where none did. */
function weightedSum(functions: readonly number[][], weights: readonly number[]): number[] {
  return functions[0]!.map((_, i) => {
    const scored = functions.flatMap((values, k) => (Number.isNaN(values[i]!) ? [] : [weights[k]! * values[i]!]));
    return scored.length === 0 ? Number.NaN : scored.reduce((a, b) => a + b, 0);
  });
}

function groupOf(values: readonly number[], row: number, size: number): number[] {
  const first = row - (row % size);
  return values.slice(first, first + size);
}

/** Over the values that are there; the deviation with n - 1. NaN where there are too few. */
export function meanAndStd(values: readonly (number | null)[]): { readonly mean: number; readonly std: number } {
  const numbers = values.map((value) => value ?? Number.NaN);
  return { mean: mean(numbers), std: deviation(numbers) };
}

function known(values: readonly number[]): number[] {
  return values.filter((value) => !Number.isNaN(value));
}

function mean(values: readonly number[]): number {
  const all = known(values);
  return all.reduce((a, b) => a + b, 0) / all.length; // NaN where there is none
}

function deviation(values: readonly number[]): number {
  const all = known(values);
  const middle = mean(all);
  return all.length < 2 ? Number.NaN : Math.sqrt(all.reduce((sum, v) => sum + (v - middle) ** 2, 0) / (all.length - 1));
}

function allEqual(values: readonly number[]): boolean {
  const all = known(values);
  return all.every((value) => value === all[0]);
}
