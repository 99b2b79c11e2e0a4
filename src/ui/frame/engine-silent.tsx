/** The engine does not answer: what that means, what is safe, and the choice between waiting and another engine. */
import { Button, Group, Text } from '@mantine/core';
import { keepWaiting, RESTART, restartEngine } from '../../state/engine-health.ts';
import { isRunning } from '../../state/facts.ts';
import { Failure } from '../parts/failure.tsx';
import { useBusy, useEngineSilent, useFacts } from '../use.ts';

export function EngineSilent() {
  const silent = useEngineSilent();
  const busy = useBusy(RESTART);
  const running = useFacts((f) => isRunning(f.run?.phase));
  const saved = useFacts((f) => f.saved?.step);
  if (!silent && !busy) return null;
  const run = !running ? '' : saved ? ` The run goes on from step ${saved}, which is saved.` : ' Nothing of the run is saved yet.';
  return (
    <Failure title={busy ? 'The engine is started again' : 'The engine has not answered for 20 s'} mb="md" data-testid="engine-silent">
      <Text size="sm" className="reading">
        It is at something that lets nothing else through. Wait for it, or end it and start it again: model, dataset, settings and kept
        adapter come back.{run}
      </Text>
      <Group gap="xs" mt="xs">
        <Button size="xs" variant="default" disabled={busy} onClick={keepWaiting} data-testid="wait-for-engine">
          Wait
        </Button>
        <Button size="xs" loading={busy} onClick={() => void restartEngine()} data-testid="restart-engine">
          End it and start it again
        </Button>
      </Group>
    </Failure>
  );
}
