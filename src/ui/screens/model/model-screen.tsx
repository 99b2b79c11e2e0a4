/** The first place: what this page is, the model that is loaded, what it needs, and what the GPU offers. */
import { Grid, Stack, Title } from '@mantine/core';
import { Notices } from '../../parts/notices.tsx';
import { TaskProgress } from '../../parts/task-progress.tsx';
import { useFacts } from '../../use.ts';
import { DevicePanel } from './device-panel.tsx';
import { ModelSummaryPanel } from './model-summary.tsx';
import { NoGpu } from './no-gpu.tsx';
import { SelfTest } from './self-test.tsx';
import { SourceCards } from './source-cards.tsx';
import { Welcome } from './welcome.tsx';

export function ModelScreen() {
  const problem = useFacts((f) => f.problem);
  return (
    <>
      <Title order={1} className="visually-hidden">
        Model
      </Title>
      {problem ? <NoGpu problem={problem} /> : <Welcome />}
      {!problem && <Notices place="model" />}
      <Grid gap="md">
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack gap="md">
            <SourceCards />
            <TaskProgress names={['model']} />
            <ModelSummaryPanel />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack gap="md">
            <DevicePanel />
            <SelfTest />
          </Stack>
        </Grid.Col>
      </Grid>
    </>
  );
}
