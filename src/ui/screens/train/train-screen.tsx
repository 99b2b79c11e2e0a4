/** The train place: settings and readiness before a run; the live view during and after it, with the settings folded below. */
import { Grid, Stack, Title } from '@mantine/core';
import { isRunning } from '../../../state/facts.ts';
import { Notices } from '../../parts/notices.tsx';
import { TaskProgress } from '../../parts/task-progress.tsx';
import { useFacts } from '../../use.ts';
import { LiveView } from './live-view.tsx';
import { ReadinessCard } from './readiness-card.tsx';
import { SettingsPanel } from './settings-panel.tsx';

export function TrainScreen() {
  const run = useFacts((f) => f.run);
  const running = isRunning(run?.phase);
  return (
    <>
      <Title order={1} className="visually-hidden">
        Train
      </Title>
      <Notices place="train" told={run?.phase === 'failed' ? run.message : undefined} />
      <Stack gap="md">
        {run && run.phase !== 'idle' && <LiveView run={run} />}
        {!running && (
          <>
            <TaskProgress names={['prepare']} />
            <Grid gap="md">
              <Grid.Col span={{ base: 12, md: 7 }} order={{ base: 2, md: 1 }}>
                <SettingsPanel />
              </Grid.Col>
              <Grid.Col span={{ base: 12, md: 5 }} order={{ base: 1, md: 2 }}>
                <ReadinessCard again={run !== null} />
              </Grid.Col>
            </Grid>
          </>
        )}
      </Stack>
    </>
  );
}
