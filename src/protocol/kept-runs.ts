/**
 * The library of runs as the page sees it: all of a run but its steps, which are fetched when it is opened. Adapters and checkpoints of a run are kept
 * adapters (model.ts) that name it.
 */
import type { RunPhase, RunRecord, TrainingSettings } from './training.ts';

export interface KeptRun {
  id: string;
  name: string;
  /** ISO date; '' where the record is damaged. */
  started: string;
  model: string;
  dataset: string;
  /** SHA-256 of the files; '' where they were not recorded. */
  hashes: { model: string; dataset: string };
  /** Null where the record is damaged. */
  settings: TrainingSettings | null;
  phase: RunPhase;
  message?: string;
  steps: number;
  total_steps: number;
  result: RunResult | null;
  /** The metric of the result over the run, few points; null: not a number. */
  sparkline: (number | null)[];
  /** Its record, answers and saved state on the disk, without its adapters. */
  bytes: number;
  /** It was trained on the open model, or none is open. */
  fits: boolean;
  /** It ended before its last step and can go on from where it was saved. */
  resumable: boolean;
  /** Why it cannot be opened, in one sentence. */
  problem?: string;
}

/** What a run is judged by: the reward where it learned from rewards, otherwise the loss. */
export interface RunResult {
  metric: 'loss' | 'reward';
  first: number;
  last: number;
}

export interface KeptRuns {
  /** Newest first. */
  runs: KeptRun[];
  /** Bytes of everything that is kept of runs and adapters, and the most that may be. */
  storage: { used: number; limit: number };
}

const SPARK_POINTS = 40;

export function resultOf({ metrics }: Pick<RunRecord, 'metrics'>): RunResult | null {
  const [first, last] = [metrics[0], metrics.at(-1)];
  if (!first || !last) return null;
  const rewarded = first.reward !== undefined && last.reward !== undefined;
  return rewarded ? { metric: 'reward', first: first.reward!, last: last.reward! } : { metric: 'loss', first: first.loss, last: last.loss };
}

/** Means of equal parts of the run; a part with a value that is not a number has none. */
export function sparklineOf(run: Pick<RunRecord, 'metrics'>): (number | null)[] {
  const { metric = 'loss' } = resultOf(run) ?? {};
  const values = run.metrics.map((step) => step[metric] ?? Number.NaN);
  const points = Math.min(SPARK_POINTS, values.length);
  return Array.from({ length: points }, (_, i) => {
    const part = values.slice(Math.floor((i * values.length) / points), Math.floor(((i + 1) * values.length) / points));
    const mean = part.reduce((sum, value) => sum + value, 0) / part.length;
    return Number.isFinite(mean) ? Number(mean.toPrecision(4)) : null;
  });
}
