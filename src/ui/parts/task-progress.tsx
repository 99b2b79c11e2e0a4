/** Progress of one task of the engine: what is done, how far, how long still, and cancel. */
import { Button, Group, Progress, Stack, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { formatBytes, formatDuration, formatInteger } from '../../lib/format.ts';
import type { Task } from '../../state/facts.ts';
import { cancelTask } from '../../state/model-actions.ts';
import { useFacts } from '../use.ts';

export function taskAmount(task: Task): string {
  const say = task.unit === 'bytes' ? formatBytes : formatInteger;
  const unit = task.unit === 'bytes' ? '' : ` ${task.unit}`;
  return task.total > 0 ? `${say(task.done)} of ${say(task.total)}${unit}` : `${say(task.done)}${unit}`;
}

/** Seconds left at the pace so far; null before a second has passed or without a total. */
export function taskLeft(task: Task, now: number): number | null {
  const spent = (now - task.since) / 1000;
  return spent < 1 || task.done <= 0 || task.total <= 0 ? null : (spent * (task.total - task.done)) / task.done;
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
    <Stack gap="xs" my="xs" aria-live="polite">
      {shown.map((task) => (
        <OneTask key={task.task} task={task} />
      ))}
    </Stack>
  );
}

function OneTask({ task }: { task: Task }) {
  const left = taskLeft(task, Date.now());
  return (
    <div data-testid={`task-${task.task}`}>
      <Group justify="space-between" gap="xs" wrap="nowrap">
        <Text size="sm" truncate>
          {task.label}
        </Text>
        <Group gap="xs" wrap="nowrap">
          <Text size="xs" c="dimmed" className="numbers" style={{ whiteSpace: 'nowrap' }}>
            {taskAmount(task)}
            {left === null ? '' : `, ${formatDuration(left)} left`}
          </Text>
          <Button size="compact-xs" variant="default" onClick={() => void cancelTask(task.task)}>
            Cancel
          </Button>
        </Group>
      </Group>
      <Progress
        value={task.total > 0 ? (100 * task.done) / task.total : 100}
        animated={task.total <= 0}
        size="xs"
        mt={4}
        aria-label={task.label}
        transitionDuration={100}
      />
    </div>
  );
}
