/**
 * A run record as chart columns: one x for all charts, so that they share a crosshair; gaps are null.
 * Axis by step, by seconds of step time, or by tokens seen. Pure; also the CSV and JSON of the chart data, with TRL's metric names.
 */
import { languagesByCode } from '../lib/language/languages.ts';
import type { Unjudged } from '../lib/language/unjudged.ts';
import { accuracyByLanguage, type EvalMetrics, type MetricName, metricIn, metrics, rewardFigures } from '../protocol/metrics.ts';
import { allSteps, byStep } from '../protocol/run-files.ts';
import type { AdherenceSample, RunRecord } from '../protocol/training.ts';
import { debiasedEma } from './ema.ts';

export type RunAxis = 'step' | 'time' | 'tokens';
export type Column = (number | null)[];

export interface RunSeries {
  x: number[];
  /** The step of each place. */
  steps: number[];
  /** Of every metric that is drawn. */
  columns: Partial<Record<MetricName, Column>>;
  /** The moving averages of those that are drawn smoothed. */
  smoothed: Partial<Record<MetricName, Column>>;
  /** Of single rewards and of languages, by their names in the log, and their moving averages. */
  figures: Readonly<Record<string, { values: Column; smoothed: Column }>>;
  /** Share of reasoning in the language asked for, by language; only languages that were judged at least once. */
  adherence: Record<string, Column>;
  /** Right answers of the evaluations by language, by its English name; nothing where all questions are of one. */
  accuracy: Record<string, Column>;
  /** Why the other languages of the probes were not judged: the last reason of each. */
  unjudged: Record<string, Unjudged | undefined>;
  /** Where on the x axis a metric that is drawn was NaN or infinite. */
  notFinite: Partial<Record<MetricName, number[]>>;
  /** Where on the x axis the run was saved. */
  saved: number[];
}

const drawn = metrics.filter(({ chart }) => chart !== undefined);

/** Columns over every step that has a metric, an evaluation or a probe (a probe before the first step sits at step 0). */
export function runSeries(run: RunRecord, axis: RunAxis, smoothing: number): RunSeries {
  const { shown, every } = thinned(run);
  const logged = { step: byStep(shown.metrics), eval: byStep(shown.evals) };
  const steps = allSteps(shown);
  const at = new Map(steps.map((step, index) => [step, index]));
  const x = axisValues(run, steps, axis);
  const columns: RunSeries['columns'] = {};
  const notFinite: RunSeries['notFinite'] = {};
  const smoothed: RunSeries['smoothed'] = {};
  for (const metric of drawn) {
    const values = steps.map((step) => metricIn(logged[metric.of].get(step), metric));
    const column = values.map(finite);
    const wrong = x.filter((_, i) => values[i] !== undefined && column[i] === null);
    if (wrong.length > 0) notFinite[metric.name] = wrong;
    columns[metric.name] = column;
    if (metric.chart?.smoothed) smoothed[metric.name] = debiasedEma(column, smoothing ** every);
  }
  return {
    x,
    steps,
    columns,
    smoothed,
    figures: figuresOf(shown, steps, smoothing ** every),
    accuracy: accuracyOf(run.evals, at),
    ...adherenceOf(run.samples, at),
    notFinite,
    saved: savedAt(run.saves ?? [], steps, x),
  };
}

function figuresOf({ metrics: logged }: RunRecord, steps: readonly number[], smoothing: number): RunSeries['figures'] {
  if (logged.every(({ reward }) => reward === undefined)) return {}; // not of a method that is paid
  const names = rewardFigures(logged);
  const at = byStep(logged);
  return Object.fromEntries(
    names.map((name) => {
      const values = steps.map((step) => finite(at.get(step)?.[name]));
      return [name, { values, smoothed: debiasedEma(values, smoothing) }];
    }),
  );
}

/** Saves happen after steps, which have their place on every axis; of a step that is not drawn, the next one's. */
function savedAt(saves: readonly number[], steps: readonly number[], x: readonly number[]): number[] {
  const places = new Set<number>();
  let at = 0;
  for (const save of saves) {
    while (at < steps.length && steps[at]! < save) at++;
    if (at < steps.length) places.add(x[at]!);
  }
  return [...places];
}

/** More points than this no screen shows, and each step that is drawn costs. */
const MOST_POINTS = 4000;

/** A long run by every nth of its steps, its last one and those whose loss is none. */
function thinned(run: RunRecord): { shown: RunRecord; every: number } {
  const { metrics: all } = run;
  const every = Math.ceil(all.length / MOST_POINTS);
  if (every <= 1) return { shown: run, every: 1 };
  const wanted = all.filter(({ loss }, index) => index % every === 0 || index === all.length - 1 || !Number.isFinite(loss));
  return { shown: { ...run, metrics: wanted }, every };
}

function accuracyOf(evals: readonly EvalMetrics[], at: ReadonlyMap<number, number>): RunSeries['accuracy'] {
  const accuracy: RunSeries['accuracy'] = {};
  for (const logged of evals) {
    for (const [code, value] of accuracyByLanguage(logged)) {
      const language = languagesByCode.get(code)?.name ?? code;
      accuracy[language] ??= Array.from({ length: at.size }, () => null);
      accuracy[language][at.get(logged.step)!] = value;
    }
  }
  return Object.keys(accuracy).length > 1 ? accuracy : {};
}

function adherenceOf(samples: readonly AdherenceSample[], at: ReadonlyMap<number, number>): Pick<RunSeries, 'adherence' | 'unjudged'> {
  const adherence: RunSeries['adherence'] = {};
  const unjudged: RunSeries['unjudged'] = {};
  for (const { language, step, share, unjudged: reason } of samples) {
    if (share === null) {
      if (!(language in adherence)) unjudged[language] = reason;
      continue;
    }
    delete unjudged[language];
    adherence[language] ??= Array.from({ length: at.size }, () => null);
    adherence[language][at.get(step)!] = share;
  }
  return { adherence, unjudged };
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
