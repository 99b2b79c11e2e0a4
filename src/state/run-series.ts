/**
 * A run record as chart columns: one x for all charts, so that they share a crosshair; gaps are null.
 * Axis by step, by seconds of step time, or by tokens seen. Pure; also the CSV and JSON of the chart data, with TRL's metric names.
 */
import type { RunRecord } from '../protocol/training.ts';
import { debiasedEma } from './ema.ts';

export type RunAxis = 'step' | 'time' | 'tokens';
export type Column = (number | null)[];

export interface RunSeries {
  x: number[];
  loss: Column;
  smooth: Column;
  evaluation: Column;
  learning_rate: Column;
  grad_norm: Column;
  accuracy: Column;
  /** Share of reasoning in the language asked for, by language. */
  adherence: Record<string, Column>;
}

/** Columns over every step that has a metric, an evaluation or a probe (a probe before the first step sits at step 0). */
export function runSeries(run: RunRecord, axis: RunAxis, smoothing: number): RunSeries {
  const bySteps = new Map(run.metrics.map((m) => [m.step, m]));
  const steps = [...new Set([...bySteps.keys(), ...run.evals.map((e) => e.step), ...run.samples.map((s) => s.step)])].sort((a, b) => a - b);
  const at = new Map(steps.map((step, index) => [step, index]));
  const pick = (key: 'loss' | 'learning_rate' | 'grad_norm' | 'mean_token_accuracy'): Column =>
    steps.map((step) => finite(bySteps.get(step)?.[key]));
  const loss = pick('loss');
  const evaluation: Column = steps.map(() => null);
  for (const e of run.evals) evaluation[at.get(e.step)!] = finite(e.eval_loss);
  const adherence: Record<string, Column> = {};
  for (const sample of run.samples) {
    adherence[sample.language] ??= steps.map(() => null);
    adherence[sample.language]![at.get(sample.step)!] = sample.share;
  }
  return {
    x: axisValues(run, steps, axis),
    loss,
    smooth: debiasedEma(loss, smoothing),
    evaluation,
    learning_rate: pick('learning_rate'),
    grad_norm: pick('grad_norm'),
    accuracy: pick('mean_token_accuracy'),
    adherence,
  };
}

function axisValues(run: RunRecord, steps: number[], axis: RunAxis): number[] {
  if (axis === 'step') return steps;
  let seconds = 0;
  let tokens = 0;
  let next = 0;
  return steps.map((step) => {
    for (; next < run.metrics.length && run.metrics[next]!.step <= step; next += 1) {
      seconds += run.metrics[next]!.step_time;
      tokens = run.metrics[next]!.num_tokens;
    }
    return axis === 'time' ? seconds : tokens;
  });
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}

/** Seconds of steps so far, and seconds left at the pace of the last twenty steps. */
export function runTimes(run: RunRecord): { elapsed: number; left: number | null } {
  const elapsed = run.metrics.reduce((sum, m) => sum + m.step_time, 0);
  const recent = run.metrics.slice(-20);
  if (recent.length === 0) return { elapsed, left: null };
  const pace = recent.reduce((sum, m) => sum + m.step_time, 0) / recent.length;
  return { elapsed, left: Math.max(0, run.total_steps - recent.at(-1)!.step) * pace };
}

const CSV_COLUMNS = [
  'step',
  'epoch',
  'loss',
  'learning_rate',
  'grad_norm',
  'mean_token_accuracy',
  'entropy',
  'num_tokens',
  'step_time',
  'tokens_per_second',
] as const;

/** One line per step; evaluation and adherence in columns of their own, empty where there was none. */
export function runCsv(run: RunRecord): string {
  const languages = [...new Set(run.samples.map((s) => s.language))];
  const header = [...CSV_COLUMNS, 'eval_loss', ...languages.map((l) => `adherence_${l}`)];
  const steps = [...new Set([...run.metrics, ...run.evals, ...run.samples].map((m) => m.step))].sort((a, b) => a - b);
  const metrics = new Map(run.metrics.map((m) => [m.step, m]));
  const evals = new Map(run.evals.map((e) => [e.step, e.eval_loss]));
  const shares = new Map(run.samples.map((s) => [`${s.step} ${s.language}`, s.share]));
  const lines = steps.map((step) => {
    const row = metrics.get(step);
    const own = CSV_COLUMNS.map((key) => (key === 'step' ? step : (row?.[key] ?? '')));
    return [...own, evals.get(step) ?? '', ...languages.map((l) => shares.get(`${step} ${l}`) ?? '')].map(csvCell).join(',');
  });
  return `${[header.map(csvCell).join(','), ...lines].join('\n')}\n`;
}

function csvCell(value: string | number): string {
  const text = String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The whole record, readable. */
export function runJson(run: RunRecord): string {
  return `${JSON.stringify(run, null, 2)}\n`;
}
