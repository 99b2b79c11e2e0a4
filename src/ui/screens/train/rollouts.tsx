/** The answers that a run of GRPO or of distillation learned from: a step, its groups of answers to one question, and a page of them at a time. */
import { Button, Group, NativeSelect, Paper, Text, Title } from '@mantine/core';
import { useEffect, useMemo, useRef, useState } from 'react';
import { formatPlural } from '../../../lib/format.ts';
import type { RolloutBatchRecord } from '../../../protocol/rollouts.ts';
import type { RunRecord } from '../../../protocol/training.ts';
import {
  chooseStep,
  exportedRollouts,
  followRollouts,
  PAGE,
  pageOf,
  type RolloutFilter,
  type ShownGroup,
} from '../../../state/rollouts.ts';
import { divergenceScale, pushScale } from '../../../state/token-pushes.ts';
import { AnswerPages } from '../../parts/answers.tsx';
import { Foreign, Marked } from '../../parts/foreign.tsx';
import { saveFile } from '../../parts/save-file.ts';
import { useBusy, useFacts, useRollouts } from '../../use.ts';
import { RolloutAnswer } from './rollout-answer.tsx';
import classes from './train.module.css';

interface Filter {
  value: RolloutFilter;
  label: string;
}

const FILTERS: readonly Filter[] = [
  { value: 'all', label: 'All answers' },
  { value: 'looked', label: 'With what the step did to their tokens' },
  { value: 'low', label: 'Paid less than most of their group' },
  { value: 'left-out', label: 'Left out, with the reason' },
  { value: 'cut', label: 'Cut off' },
  { value: 'unread', label: 'Not read by a reward' },
  { value: 'unjudged', label: 'Not judged' },
];

/** Where nothing is paid and a teacher says what it would write. */
const TAUGHT_FILTERS: readonly Filter[] = [
  { value: 'all', label: 'All answers' },
  { value: 'looked', label: 'With the teacher’s divergence' },
  { value: 'given', label: 'Answers of the dataset' },
  { value: 'left-out', label: 'Left out, with the reason' },
  { value: 'cut', label: 'Cut off' },
];

export function Rollouts({ run }: { run: RunRecord }) {
  const latest = useFacts((f) => f.rollouts);
  const { steps, batch, opened, gone } = useRollouts();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => void followRollouts(run.id, latest), [run.id, latest]);
  useEffect(() => {
    if (opened === 0) return;
    box.current?.scrollIntoView({ block: 'start' });
    box.current?.focus({ preventScroll: true });
  }, [opened]);
  return (
    <Paper
      className="panel"
      px="md"
      py="sm"
      mt="sm"
      data-testid="rollouts"
      data-step={batch?.step}
      ref={box}
      tabIndex={-1}
      style={{ scrollMarginTop: 64 }}
    >
      <Group justify="space-between" gap="sm" mb="xs">
        <Title order={2}>Answers it learned from</Title>
        <ExportButton run={run.id} disabled={steps.length === 0} />
      </Group>
      {gone !== null && (
        <Text size="sm" role="status" mb="xs">
          The answers of step {gone} are not kept; these are of step {batch?.step}.
        </Text>
      )}
      {steps.length === 0 || !batch ? (
        <Text size="sm" c="dimmed">
          The first answers follow soon; those of earlier runs may have given way to later ones.
        </Text>
      ) : (
        <Batch batch={batch} latest={latest} weights={run.settings.grpo?.reward_weights ?? null} />
      )}
      {run.left_out && <NotAsked left={run.left_out} />}
    </Paper>
  );
}

interface BatchProps {
  batch: RolloutBatchRecord;
  latest: RolloutBatchRecord | null;
  weights: readonly number[] | null;
}

