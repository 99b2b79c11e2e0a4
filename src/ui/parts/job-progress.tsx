/** A job under way: answers done, rate and time left, with pause and cancel; of an interrupted one, the way to go on. */
import { Button, Group, Paper, Progress, Text } from '@mantine/core';
import { useEffect, useLayoutEffect, useRef } from 'react';
import { formatInteger, formatPlural } from '../../lib/format.ts';
import { type Job, leavesRest } from '../../state/jobs.ts';
import { useBusy, useFacts } from '../use.ts';
import { handFocusTo, useFocusHandover } from './focus-handover.ts';
import { Marked } from './foreign.tsx';
import { PauseIcon, PlayIcon } from './icons.tsx';
import { paceWords } from './labels.ts';

interface RunningProps {
  job: Job;
  /** "making": in words and test ids. */
  noun: string;
  /** Said behind the answers that are done. */
  found?: string;
  pause: () => Promise<void>;
  cancel: () => Promise<void>;
}

export function RunningJob({ job, noun, found, pause, cancel }: RunningProps) {
  const progress = useFacts((f) => f[job])!;
  const pausing = useBusy(`pause-${job}`, `cancel-${job}`);
  const button = useFocusHandover(`pause-${job}`);
  const panel = useRef<HTMLDivElement>(null);
  // The button that started it may be far down the page.
  useEffect(() => {
    if (panel.current?.contains(document.activeElement)) panel.current.scrollIntoView({ block: 'nearest' });
  }, []);
  // With the panel its focus would be lost: it goes to the button that goes on, or starts anew.
  useLayoutEffect(() => {
    const box = panel.current;
    return () => {
      if (!box?.contains(document.activeElement)) return;
      handFocusTo(`${leavesRest(job) ? 'continue' : 'start'}-${job}`);
      document.getElementById('place')?.focus();
    };
  }, [job]);
  // Not `disabled`, which would drop the focus.
  const press = (act: () => Promise<void>) => (pausing ? { 'data-disabled': true, 'aria-disabled': true } : { onClick: () => void act() });
  const { done, total, rate } = progress;
  return (
    <Paper
      ref={panel}
      className="panel"
      px="md"
      py="sm"
      style={{ scrollMarginTop: 64 }}
      onKeyDown={(event) => event.key === 'Escape' && !pausing && void pause()}
      data-testid={`${noun}-running`}
    >
      <Group justify="space-between" gap="sm">
        <Text size="sm" className="numbers" role="status" data-testid={`${noun}-progress`}>
          {done === 0 && rate === null ? 'Getting ready' : paceWords(progress, found)}
        </Text>
        <Group gap="xs">
          <Button
            ref={button}
            size="compact-sm"
            variant="default"
            leftSection={<PauseIcon size={12} />}
            title="What is finished is kept. Escape pauses, too."
            {...press(pause)}
            data-testid={`pause-${job}`}
          >
            {pausing ? 'Pausing' : 'Pause'}
          </Button>
          <Button size="compact-sm" variant="default" {...press(cancel)} data-testid={`cancel-${job}`}>
            Cancel
          </Button>
        </Group>
      </Group>
      <Progress mt={8} value={total > 0 ? (100 * done) / total : 0} aria-label="Answers done" />
    </Paper>
  );
}

interface InterruptedProps extends Pick<RunningProps, 'job' | 'noun'> {
  record: { id: string; phase: string; message?: string; done: number; total: number } | undefined;
  starting: boolean;
  /** Why it cannot go on right now; undefined when it can. */
  hindrance: string | undefined;
  goOn: (id: string) => Promise<void>;
}

/** Nothing, where the record's job is not interrupted. */
export function InterruptedJob({ job, noun, record, starting, hindrance, goOn }: InterruptedProps) {
  const cancelling = useBusy(`cancel-${job}`);
  const shown = !cancelling && (record?.phase === 'paused' || record?.phase === 'failed') ? record : null;
  const button = useFocusHandover(`continue-${job}`, shown !== null && hindrance === undefined && !starting);
  if (shown === null) return null;
  const { id, phase, message, done, total } = shown;
  return (
    <Paper className="panel" px="md" py="sm" data-testid={`${noun}-paused`}>
      <Group justify="space-between" gap="sm">
        <Text size="sm" style={{ flex: '1 1 260px' }}>
          This {noun} {phase === 'failed' ? 'broke off' : 'is paused'}: {formatInteger(done)} of {formatPlural(total, 'answer')} are kept on
          this machine, {formatInteger(total - done)} are missing. {message !== undefined && <Marked text={message} />}
        </Text>
        <Button
          ref={button}
          size="compact-sm"
          leftSection={<PlayIcon size={12} />}
          disabled={hindrance !== undefined}
          title={hindrance}
          loading={starting}
          data-hands-over
          onClick={() => {
            handFocusTo(`pause-${job}`);
            void goOn(id);
          }}
          data-testid={`continue-${job}`}
        >
          Go on
        </Button>
      </Group>
      {hindrance !== undefined && (
        <Text size="xs" c="dimmed" mt={4}>
          {hindrance}
        </Text>
      )}
    </Paper>
  );
}
