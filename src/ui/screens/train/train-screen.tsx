/** The train place: settings, readiness and what fits before a run; the live view during and after it, with the settings folded below. */
import { Grid, Paper, Stack, Title } from '@mantine/core';
import { isRunning, planUnderWay } from '../../../state/facts.ts';
import { Notices } from '../../parts/notices.tsx';
import { Planner } from '../../parts/planner.tsx';
import { CountingCancelled, TaskProgress } from '../../parts/task-progress.tsx';
import { useFacts, useSettings, useStages } from '../../use.ts';
import { BaselineCard } from './baseline.tsx';
import { LiveView } from './live-view.tsx';
import { PromptsPanel } from './prompts-panel.tsx';
import { ReadinessCard } from './readiness-card.tsx';
import { RewardsTryout } from './rewards-tryout.tsx';
import { SettingsPanel } from './settings-panel.tsx';
import { StagesPanel } from './stages-panel.tsx';

export function TrainScreen() {
  const run = useFacts((f) => f.run);
  const running = isRunning(run?.phase);
  const method = useSettings((s) => s.settings.method);
  const underWay = useFacts(planUnderWay);
  const chosen = useStages((s) => s.chosen);
  const plan = underWay || (chosen && !running);
  return (
    <>
      <Title order={1} className="visually-hidden">
        Train
      </Title>
      <Notices place="train" shown={run?.phase === 'failed' ? run.message : undefined} />
      <Stack gap="md">
        {plan && <StagesPanel />}
        {run?.phase === 'preparing' && <TaskProgress names={['prepare']} />}
        {run && run.phase !== 'idle' && <LiveView run={run} />}
        {!running && !plan && (
          <>
            <TaskProgress names={['tokens']} />
            <CountingCancelled />
            <Grid gap="md">
              <Grid.Col span={{ base: 12, md: 7 }} order={{ base: 2, md: 1 }}>
                <Stack gap="md">
                  <SettingsPanel />
                  {method === 'grpo' && <RewardsTryout />}
                  {method === 'distillation' && <PromptsPanel />}
                </Stack>
              </Grid.Col>
              <Grid.Col span={{ base: 12, md: 5 }} order={{ base: 1, md: 2 }}>
                <Stack gap="md">
                  <ReadinessCard again={run !== null} />
                  <BaselineCard />
                  <TrainPlanner />
                </Stack>
              </Grid.Col>
            </Grid>
          </>
        )}
      </Stack>
    </>
  );
}

/** The planner for the loaded model; its sliders change the settings beside it. */
function TrainPlanner() {
  const model = useFacts((f) => f.model);
  const settings = useSettings((s) => s.settings);
  if (!model) return null;
  return (
    <Paper className="panel" p="md" data-testid="train-planner">
      <Planner subject="loaded" about={model.name} config={null} settings={settings} context={model.context} folded="bytes" />
    </Paper>
  );
}
