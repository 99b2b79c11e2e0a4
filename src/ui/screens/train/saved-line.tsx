/** What closing the tab would lose of the current run: the steps since the last save, or why nothing is saved. */
import { Text } from '@mantine/core';
import { formatPlural } from '../../../lib/format.ts';
import type { RunRecord } from '../../../protocol/training.ts';
import { isRunning } from '../../../state/facts.ts';
import { useFacts } from '../../use.ts';

export function SavedLine({ run }: { run: RunRecord }) {
  const saved = useFacts((f) => f.saved);
  if (!saved || !isRunning(run.phase)) return null;
  const since = Math.max(0, (run.metrics.at(-1)?.step ?? 0) - saved.step);
  const lost = since === 0 ? 'the current step' : `${formatPlural(since, 'step')} and the current one`;
  return (
    <Text size="sm" c="dimmed" className="numbers" mt={4} data-testid="saved-line">
      {saved.problem
        ? `The run continues without being saved: ${saved.problem} Closing this tab would lose ${saved.step > 0 ? `all after step ${saved.step}` : 'all of it'}.`
        : `Saved up to step ${saved.step}. Closing this tab now would lose ${lost}.`}
    </Text>
  );
}
