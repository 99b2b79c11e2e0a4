/**
 * The figures that a run has logged, batch of answers by batch, as levels and trends: what the tables of known faults look at. Levels are means over the last
 * batches, so that one batch raises no flag; what rises or falls is compared with its own noise.
 */
import { formatPercent } from '../lib/format.ts';
import type { SettingPath } from '../protocol/setting-row.ts';
import type { RunRecord, StepMetrics } from '../protocol/training.ts';

export interface SettingMend {
  readonly label: string;
  readonly path: SettingPath;
  readonly value: unknown;
}

export interface Watched {
  readonly name: string;
  readonly title: string;
  readonly healthy: string;
  readonly mend: string;
  /** The mend, where one setting does it. */
  readonly set?: SettingMend;
  /** What holds; null: nothing. */
  readonly sees: (history: History) => string | null;
}

/** Batches whose mean is a level, and those that a rise or fall needs. */
export const RECENT = 5;
export const TREND = 12;

/** Figures of a batch of answers that is new. */
const BEGINS = ['reward', 'frac_reward_zero_std', 'divergence'] as const;

export class History {
  private readonly batches: readonly StepMetrics[];

  /** Steps that began with a new batch of answers. */
  constructor({ metrics }: Pick<RunRecord, 'metrics'>) {
    this.batches = metrics.filter((one) => BEGINS.some((name) => one[name] !== undefined));
  }

  get length(): number {
    return this.batches.length;
  }

  values(name: string): number[] {
    return this.batches.flatMap((one) => {
      const value = (one as unknown as Readonly<Record<string, number | undefined>>)[name]; // by the names of a log
      return value !== undefined && Number.isFinite(value) ? [value] : [];
    });
  }

  /** Mean of the last batches; null while there are too few. */
  recent(name: string): number | null {
    const values = this.values(name);
    return values.length < RECENT ? null : mean(values.slice(-RECENT));
  }

  /** Means of the first and of the last batches that have a figure; null while they would overlap. */
  ends(name: string): { first: number; last: number } | null {
    const values = this.values(name);
    return values.length < 2 * RECENT ? null : { first: mean(values.slice(0, RECENT)), last: mean(values.slice(-RECENT)) };
  }

  /** How much higher the later half is than the earlier one, in standard errors of that difference; null while there are too few batches. */
  trend(name: string): number | null {
    const values = this.values(name);
    if (values.length < TREND) return null;
    const half = Math.floor(values.length / 2);
    const [early, late] = [values.slice(0, half), values.slice(-half)];
    const error = Math.sqrt((variance(early) + variance(late)) / half);
    const change = mean(late) - mean(early);
    return change === 0 ? 0 : change / Math.max(error, 1e-9);
  }
}

export function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

function variance(values: readonly number[]): number {
  const middle = mean(values);
  return values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / Math.max(1, values.length - 1);
}

export const above = (name: string, limit: number, say: (value: number) => string) => (history: History) => {
  const value = history.recent(name);
  return value !== null && value > limit ? say(value) : null;
};

/** Faults of every method that learns from answers, each with the method's own mend. */
export const clippedAnswers = (mend: string): Watched => ({
  name: 'clipped-answers',
  title: 'Answers cut off',
  healthy: 'Below 10 % of the answers reach the longest length.',
  mend,
  sees: above('completions/clipped_ratio', 0.1, (value) => `${formatPercent(value)} of the answers are cut off at the longest length.`),
});

export const strayLength = (mend: string): Watched => ({
  name: 'length',
  title: 'Very short or very long answers',
  healthy: 'The mean length stays within a third and three times of its beginning.',
  mend,
  sees: (history) => {
    const ends = history.ends('completions/mean_length');
    if (!ends || (ends.last <= 3 * ends.first && ends.last >= ends.first / 3)) return null;
    return `Answers have gone from ${ends.first.toFixed(0)} to ${ends.last.toFixed(0)} tokens.`;
  },
});
