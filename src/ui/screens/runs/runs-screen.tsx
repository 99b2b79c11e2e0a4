/** The place Runs: the library with its curves, then the adapter on the model and the ways to take it along, and the import of another. */
import { Grid, Stack, Title } from '@mantine/core';
import { useDeferredValue } from 'react';
import { Notices } from '../../parts/notices.tsx';
import { TaskProgress } from '../../parts/task-progress.tsx';
import { AdapterPanel } from './adapter-panel.tsx';
import { Contents } from './contents.tsx';
import { ImportPanel } from './import-panel.tsx';
import { Library } from './library.tsx';
import { MergedPanel } from './merged-panel.tsx';
import { OverlayPanel } from './overlay.tsx';
import { PublishPanel } from './publish-panel.tsx';

export function RunsScreen() {
  // The list is what one comes for; what stands below it is drawn in the moment after.
  const whole = useDeferredValue(true, false);
  return (
    <>
      <Title order={1} className="visually-hidden">
        Runs
      </Title>
      <Notices place="runs" />
      <TaskProgress names={['adapter']} />
      <Stack gap="md">
        <Library />
        {whole && <BelowTheList />}
      </Stack>
    </>
  );
}

function BelowTheList() {
  return (
    <>
      <OverlayPanel />
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack gap="md">
            <AdapterPanel />
            <Contents />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack gap="md">
            <ImportPanel />
            <MergedPanel />
            <PublishPanel />
          </Stack>
        </Grid.Col>
      </Grid>
    </>
  );
}
