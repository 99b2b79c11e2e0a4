/** The first place: what this page is, the ways to a model, the one that is loaded, what it needs, and what the GPU offers. */
import { Grid, Stack, Title } from '@mantine/core';
import { REOPEN } from '../../../state/recovery-actions.ts';
import { Notices } from '../../parts/notices.tsx';
import { TaskProgress } from '../../parts/task-progress.tsx';
import { useChosenModel, useFacts, useHub } from '../../use.ts';
import { CachedModels } from './cached-models.tsx';
import { DevicePanel } from './device-panel.tsx';
import { HUB_ACTIONS, HubPanel } from './hub-panel.tsx';
import { ModelSummaryPanel } from './model-summary.tsx';
import { NoGpu } from './no-gpu.tsx';
import { SelfTest } from './self-test.tsx';
import { SourceCards } from './source-cards.tsx';
import { Welcome } from './welcome.tsx';

/** Errors of getting a model are shown beside the ways to get one. */
const GETTING = [REOPEN, 'load-model', 'load-bundled', 'open-folder', 'list-cached', 'delete-cached', ...HUB_ACTIONS];

/** Without a GPU nothing loads, which is shown already; but the Hub can be searched. */
const WITHOUT_GPU = ['hub-offer', 'list-cached', 'delete-cached'];

export function ModelScreen() {
  const problem = useFacts((f) => f.problem);
  const hubOpen = useHub((h) => h.open);
  const shown = problem ? WITHOUT_GPU : GETTING.filter((action) => action !== REOPEN); // the frame shows that
  return (
    <>
      <Title order={1} className="visually-hidden">
        Model
      </Title>
      {problem ? <NoGpu problem={problem} /> : <Welcome />}
      {!problem && <Notices place="model" except={GETTING} />}
      <Stack gap="md">
        <SourceCards />
        <Loading />
        <Notices place="model" only={hubOpen ? shown.filter((action) => !HUB_ACTIONS.includes(action)) : shown} />
        <HubPanel />
        <CachedModels />
        <Grid gap="md">
          <Grid.Col span={{ base: 12, md: 7 }}>
            <ModelSummaryPanel />
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 5 }}>
            <Stack gap="md">
              <DevicePanel />
              <SelfTest />
            </Stack>
          </Grid.Col>
        </Grid>
      </Stack>
    </>
  );
}

/** Progress of a model on its way, unless the Hub's offer shows it in the place of its button. */
function Loading() {
  const shown = useHub((h) => h.open && h.offer !== null);
  const fromHub = useChosenModel((c) => c.opening === 'hub');
  return shown && fromHub ? null : <TaskProgress names={['model']} />;
}
