/** The evaluation under way: answers done, rate and time left, with pause and cancel; of an interrupted one, the way to go on. */
import { Progress as Bar, Button, Group, Paper, Text } from '@mantine/core';
import { formatClock, formatInteger, formatPlural } from '../../../lib/format.ts';
import { cancelEvaluation, continueEvaluation, pauseEvaluation } from '../../../state/evaluation-actions.ts';
import { Marked } from '../../parts/foreign.tsx';
import { PauseIcon, PlayIcon } from '../../parts/icons.tsx';
import { useBusy, useEvaluation, useFacts } from '../../use.ts';
import { offerBack } from './kept-results.tsx';

export function Progress() {
  const progress = useFacts((f) => f.evaluation);
  if (progress?.phase === 'running') return <Running />;
  return <Interrupted />;
}

function Running() {
  const progress = useFacts((f) => f.evaluation)!;
  const name = useFacts((f) => f.evaluations?.find(({ id }) => id === progress.id)?.name);
  const pausing = useBusy('pause-evaluation');
  const { done, total, rate, left } = progress;
  const words = [
    `${formatInteger(done)} of ${formatPlural(total, 'answer')}`,
    ...(rate === null ? [] : [`${formatInteger(rate)} tokens/s`]),
    ...(left === null ? [] : [`${formatClock(left)} left`]),
  ];
  const cancel = async (): Promise<void> => {
    const id = await cancelEvaluation();
    if (id !== null) offerBack(id, name ?? 'The evaluation');
  };
  return (
    <Paper className="panel" px="md" py="sm" data-testid="evaluation-running">
      <Group justify="space-between" gap="sm">
        <Text size="sm" className="numbers" role="status" data-testid="evaluation-progress">
          {done === 0 && rate === null ? 'Getting ready' : words.join(', ')}
        </Text>
        <Group gap="xs">
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<PauseIcon size={12} />}
            loading={pausing}
            onClick={() => void pauseEvaluation()}
            data-testid="pause-evaluation"
          >
            Pause
          </Button>
          <Button size="compact-sm" variant="default" disabled={pausing} onClick={() => void cancel()} data-testid="cancel-evaluation">
            Cancel
          </Button>
        </Group>
      </Group>
      <Bar mt={8} value={total > 0 ? (100 * done) / total : 0} aria-label="Answers done" />
    </Paper>
  );
}

function Interrupted() {
  const record = useEvaluation((e) => e.table?.record);
  const phase = useFacts((f) => (f.evaluation && f.evaluation.id === record?.id ? f.evaluation.phase : record?.phase));
  const message = useFacts((f) => (f.evaluation && f.evaluation.id === record?.id ? f.evaluation.message : record?.message));
  const model = useFacts((f) => f.model !== null);
  const starting = useBusy('evaluate');
  if (!record || (phase !== 'paused' && phase !== 'failed')) return null;
  const left = record.total - record.done;
  return (
    <Paper className="panel" px="md" py="sm" data-testid="evaluation-paused">
      <Group justify="space-between" gap="sm">
        <Text size="sm" style={{ flex: '1 1 260px' }}>
          {phase === 'failed' ? 'This evaluation broke off' : 'This evaluation is paused'}: {formatInteger(record.done)} of{' '}
          {formatPlural(record.total, 'answer')} are kept, {formatInteger(left)} are missing.{' '}
          {message !== undefined && <Marked text={message} />}
        </Text>
        <Button
          size="compact-sm"
          leftSection={<PlayIcon size={12} />}
          disabled={!model}
          title={model ? undefined : 'The model is being loaded.'}
          loading={starting}
          onClick={() => void continueEvaluation(record.id)}
          data-testid="continue-evaluation"
        >
          Go on
        </Button>
      </Group>
    </Paper>
  );
}
