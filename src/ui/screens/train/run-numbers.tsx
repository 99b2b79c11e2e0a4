/** The numbers of the run in a row that does not jump; healthy ranges are told where a number leaves them. */
import { formatBytes, formatClock, formatLoss, formatPercent, formatRate, formatScientific } from '../../../lib/format.ts';
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
  const items: [string, string, string?][] = [
    ['Step', `${last?.step ?? 0} / ${run.total_steps}`],
    ['Epoch', last ? last.epoch.toFixed(2) : '–'],
    ['Loss', formatLoss(last?.loss), 'Fine-tuning usually ends between 0.5 and 2.0; small templated data goes lower.'],
    ['Learning rate', last ? formatScientific(last.learning_rate) : '–'],
    ['Gradient norm', formatLoss(last?.grad_norm), 'Healthy between 0.1 and 10.'],
    ['Accuracy', formatPercent(last?.mean_token_accuracy, 1), 'Share of trained tokens the model ranks first (mean_token_accuracy).'],
    ['Entropy', formatLoss(last?.entropy)],
    ['Speed', last ? formatRate(last.tokens_per_second) : '–'],
    ['Elapsed', formatClock(elapsed)],
    ...(running ? [['Left', left === null ? '--:--' : formatClock(left)] as [string, string]] : []),
    ...(memory ? [['Memory', formatBytes(memory.allocated)] as [string, string]] : []),
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
