/** A plan of stages: put together and started, or one that was started, with its stages, what they came to, stop, going on and export. */
import { Alert, Button, FileButton, Group, NativeSelect, Paper, Text, Title } from '@mantine/core';
import { formatDay, formatPlural } from '../../../lib/format.ts';
import { nextStage } from '../../../protocol/stage-states.ts';
import type { PlanRecord, StagePlan } from '../../../protocol/stages.ts';
import { hasGrpoRecipe } from '../../../state/presets.ts';
import { continuePlan, deletePlan, exportPlan, openPlan, startPlan, stopPlan } from '../../../state/stage-actions.ts';
import { R1_NAME, r1Plan, shownRecord, stagesStore } from '../../../state/stages.ts';
import { Marked } from '../../parts/foreign.tsx';
import { saveFile } from '../../parts/save-file.ts';
import { useBusy, useFacts, useNoGpu, useReadOnly, useSettings, useStages } from '../../use.ts';
import { MethodChoice } from './method-choice.tsx';
import { DraftStage, KeptStage } from './stage-item.tsx';
import classes from './stages.module.css';

export function StagesPanel() {
  const plans = useFacts((f) => f.plans);
  const shown = useStages((s) => s.shown);
  const record = shownRecord(plans, shown);
  return (
    <Paper className="panel" p="md" data-testid="stages" data-phase={record?.phase ?? 'draft'}>
      <Group justify="space-between" gap="xs" mb={4}>
        <Title order={2}>A plan of stages</Title>
        <PlanChoice plans={plans ?? []} record={record} />
      </Group>
      {record?.phase !== 'running' && <MethodChoice />}
      {record ? <KeptPlan record={record} /> : <DraftPlan />}
    </Paper>
  );
}

/** Which of several plans is on show. */
function PlanChoice({ plans, record }: { plans: readonly PlanRecord[]; record: PlanRecord | null }) {
  if (plans.length === 0 || record?.phase === 'running') return null;
  const data = [
    { value: 'draft', label: 'A new plan' },
    ...plans.map(({ id, plan, started, phase }) => ({
      value: id,
      label: `${plan.name}, ${formatDay(started)} ${new Date(started).toTimeString().slice(0, 5)}, ${phase}`,
    })),
  ];
  return (
    <NativeSelect
      size="xs"
      aria-label="Plan"
      data={data}
      value={record?.id ?? 'draft'}
      onChange={(event) => stagesStore.setState({ shown: event.currentTarget.value })}
      data-testid="plan-choice"
    />
  );
}

function useDraft(): { plan: StagePlan; changed: boolean } {
  const model = useFacts((f) => f.model);
  const dataset = useFacts((f) => f.dataset);
  const date = useSettings((s) => s.settings.encoding.date);
  const draft = useStages((s) => s.draft);
  return { plan: draft ?? r1Plan(model, dataset, date), changed: draft !== null };
}

function DraftPlan() {
  const { plan, changed } = useDraft();
  const model = useFacts((f) => f.model);
  const ready = useFacts((f) => f.model !== null && f.dataset !== null);
  const [noGpu, readOnly] = [useNoGpu(), useReadOnly()];
  const why = noGpu ?? readOnly ?? (ready ? undefined : 'Open a model and a dataset first.');
  return (
    <>
      <Group justify="space-between" gap="xs" align="start">
        <Text size="sm" className="reading">
          <Marked text={plan.name} />: {formatPlural(plan.stages.length, 'stage')} on{' '}
          {model ? <Marked text={model.name} /> : 'the open model'}.{' '}
          {plan.name === R1_NAME && <TemplateWords measured={hasGrpoRecipe(model)} />}
        </Text>
        <Group gap="xs">
          <FileButton onChange={(file) => file && void openPlan(file)} accept="application/json,.json">
            {(props) => (
              <Button {...props} size="compact-sm" variant="default" data-testid="open-plan">
                Open a plan (plan.json)
              </Button>
            )}
          </FileButton>
          {changed && (
            <Button size="compact-sm" variant="default" onClick={() => stagesStore.setState({ draft: null })} data-testid="template">
              Back to “{R1_NAME}”
            </Button>
          )}
        </Group>
      </Group>
      <Group gap="sm" my="sm">
        <Button onClick={() => void startPlan(plan)} disabled={why !== undefined} title={why} data-testid="start-plan">
          Start the plan
        </Button>
        <Text size="xs" c="dimmed" className="reading">
          It can be stopped between stages and inside one, and goes on there, also after a reload. Model, dataset and settings come back as
          they were when it ends.
        </Text>
      </Group>
      <ol className={classes.list}>
        {numbersOf(plan).map((number) => (
          <DraftStage key={number} plan={plan} number={number} />
        ))}
      </ol>
    </>
  );
}

