/** The making of rows under way: answers done, kept so far, rate and time left, with pause and cancel; of an interrupted one, the way to go on. */
import { Progress as Bar, Button, Group, Paper, Text } from '@mantine/core';
import { useEffect, useLayoutEffect, useRef } from 'react';
import { formatClock, formatInteger, formatPlural } from '../../../lib/format.ts';
import type { TraceProgress, TraceRecord } from '../../../protocol/traces.ts';
import { recordNow } from '../../../state/traces.ts';
import { cancelTraces, continueTraces, leavesRest, pauseTraces } from '../../../state/traces-actions.ts';
import { handFocusTo, useFocusHandover } from '../../parts/focus-handover.ts';
import { Marked } from '../../parts/foreign.tsx';
import { PauseIcon, PlayIcon } from '../../parts/icons.tsx';
import { useBusy, useFacts, useReadOnly, useTraces } from '../../use.ts';
import { offerSetBack } from './trace-sets.tsx';

export function MakingProgress() {
  const progress = useFacts((f) => f.traces);
  const opened = useTraces((t) => t.opened);
  const record = useFacts((f) => f.traceSets?.sets.find(({ id }) => id === opened));
  const cancelling = useBusy('cancel-traces');
  if (progress?.phase === 'running') return <Running progress={progress} />;
  const now = recordNow(record, progress);
  return now && !cancelling && (now.phase === 'paused' || now.phase === 'failed') ? <Interrupted record={now} /> : null;
}

function Running({ progress }: { progress: TraceProgress }) {
  const { id, done, total, kept, rate, left } = progress;
  const name = useFacts((f) => f.traceSets?.sets.find((set) => set.id === id)?.name);
  const pausing = useBusy('pause-traces', 'cancel-traces');
  const pause = useFocusHandover('pause-traces');
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
      handFocusTo(leavesRest() ? 'continue-traces' : 'start-traces');
      document.getElementById('place')?.focus();
    };
  }, []);
  // Not `disabled`, which would drop the focus.
  const press = (act: () => void) => (pausing ? { 'data-disabled': true, 'aria-disabled': true } : { onClick: act });
  const cancel = async (): Promise<void> => {
    const gone = await cancelTraces();
    if (gone !== null) offerSetBack(gone, name ?? 'The set');
  };
  const words = [
    `${formatInteger(done)} of ${formatPlural(total, 'answer')}`,
    `${formatInteger(kept)} kept`,
    ...(rate === null ? [] : [`${formatInteger(rate)} tokens/s`]),
    ...(left === null ? [] : [`${formatClock(left)} left`]),
  ];
  return (
    <Paper
      ref={panel}
      className="panel"
      px="md"
      py="sm"
      style={{ scrollMarginTop: 64 }}
      onKeyDown={(event) => event.key === 'Escape' && !pausing && void pauseTraces()}
      data-testid="making-running"
    >
      <Group justify="space-between" gap="sm">
        <Text size="sm" className="numbers" role="status" data-testid="making-progress">
          {done === 0 && rate === null ? 'Getting ready' : words.join(', ')}
        </Text>
        <Group gap="xs">
          <Button
            ref={pause}
            size="compact-sm"
            variant="default"
            leftSection={<PauseIcon size={12} />}
            title="What is finished is kept. Escape pauses, too."
            {...press(() => void pauseTraces())}
            data-testid="pause-traces"
          >
            {pausing ? 'Pausing' : 'Pause'}
          </Button>
          <Button size="compact-sm" variant="default" {...press(() => void cancel())} data-testid="cancel-traces">
            Cancel
          </Button>
        </Group>
      </Group>
      <Bar mt={8} value={total > 0 ? (100 * done) / total : 0} aria-label="Answers done" />
    </Paper>
  );
}

/** Why it cannot go on right now; undefined when it can. */
function useHindrance(record: TraceRecord): string | undefined {
  const model = useFacts((f) => f.model !== null);
  const peer = useFacts((f) => f.peer !== null);
  const readOnly = useReadOnly();
  if (readOnly) return readOnly;
  if (record.generator.kind === 'peer') return peer ? undefined : `Add ${record.generator.label} again, which made the others.`;
  return model ? undefined : 'The model is being loaded.';
}

function Interrupted({ record }: { record: TraceRecord }) {
  const { id, phase, message, done, total } = record;
  const starting = useBusy('make-traces');
  const hindrance = useHindrance(record);
  const button = useFocusHandover('continue-traces', hindrance === undefined && !starting);
  return (
    <Paper className="panel" px="md" py="sm" data-testid="making-paused">
      <Group justify="space-between" gap="sm">
        <Text size="sm" style={{ flex: '1 1 260px' }}>
          {phase === 'failed' ? 'This making broke off' : 'This making is paused'}: {formatInteger(done)} of {formatPlural(total, 'answer')}{' '}
          are kept on this machine, {formatInteger(total - done)} are missing. {message !== undefined && <Marked text={message} />}
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
            handFocusTo('pause-traces');
            void continueTraces(id);
          }}
          data-testid="continue-traces"
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