function Batch({ batch, latest, weights }: BatchProps) {
  const [filter, setFilter] = useState<RolloutFilter>('all');
  const [page, setPage] = useState(0);
  const paid = batch.rewards.length > 0;
  const scale = useMemo(() => (paid ? pushScale(batch) : divergenceScale(batch)), [batch, paid]);
  const shown = pageOf(batch, filter, page);
  const rewards = batch.rewards.map((name, k) => ({ name, weight: weights?.[k] ?? 1 }));
  return (
    <>
      <Group gap="sm" mb="xs">
        <StepChoice
          latest={latest}
          onChange={(step) => {
            setPage(0);
            void chooseStep(step, latest);
          }}
        />
        <NativeSelect
          size="xs"
          aria-label="Which answers"
          value={filter}
          onChange={(event) => {
            setPage(0);
            setFilter(event.currentTarget.value as RolloutFilter);
          }}
          data={[...(paid ? FILTERS : TAUGHT_FILTERS)]}
          data-testid="rollout-filter"
        />
        <Text size="xs" c="dimmed" data-testid="rollout-count">
          {formatPlural(shown.total, 'answer')}
        </Text>
      </Group>
      {scale > 0 && (paid ? <Legend /> : <TaughtLegend />)}
      {shown.groups.map((group) => (
        <AnswerGroup key={group.group} group={group} rewards={rewards} scale={scale} />
      ))}
      <AnswerPages total={shown.total} perPage={PAGE} page={shown.page} turn={setPage} />
    </>
  );
}

/** The newest, which follows the run, or a step; and the ones beside it. */
function StepChoice({ latest, onChange }: { latest: RolloutBatchRecord | null; onChange: (step: number | null) => void }) {
  const { steps, chosen, batch } = useRollouts();
  const at = steps.indexOf(batch?.step ?? latest?.step ?? -1);
  const beside = (by: number, label: string, sign: string) => (
    <Button
      size="compact-xs"
      variant="default"
      aria-label={label}
      disabled={steps[at + by] === undefined || at < 0}
      onClick={() => onChange(steps[at + by]!)}
    >
      {sign}
    </Button>
  );
  return (
    <Group gap={4} wrap="nowrap">
      {beside(-1, 'Answers of the step before', '‹')}
      <NativeSelect
        size="xs"
        aria-label="Answers of which step"
        value={chosen === null ? '' : String(chosen)}
        onChange={(event) => onChange(event.currentTarget.value === '' ? null : Number(event.currentTarget.value))}
        data={[
          { value: '', label: `Newest, step ${steps.at(-1)}` },
          ...steps.toReversed().map((step) => ({ value: String(step), label: `Step ${step}` })),
        ]}
        data-testid="rollout-step"
      />
      {beside(1, 'Answers of the step after', '›')}
    </Group>
  );
}

function Legend() {
  return (
    <p className={classes.legend} data-testid="push-legend">
      What the step did to the tokens of some answers, drawn by advantage times change of the log-probability:{' '}
      <span className={classes.token} data-push="up" style={{ '--push': 1 } as React.CSSProperties}>
        pushed up
      </span>{' '}
      <span className={classes.token} data-push="down" style={{ '--push': 1 } as React.CSSProperties}>
        pushed down
      </span>
      . Point at a token, or walk through them with the arrow keys, to see its figures.
    </p>
  );
}

function TaughtLegend() {
  return (
    <p className={classes.legend} data-testid="divergence-legend">
      Of the answers that the teacher would have written most differently, each token by how far the two are apart there, in nats:{' '}
      <span className={classes.token} data-push="apart" style={{ '--push': 1 } as React.CSSProperties}>
        far apart
      </span>{' '}
      <span className={classes.token} data-push="apart" style={{ '--push': 0.3 } as React.CSSProperties}>
        closer
      </span>
      . Point at a token, or walk through them with the arrow keys, to see its figure.
    </p>
  );
}

/** Rows of the dataset that became no prompt. */
function NotAsked({ left: { count, rows } }: { left: NonNullable<RunRecord['left_out']> }) {
  return (
    <details data-testid="not-asked">
      <summary>
        {formatPlural(count, 'row')} of the dataset {count === 1 ? 'is' : 'are'} not asked
      </summary>
      <ul className={classes.leftOut}>
        {rows.map(({ row, sentence }) => (
          <li key={`${row} ${sentence}`}>
            <Marked text={sentence} />
          </li>
        ))}
      </ul>
      {count > rows.length && (
        <Text size="xs" c="dimmed">
          And {count - rows.length} more.
        </Text>
      )}
    </details>
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

interface GroupProps {
  group: ShownGroup;
  rewards: readonly { readonly name: string; readonly weight: number }[];
  scale: number;
}

function AnswerGroup({ group, rewards, scale }: GroupProps) {
  const { answers } = group;
  const alike = group.alike && rewards.length > 0;
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
          <RolloutAnswer key={answer.number} answer={answer} rewards={rewards} scale={scale} alike={alike} />
        ))}
      </div>
    </section>
  );
}
