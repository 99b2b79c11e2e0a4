/** The GPU was lost: what happened, what is safe and the next step; afterwards, that it is back and the run can be resumed. */
import { Alert, Button, Group, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { REOPEN, reopenDevice } from '../../state/recovery-actions.ts';
import { resumeRun } from '../../state/train-actions.ts';
import { Failure } from '../parts/failure.tsx';
import { CheckIcon, PlayIcon } from '../parts/icons.tsx';
import { useBusy, useFacts, usePending } from '../use.ts';

export function DeviceLost() {
  const lost = useFacts((f) => f.lost);
  const busy = useBusy(REOPEN);
  const [after, setAfter] = useState(false);
  useEffect(() => {
    if (lost) setAfter(true);
  }, [lost]);
  if (lost || (after && busy)) return <Lost message={lost} busy={busy} />;
  return after ? <Back close={() => setAfter(false)} /> : null;
}

function Lost({ message, busy }: { message: string | null; busy: boolean }) {
  const failed = usePending((p) => p.notices.find((notice) => notice.action === REOPEN)?.message);
  const step = useFacts((f) => (f.run?.phase === 'failed' ? f.run.message : undefined));
  return (
    <Failure title="The GPU was lost" mb="md" data-testid="device-lost">
      <Text size="sm" className="reading">
        {message ?? 'It is being opened again.'} Your dataset, settings, answers and kept adapter are safe
        {step ? ', and so is the run up to its last step' : ''}.
      </Text>
      {failed && (
        <Text size="sm" mt={6} className="reading">
          {failed}
        </Text>
      )}
      <Button size="xs" mt="xs" loading={busy} onClick={() => void reopenDevice()} data-testid="reopen-device">
        Reopen the GPU and load the model again
      </Button>
    </Failure>
  );
}

function Back({ close }: { close: () => void }) {
  const paused = useFacts((f) => (f.run?.phase === 'paused' ? (f.run.message ?? '') : null));
  const resume = (): void => {
    close();
    void resumeRun();
  };
  return (
    <Alert
      role="status"
      variant="outline"
      color="green"
      bg="var(--panel)"
      icon={<CheckIcon />}
      title="The GPU is back"
      mb="md"
      withCloseButton
      closeButtonLabel="Close"
      onClose={close}
      data-testid="device-back"
    >
      <Text size="sm" className="reading">
        The model is loaded again. {paused}
      </Text>
      {paused !== null && (
        <Group mt="xs">
          <Button size="xs" leftSection={<PlayIcon size={12} />} onClick={resume} data-testid="resume-after-loss">
            Resume the run
          </Button>
        </Group>
      )}
    </Alert>
  );
}
