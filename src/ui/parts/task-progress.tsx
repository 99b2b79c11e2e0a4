/** Progress of one task of the engine: label, amount, rate and time left, with buttons to pause a download and to cancel. */
import { Button, Group, Progress, Stack, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { formatBytes, formatDuration, formatInteger, formatPlural } from '../../lib/format.ts';
import { withVisible } from '../../lib/invisible.ts';
import { countAgain } from '../../state/data-actions.ts';
import type { Task } from '../../state/facts.ts';
import { pauseDownload } from '../../state/hub-actions.ts';
import { cancelTask } from '../../state/model-actions.ts';
import { paceOf, timeLeft } from '../../state/pace.ts';
import { useChosenModel, useFacts } from '../use.ts';
import { Marked } from './foreign.tsx';
import { PauseIcon, PlayIcon } from './icons.tsx';

function taskAmount(task: Task): string {
  const format = task.unit === 'bytes' ? formatBytes : formatInteger;
  const unit = task.unit === 'bytes' ? '' : ` ${task.unit}`;
  return task.total > 0 ? `${format(task.done)} of ${format(task.total)}${unit}` : `${format(task.done)}${unit}`;
}

const SHOWN_AFTER_MS = 600;

/** Tasks that have lasted long enough to be worth showing, so that short work does not make the page flicker. */
export function useSlowTasks(): Task[] {
  const tasks = useFacts((f) => f.tasks);
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const young = Object.values(tasks).map((task) => task.since + SHOWN_AFTER_MS - Date.now());
    const next = Math.min(...young.filter((wait) => wait > 0));
    setNow(Date.now());
    if (!Number.isFinite(next)) return;
    const timer = setTimeout(() => setNow(Date.now()), next + 5);
    return () => clearTimeout(timer);
  }, [tasks]);
  return Object.values(tasks).filter((task) => now - task.since >= SHOWN_AFTER_MS);
}

/** The progress of the tasks of these names. */
export function TaskProgress({ names }: { names: string[] }) {
  const shown = useSlowTasks().filter((task) => names.includes(task.task));
  if (shown.length === 0) return null;
  return (
    <Stack gap="xs" my="xs">
      {shown.map((task) => (
        <OneTask key={task.task} task={task} />
      ))}
    </Stack>
  );
}

/** Counting was cancelled: what the figures are now, and the way to the exact ones. */
export function CountingCancelled() {
  const cancelled = useFacts((f) => f.cancelled.tokens);
  const sampled = useFacts((f) => f.dataset?.sampled);
  if (!cancelled || sampled === undefined) return null;
  return (
    <Group gap="xs" my="xs" role="status" data-testid="counting-cancelled">
      <Text size="sm">Counting was cancelled, so figures are estimated from {formatPlural(sampled, 'row')}.</Text>
      <Button size="compact-xs" variant="default" onClick={() => void countAgain()}>
        Count again
      </Button>
    </Group>
  );
}

function OneTask({ task }: { task: Task }) {
  const paused = useFacts((f) => f.downloadPaused) && task.task === 'model';
  return (
    <div data-testid={`task-${task.task}`}>
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text size="sm" truncate title={withVisible(task.label)}>
          <Marked text={task.label} />
        </Text>
        <Group gap="xs" wrap="nowrap">
          <PauseDownloadButton task={task} />
          <Button size="compact-xs" variant="default" onClick={() => void cancelTask(task.task)}>
            Cancel
          </Button>
        </Group>
      </Group>
      <Progress
        value={task.total > 0 ? (100 * task.done) / task.total : 100}
        animated={task.total <= 0}
        color={paused ? 'gray' : undefined}
        size="xs"
        my={4}
        aria-label={withVisible(task.label)}
        transitionDuration={100}
      />
      <Text size="xs" c="dimmed" className="numbers">
        {progressText(task, paused)}
      </Text>
    </div>
  );
}

/** "8.2 GiB of 12.8 GiB, 38 MiB/s, 2 min left". */
export function progressText(task: Task, paused: boolean): string {
  if (paused) return `${taskAmount(task)}, paused`;
  const pace = task.unit === 'bytes' ? paceOf(task.recent) : null;
  const left = timeLeft(task);
  return [taskAmount(task), pace !== null && `${formatBytes(pace)}/s`, left !== null && `${formatDuration(left)} left`]
    .filter(Boolean)
    .join(', ');
}

/** Only a download can be paused; what follows it (uploading weights to the GPU) can be cancelled. */
export function PauseDownloadButton({ task, size = 'compact-xs' }: { task: Task; size?: 'compact-xs' | 'compact-sm' }) {
  const paused = useFacts((f) => f.downloadPaused);
  const fromHub = useChosenModel((c) => c.opening === 'hub');
  if (!fromHub || task.task !== 'model' || !/fetch|check|arrived/i.test(task.label) || /^Fetched/.test(task.label)) return null;
  return (
    <Button
      size={size}
      variant="default"
      leftSection={paused ? <PlayIcon size={10} /> : <PauseIcon size={10} />}
      onClick={() => void pauseDownload(!paused)}
      data-testid="pause-download"
    >
      {paused ? 'Resume' : 'Pause'}
    </Button>
  );
}
