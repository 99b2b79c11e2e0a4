/** How a run ended: done with the next step, stopped with what was kept, or failed with the reason and what is safe. */
import { Button, Group, Text } from '@mantine/core';
import { isDeviceLoss } from '../../../lib/errors.ts';
import { formatLoss, formatPlural } from '../../../lib/format.ts';
import { bestEvaluation, bestMetric, seeksBest } from '../../../protocol/best-evaluation.ts';
import type { BestMetric, RunRecord, StepMetrics } from '../../../protocol/training.ts';
import { Failure } from '../../parts/failure.tsx';
import { Marked } from '../../parts/foreign.tsx';
import { goTo } from '../../router.ts';
import { useFacts } from '../../use.ts';
import { BaselineSteps } from './baseline.tsx';

export function RunEnd({ run }: { run: RunRecord }) {
  const adapter = useFacts((f) => f.adapter !== null);
  const last = run.metrics.at(-1);
  if (run.phase === 'failed' && isDeviceLoss(run.message)) {
    return (
      <Text size="sm" mb="xs" className="reading" data-testid="run-lost">
        {run.message}
      </Text>
    );
  }
  if (run.phase === 'failed') {
    return (
      <Failure title="The run ended early" mb="md" data-testid="run-failed">
        <Text size="sm" className="reading">
          <Marked text={run.message ?? 'The engine gave no reason.'} />
        </Text>
        {last && !Number.isFinite(last.loss) && (
          <Text size="sm" mt={6} className="reading">
            A loss that is not a number means that values overflowed, nearly always because the learning rate is too high. The model and the
            dataset are unchanged; settings can be changed below.
          </Text>
        )}
      </Failure>
    );
  }
  if (run.phase === 'paused' && run.message) {
    return (
      <Text size="sm" mb="xs" data-testid="run-paused">
        <Marked text={run.message ?? ''} />
      </Text>
    );
  }
  if (run.phase !== 'done' && run.phase !== 'stopped') return null;
  const first = run.metrics[0];
  return (
    <Group gap="sm" mb="xs" data-testid="run-ended">
      <Text size="sm" className="numbers">
        {run.message ?? (run.phase === 'done' ? 'The run is complete.' : 'The run was stopped; the adapter trained so far was kept.')}
        {first && last ? ` ${gained(first, last)} in ${formatPlural(last.step, 'step')}.` : ''}
        {bestWords(run)}
      </Text>
      {adapter && (
        <Button size="sm" onClick={() => goTo('compare')} data-testid="to-compare">
          Compare before and after
        </Button>
      )}
      <BaselineSteps run={run} />
    </Group>
  );
}

/** Which step's adapter there is, where it is not simply the last one's. */
function bestWords({ settings, evals, metrics, best_step }: RunRecord): string {
  const best = seeksBest(settings) ? bestEvaluation(evals, settings) : null;
  if (best_step !== undefined) return ` Its adapter is that of step ${best_step}, the best by ${BEST_BY[bestMetric(settings)]}.`;
  if (!best || best.step === metrics.at(-1)?.step) return '';
  return ` The adapter of step ${best.step}, the best by ${BEST_BY[bestMetric(settings)]}, is kept under Runs.`;
}

const BEST_BY: Readonly<Record<BestMetric, string>> = {
  loss: 'evaluation loss',
  accuracy: 'right answers',
  adherence: 'reasoning in the language',
  format: 'answers that can be read',
};

/** The loss of a run that learns from rewards says little; what it was paid does. That of distillation may be weighted. */
function gained(first: StepMetrics, last: StepMetrics): string {
  const [name, from, to] =
    first.reward !== undefined && last.reward !== undefined
      ? ['Reward', first.reward, last.reward]
      : first.divergence !== undefined && last.divergence !== undefined
        ? ['Divergence', first.divergence, last.divergence]
        : ['Loss', first.loss, last.loss];
  return `${name} ${formatLoss(from)} to ${formatLoss(to)}`;
}
