/** The numbers of the run in a row that does not jump; tooltips give each one's meaning and healthy range. */
import { formatBytes, formatClock } from '../../../lib/format.ts';
import { formatMetric, metricHelp, metricIn, metrics } from '../../../protocol/metrics.ts';
import type { RunRecord } from '../../../protocol/training.ts';
import { isRunning } from '../../../state/facts.ts';
import { runTimes } from '../../../state/run-series.ts';
import { useFacts } from '../../use.ts';
import classes from './train.module.css';

export function RunNumbers({ run }: { run: RunRecord }) {
  const memory = useFacts((f) => f.memory);
  const last = run.metrics.at(-1);
  const { elapsed, left } = runTimes(run);
  const running = isRunning(run.phase);
  const { method = 'sft' } = run.settings;
  const ofMethod = metrics.filter(({ methods }) => methods === undefined || methods.includes(method));
  const shown = ofMethod.filter((metric) => metric.shown && (!metric.optional || !last || metricIn(last, metric) !== undefined));
  const items: [string, string, string?][] = [
    ['Step', `${last?.step ?? 0} / ${run.total_steps}`],
    ...shown.map((metric): [string, string, string] => [metric.label, formatMetric(metric, metricIn(last, metric)), metricHelp(metric)]),
    ['Elapsed', formatClock(elapsed)],
    ...(running ? [['Left', left === null ? '--:--' : formatClock(left)] as [string, string]] : []),
    ...(memory ? [['Memory now', formatBytes(memory.allocated)] as [string, string]] : []),
    ...(memory && memory.planned > 0 ? [['Planned peak', formatBytes(memory.planned)] as [string, string]] : []),
  ];
  return (
    <dl className={classes.numbers} data-testid="run-numbers">
      {items.map(([name, value, help]) => (
        <div key={name} title={help}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
