/** Distillation beside its baseline, a run of GRPO on the same prompts: the click that prepares it, and the ways to both runs together. */
import { Button, Group, Paper, Text, Title } from '@mantine/core';
import { formatInteger } from '../../../lib/format.ts';
import type { RunRecord } from '../../../protocol/training.ts';
import { answersOf, baselineOf, isBaseline, partnerOf } from '../../../state/baseline.ts';
import { chooseAdaptersOf, overlayRuns, prepareBaseline } from '../../../state/baseline-actions.ts';
import { bringBack } from '../../../state/settings.ts';
import { goTo } from '../../router.ts';
import { useFacts, useReadiness, useSettings } from '../../use.ts';

/** Before a run: beside the settings of distillation, or of the baseline that was prepared. */
export function BaselineCard() {
  const settings = useSettings((s) => s.settings);
  const canGoBack = useSettings((s) => s.earlier?.settings.method === 'distillation');
  const model = useFacts((f) => f.model);
  const { readiness, stale } = useReadiness((r) => r);
  if (isBaseline(settings))
    return (
      <Card>
        <Text size="sm" className="reading">
          This run asks the same problems as distillation did, as evaluations ask them (without the label), and pays for right answers
          alone: {formatInteger(answersOf(settings))} answers.
        </Text>
        {canGoBack && (
          <Button size="compact-sm" variant="default" mt="xs" onClick={bringBack} data-testid="back-to-distillation">
            Back to distillation
          </Button>
        )}
      </Card>
    );
  if (settings.method !== 'distillation') return null;
  const steps = stale ? 0 : (readiness?.steps ?? 0);
  const baseline = steps > 0 ? baselineOf(settings, steps, model) : null;
  return (
    <Card>
      <Text size="sm" className="reading">
        To know what distillation is worth, compare it with GRPO on the same prompts, paid for right answers alone, with as many answers
        {baseline ? ` (${formatInteger(answersOf(baseline))})` : ''}. Run one after the other, in either order.
      </Text>
      <Button
        size="compact-sm"
        variant="default"
        mt="xs"
        disabled={baseline === null}
        onClick={() => prepareBaseline(settings, steps)}
        data-testid="prepare-baseline"
      >
        Prepare the GRPO baseline
      </Button>
    </Card>
  );
}

function Card({ children }: { children: React.ReactNode }) {
  return (
    <Paper className="panel" p="md" data-testid="baseline">
      <Title order={2} mb={4}>
        GRPO baseline
      </Title>
      {children}
    </Paper>
  );
}

/** At the end of either run: the other one, or both together. */
export function BaselineSteps({ run }: { run: RunRecord }) {
  const kept = useFacts((f) => f.keptRuns?.runs) ?? [];
  const model = useFacts((f) => f.model);
  const partner = partnerOf(run, kept);
  if (partner) {
    const both = run.settings.method === 'distillation' ? [run, partner] : [partner, run];
    return (
      <Group gap="xs" data-testid="baseline-steps">
        <Button
          size="sm"
          variant="default"
          onClick={() => void overlayRuns(both.map(({ id }) => id)).then(() => goTo('runs'))}
          data-testid="both-curves"
        >
          Curves of distillation and GRPO
        </Button>
        <Button
          size="sm"
          variant="default"
          onClick={() => {
            chooseAdaptersOf(both);
            goTo('evaluate');
          }}
          data-testid="evaluate-both"
        >
          Evaluate both
        </Button>
      </Group>
    );
  }
  const steps = run.total_steps;
  if (run.settings.method !== 'distillation' || baselineOf(run.settings, steps, model) === null) return null;
  return (
    <Button size="sm" variant="default" onClick={() => prepareBaseline(run.settings, steps)} data-testid="run-baseline">
      Prepare the GRPO baseline
    </Button>
  );
}