const numbersOf = ({ stages }: StagePlan): number[] => stages.map((_, at) => at + 1);

function TemplateWords({ measured }: { measured: boolean }) {
  return measured
    ? 'The stages by which DeepSeek-R1 was made, in small. So small a model would learn as much from many examples alone; the stages are here to be seen at work, and each says what it adds and why it matters on a large one. All six take just under ten minutes on a software GPU.'
    : 'The stages by which DeepSeek-R1 was made, with this model’s own recommended settings; nothing of them was measured on it. Look at the settings of each before a long run.';
}

function KeptPlan({ record }: { record: PlanRecord }) {
  const { plan, stages, phase, message } = record;
  const next = nextStage(record);
  const words = {
    running: next === null ? 'All stages are done.' : `Stage ${next} of ${stages.length} is at work.`,
    stopped: `It was stopped at stage ${next ?? stages.length} of ${stages.length} and can go on.`,
    failed: `It broke off at stage ${next ?? stages.length} of ${stages.length}; what was done before is kept.`,
    done: `All stages are done. Their runs and adapters are in the library${standing(record)}.`,
  }[phase];
  return (
    <>
      <Text size="sm" className="reading" data-testid="plan-words">
        <Marked text={plan.name} /> on <Marked text={record.model.name} /> and <Marked text={record.dataset.name} />.{' '}
        <Marked text={words} />
      </Text>
      {phase === 'running' && (
        <Text size="xs" c="dimmed" className="reading">
          Model and Data show what the stage at work has open; yours come back when the plan ends or is stopped.
        </Text>
      )}
      {message && !stages.some((stage) => stage.message === message) && (
        <Alert variant="outline" color={phase === 'failed' ? 'red' : 'gray'} p="xs" mt="xs" data-testid="plan-message">
          <Text size="sm" className="reading">
            <Marked text={message} />
          </Text>
        </Alert>
      )}
      <PlanButtons record={record} />
      <ol className={classes.list}>
        {numbersOf(plan).map((number) => (
          <KeptStage key={number} record={record} number={number} />
        ))}
      </ol>
    </>
  );
}

/** The adapter that the plan leaves on the model of before. */
function standing({ plan, stages, model }: PlanRecord): string {
  const last = stages.findLastIndex(({ adapter }, at) => adapter !== undefined && plan.stages[at]!.model === 'open');
  return last < 0 ? '' : `; the adapter of stage ${last + 1} stands on ${model.name}`;
}

function PlanButtons({ record }: { record: PlanRecord }) {
  const { id, phase } = record;
  const [noGpu, readOnly] = [useNoGpu(), useReadOnly()];
  const stopping = useBusy('stop-plan');
  const packing = useBusy('export-plan');
  if (phase === 'running')
    return (
      <Group gap="sm" my="sm">
        <Button
          variant="default"
          loading={stopping}
          disabled={readOnly !== undefined}
          title={readOnly}
          onClick={() => void stopPlan()}
          data-testid="stop-plan"
        >
          Stop the plan
        </Button>
      </Group>
    );
  const take = async (): Promise<void> => {
    const packed = await exportPlan(id);
    if (packed) saveFile(packed.name, packed.blob);
  };
  return (
    <Group gap="sm" my="sm">
      {phase !== 'done' && (
        <Button
          onClick={() => void continuePlan(id)}
          disabled={(noGpu ?? readOnly) !== undefined}
          title={noGpu ?? readOnly}
          data-testid="continue-plan"
        >
          Go on
        </Button>
      )}
      <Button variant={phase === 'done' ? 'filled' : 'default'} loading={packing} onClick={() => void take()} data-testid="export-plan">
        Export the folder
      </Button>
      <Button variant="default" onClick={() => stagesStore.setState({ shown: 'draft' })} data-testid="new-plan">
        A new plan
      </Button>
      <Button
        variant="subtle"
        color="gray"
        c="var(--mantine-color-text)"
        disabled={readOnly !== undefined}
        onClick={() => void deletePlan(id)}
        title="Its runs, adapters and traces stay."
        data-testid="delete-plan"
      >
        Take it off the list
      </Button>
    </Group>
  );
}
