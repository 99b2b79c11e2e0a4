/** The answers that a GRPO run learned from: a step, its groups of answers to one question, and a page of them at a time. */
import { Button, Group, NativeSelect, Pagination, Paper, Text, Title } from '@mantine/core';
import { useEffect, useState } from 'react';
import { formatPlural } from '../../../lib/format.ts';
import { type RewardName, rewardTable } from '../../../protocol/rewards.ts';
import type { RunRecord } from '../../../protocol/training.ts';
import { chooseStep, exportedRollouts, followRollouts, pageOf, type RolloutFilter, type ShownGroup } from '../../../state/rollouts.ts';
import { Foreign } from '../../parts/foreign.tsx';
import { saveFile } from '../../parts/save-file.ts';
import { useBusy, useFacts, useRollouts } from '../../use.ts';
import { RolloutAnswer } from './rollout-answer.tsx';
import classes from './train.module.css';

const FILTERS: { value: RolloutFilter; label: string }[] = [
  { value: 'all', label: 'All answers' },
  { value: 'low', label: 'Paid less than most of their group' },
  { value: 'cut', label: 'Cut off' },
  { value: 'unjudged', label: 'Not judged' },
];

export function Rollouts({ run }: { run: RunRecord }) {
  const latest = useFacts((f) => f.rollouts);
  const { steps, chosen, batch } = useRollouts();
  const [filter, setFilter] = useState<RolloutFilter>('all');
  const [page, setPage] = useState(0);
  useEffect(() => void followRollouts(run.id, latest), [run.id, latest]);
  const shown = batch && pageOf(batch, filter, page);
  const newest = steps.at(-1);
  return (
    <Paper className="panel" px="md" py="sm" mt="sm" data-testid="rollouts">
      <Group justify="space-between" gap="sm" mb="xs">
        <Title order={2}>Answers it learned from</Title>
        <ExportButton run={run.id} disabled={steps.length === 0} />
      </Group>
      {newest === undefined || !batch || !shown ? (
        <Text size="sm" c="dimmed">
          The first answers follow soon; those of earlier runs may have given way to later ones.
        </Text>
      ) : (
        <>
          <Group gap="sm" mb="xs">
            <NativeSelect
              size="xs"
              aria-label="Answers of which step"
              value={chosen === null ? '' : String(chosen)}
              onChange={(event) => {
                setPage(0);
                void chooseStep(event.currentTarget.value === '' ? null : Number(event.currentTarget.value), latest);
              }}
              data={[
                { value: '', label: `Newest, step ${newest}` },
                ...steps.toReversed().map((step) => ({ value: String(step), label: `Step ${step}` })),
              ]}
              data-testid="rollout-step"
            />
            <NativeSelect
              size="xs"
              aria-label="Which answers"
              value={filter}
              onChange={(event) => {
                setPage(0);
                setFilter(event.currentTarget.value as RolloutFilter);
              }}
              data={FILTERS}
              data-testid="rollout-filter"
            />
            <Text size="xs" c="dimmed" data-testid="rollout-count">
              {formatPlural(shown.total, 'answer')}
            </Text>
          </Group>
          {shown.groups.map((group) => (
            <AnswerGroup key={group.group} group={group} rewards={batch.rewards} />
          ))}
          {shown.total === 0 && <Text size="sm">No answer of this step is among these.</Text>}
          {shown.pages > 1 && (
            <Pagination
              size="sm"
              mt="sm"
              total={shown.pages}
              value={shown.page + 1}
              onChange={(next) => setPage(next - 1)}
              getControlProps={(control) => ({ 'aria-label': `${control} page` })}
              getItemProps={(number) => ({ 'aria-label': `Page ${number} of answers` })}
            />
          )}
        </>
      )}
    </Paper>
  );
}

function ExportButton({ run, disabled }: { run: string; disabled: boolean }) {
  const busy = useBusy('export-rollouts');
  const save = async () => {
    const blob = await exportedRollouts(run);
    if (blob) saveFile(`answers-${run}.jsonl`, blob);
  };
  return (
    <Button size="compact-xs" variant="default" disabled={disabled} loading={busy} onClick={save} data-testid="export-rollouts">
      Export answers (JSONL)
    </Button>
  );
}

function AnswerGroup({ group: { alike, answers }, rewards }: { group: ShownGroup; rewards: readonly string[] }) {
  const { question, gold, reasoning_language, answer_language } = answers[0]!;
  return (
    <section className={classes.group} aria-label={`Answers to ${question}`} data-testid="rollout-group">
      <Title order={3} fz="sm">
        <Foreign text={question} />
      </Title>
      <Text size="xs" c="dimmed">
        {gold === null ? (
          'The row has no right answer'
        ) : (
          <>
            Right: <Foreign text={gold} />
          </>
        )}
        {' · '}
        {reasoning_language ? (
          <>
            to be thought in <Foreign text={reasoning_language} />
          </>
        ) : (
          'no language asked for'
        )}
        {answer_language && (
          <>
            {', answered in '}
            <Foreign text={answer_language} />
          </>
        )}
      </Text>
      {alike && (
        <Text size="xs" c="var(--warn)">
          All paid alike: nothing is learned from this group.
        </Text>
      )}
      <div className={classes.answers}>
        {answers.map((answer) => (
          <RolloutAnswer key={answer.number} answer={answer} rewards={rewards.map(labelOf)} />
        ))}
      </div>
    </section>
  );
}

function labelOf(name: string): string {
  return Object.hasOwn(rewardTable, name) ? rewardTable[name as RewardName].label : name;
}
