/** A run record as files to take along: its chart data as CSV, and the whole of it as JSON, with TRL's metric names. */
import { accuracyByLanguage, metricIn, metrics, rewardFigures } from './metrics.ts';
import type { RunRecord } from './training.ts';

/** By step. */
export function byStep<X extends { step: number }>(list: readonly X[]): Map<number, X> {
  return new Map(list.map((entry) => [entry.step, entry]));
}

/** Steps of which something was logged, in order. */
export function allSteps({ metrics: steps, evals, samples }: Pick<RunRecord, 'metrics' | 'evals' | 'samples'>): number[] {
  return [...new Set([...steps, ...evals, ...samples].map(({ step }) => step))].sort((a, b) => a - b);
}

/** One line per step; adherence in columns of its own; empty where there was nothing. Metrics that no step has get no column. */
export function runCsv(run: RunRecord): string {
  const logged = { step: byStep(run.metrics), eval: byStep(run.evals) };
  const columns = metrics.filter(
    (metric) => !metric.optional || [...logged[metric.of].values()].some((m) => metricIn(m, metric) !== undefined),
  );
  const languages = [...new Set(run.samples.map((s) => s.language))];
  const asked = [...new Set(run.evals.flatMap((one) => accuracyByLanguage(one).map(([language]) => language)))];
  const figures = rewardFigures(run.metrics);
  const header = [
    'step',
    ...columns.map(({ name }) => name),
    ...figures,
    ...languages.map((l) => `adherence_${l}`),
    ...asked.map((l) => `eval_accuracy/${l}`),
  ];
  const shares = new Map(run.samples.map((s) => [`${s.step} ${s.language}`, s.share]));
  const lines = allSteps(run).map((step) => {
    const own = columns.map((metric) => metricIn(logged[metric.of].get(step), metric) ?? '');
    const ofRewards = figures.map((name) => logged.step.get(step)?.[name] ?? '');
    const right = asked.map((l) => logged.eval.get(step)?.[`eval_accuracy/${l}`] ?? '');
    return [step, ...own, ...ofRewards, ...languages.map((l) => shares.get(`${step} ${l}`) ?? ''), ...right].map(csvCell).join(',');
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
