/** A run during training and afterwards: phase, numbers, charts with one crosshair, the latest samples, and the next step at its end. */
import { Grid, Group, Paper, Text, Title } from '@mantine/core';
import type { RunRecord } from '../../../protocol/training.ts';
import { Foreign } from '../../parts/foreign.tsx';
import { PHASE_LABELS } from '../../parts/labels.ts';
import { ChartPanel } from './chart-panel.tsx';
import { RedFlags } from './red-flags.tsx';
import { Rollouts } from './rollouts.tsx';
import { RunEnd } from './run-end.tsx';
import { RunNumbers } from './run-numbers.tsx';
import { RunSettings } from './run-settings.tsx';
import { Samples } from './samples.tsx';
import { SavedLine } from './saved-line.tsx';

export function LiveView({ run }: { run: RunRecord }) {
  return (
    <div data-testid="live" data-phase={run.phase}>
      <Paper className="panel" px="md" py="xs" mb="sm">
        <Group gap="sm" align="baseline" mb={4}>
          <Title order={2} data-testid="run-phase">
            {PHASE_LABELS[run.phase]}
          </Title>
          <Text size="sm" c="dimmed">
            <Foreign text={run.model} /> on <Foreign text={run.dataset} />
          </Text>
        </Group>
        <RunEnd run={run} />
        <RunNumbers run={run} />
        <RedFlags run={run} />
        <SavedLine run={run} />
        <RunSettings run={run} />
      </Paper>
      <Grid gap="sm">
        <Grid.Col span={{ base: 12, lg: 8 }}>
          <ChartPanel run={run} />
        </Grid.Col>
        <Grid.Col span={{ base: 12, lg: 4 }}>
          <Samples samples={run.samples} probing={run.settings.adherence_steps > 0 && run.settings.adherence_languages.length > 0} />
        </Grid.Col>
      </Grid>
      {(run.settings.method === 'grpo' || run.settings.method === 'distillation') && <Rollouts run={run} />}
    </div>
  );
}
