/** Several runs in one chart: any metric over one x axis, and the settings in which they differ. Pure. */

import type { MetricName } from '../protocol/metrics.ts';
import { metricCharts, metrics } from '../protocol/metrics.ts';
import { differing, valueAt } from '../protocol/setting-values.ts';
import type { RunRecord, TrainingSettings } from '../protocol/training.ts';
import { type Column, type RunAxis, runSeries } from './run-series.ts';
import { runSettingRows } from './run-settings.ts';

export interface Overlay {
  /** Of all runs, ascending. */
  x: number[];
  /** A column a run, in their order; smoothed where the metric is drawn smoothed. */
  columns: Column[];
}

/** Runs need not share a step: each has null where another has a point. */
export function overlayOf(runs: readonly RunRecord[], metric: MetricName, axis: RunAxis, smoothing: number): Overlay {
  const series = runs.map((run) => runSeries(run, axis, smoothing));
  const x = [...new Set(series.flatMap((one) => one.x))].sort((a, b) => a - b);
  const at = new Map(x.map((value, index) => [value, index]));
  const columns = series.map((one) => {
    const values = one.smoothed[metric] ?? one.columns[metric] ?? [];
    const column: Column = Array.from({ length: x.length }, () => null);
    for (const [i, value] of values.entries()) if (value !== null) column[at.get(one.x[i]!)!] = value;
    return column;
  });
  return { x, columns };
}

/** Metrics with a chart that at least one of the runs logged. */
export function overlayMetrics(runs: readonly RunRecord[]): { value: MetricName; label: string }[] {
  const drawn = new Set(metricCharts().flatMap(({ lines }) => lines.map(({ name }) => name)));
  const logged = new Set(
    runs.flatMap(({ metrics: steps, evals }) => [...Object.keys(steps.at(-1) ?? {}), ...Object.keys(evals.at(-1) ?? {})]),
  );
  return metrics.filter(({ name }) => drawn.has(name) && logged.has(name)).map(({ name, label }) => ({ value: name, label }));
}

export interface DifferingSetting {
  name: string;
  label: string;
  /** In the order of the runs. */
  values: string[];
}

/** Model and dataset first, then every setting in which not all agree. */
export function differingSettings(runs: readonly Pick<RunRecord, 'model' | 'dataset' | 'settings'>[]): DifferingSetting[] {
  const [first, ...others] = runs;
  if (!first || others.length === 0) return [];
  const rows: DifferingSetting[] = [
    { name: 'model', label: 'Model', values: runs.map(({ model }) => model) },
    { name: 'dataset', label: 'Dataset', values: runs.map(({ dataset }) => dataset) },
  ].filter(({ values }) => new Set(values).size > 1);
  const paths = new Map(others.flatMap(({ settings }) => differing(first.settings, settings)).map((row) => [row.path, row]));
  for (const { name, label, path } of paths.values()) {
    rows.push({ name, label, values: runs.map(({ settings }) => settingWords(settings, name, path)) });
  }
  return rows;
}

/** As the settings of a run are shown; one that its method does not have is a dash. */
function settingWords(settings: TrainingSettings, name: string, path: string): string {
  const shown = runSettingRows(settings).find((row) => row.name === name)?.value;
  return shown ?? (valueAt(settings, path) === undefined ? '–' : String(valueAt(settings, path)));
}
