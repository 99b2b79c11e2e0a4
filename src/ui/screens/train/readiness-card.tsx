/** Is it ready? What the run will be, the memory it takes, what stands in its way with a link to the mend, and the button. */
import { Anchor, Button, Group, List, Paper, Skeleton, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { formatBytes, formatCount, formatDuration, formatInteger, formatPlural } from '../../../lib/format.ts';
import type { ReadinessFinding, RunReadiness } from '../../../protocol/training.ts';
import type { Place } from '../../../state/pending.ts';
import { setSetting } from '../../../state/settings.ts';
import { startRun } from '../../../state/train-actions.ts';
import { FactsList } from '../../parts/facts-list.tsx';
import { handFocusTo, useFocusHandover } from '../../parts/focus-handover.ts';
import { modesSentence } from '../../parts/labels.ts';
import { VerdictText } from '../../parts/verdict.tsx';
import { hashOf } from '../../router.ts';
import { useBusy, useFacts, useNoGpu, usePlanning, useReadiness, useReadOnly, useSettings } from '../../use.ts';

export function ReadinessCard({ again }: { again: boolean }) {
  const model = useFacts((f) => f.model);
  const dataset = useFacts((f) => f.dataset);
  const noGpu = useNoGpu();
  const { readiness, stale } = useReadiness((r) => r);
  const starting = useBusy('train');
  const readOnly = useReadOnly();
  const missing: [string, Place][] = [];
  if (noGpu) missing.push([noGpu, 'model']);
  else if (!model) missing.push(['No model is loaded yet.', 'model']);
  if (!dataset) missing.push(['No dataset is open yet.', 'data']);
  else if (dataset.schema === 'unknown') missing.push(['The columns of the dataset are not mapped yet.', 'data']);
  const disabled = readOnly !== undefined || stale || starting || missing.length > 0 || !readiness || readiness.blockers.length > 0;
  const button = useFocusHandover('start-run', !disabled);
  const start = () => {
    handFocusTo('stop-run');
    void startRun();
  };
  return (
    <Paper className="panel" p="md" data-testid="readiness">
      <Group justify="space-between" mb="sm">
        <Title order={2}>Readiness</Title>
        {readiness && readiness.steps > 0 && missing.length === 0 && <Verdict readiness={readiness} />}
      </Group>
      <Stack gap="md">
        {missing.length > 0 ? <Missing items={missing} /> : readiness ? <Plan readiness={readiness} /> : <PlanWaiting stale={stale} />}
        <Button ref={button} size="md" disabled={disabled} title={readOnly} data-hands-over onClick={start} data-testid="start-run">
          {again ? 'Train again from the start' : 'Start training'}
        </Button>
      </Stack>
    </Paper>
  );
}

function PlanWaiting({ stale }: { stale: boolean }) {
  return stale ? (
    <Skeleton h={180} role="img" aria-label="The run is being planned" />
  ) : (
    <Text size="sm">The run could not be planned; see the message above.</Text>
  );
}

function Verdict({ readiness }: { readiness: RunReadiness }) {
  const room = usePlanning((p) => p.gpu_bytes);
  return <VerdictText verdict={readiness.verdict} gpuBytes={room} />;
}

function Missing({ items }: { items: [string, Place][] }) {
  return (
    <List size="sm" spacing={4}>
      {items.map(([sentence, place]) => (
        <List.Item key={sentence}>
          {sentence} <Anchor href={hashOf(place)}>Go there</Anchor>
        </List.Item>
      ))}
    </List>
  );
}

/** "3 kept, 400 KiB" */
function checkpointWords({ count, bytes }: RunReadiness['checkpoints']): string {
  return `${formatInteger(count)} kept, ${formatBytes(count * bytes)}`;
}

function Plan({ readiness }: { readiness: RunReadiness }) {
  const { steps, modes, memory, checkpoints, blockers, warnings, advice, sampled } = readiness;
  const about = sampled === undefined ? '' : 'about ';
  return (
    <>
      {/* What cannot be planned has no figures. */}
      {steps > 0 && (
        <FactsList
          items={[
            ['Steps', about + formatInteger(steps)],
            ...workOf(readiness, about),
            ['Planned peak', about + formatBytes(memory.peak)],
            ...(checkpoints.count > 0 ? ([['Checkpoints', checkpointWords(checkpoints)]] as const) : []),
          ]}
        />
      )}
      {modes && (
        <Text size="sm" className="numbers" data-testid="run-modes">
          {modesSentence(modes, sampled !== undefined)}
        </Text>
      )}
      {sampled !== undefined && (
        <Text size="sm" c="dimmed" data-testid="estimated">
          Estimated from {formatPlural(sampled, 'row')}. A run counts all rows before its first step, if they are not counted by then.
        </Text>
      )}
      {(blockers.length > 0 || warnings.length > 0 || advice) && (
        <Stack gap={6} aria-live="polite">
          {blockers.map(({ place, sentence, mend }) => (
            <Finding key={sentence} sentence={sentence} place={place} color="var(--bad)" kind="Stops the run">
              {mend && <Mend mend={mend} />}
            </Finding>
          ))}
          {advice && <Finding sentence={advice} color="var(--mantine-color-text)" kind="Advice" />}
          {warnings.map(({ place, sentence, mend }) => (
            <Finding key={sentence} sentence={sentence} place={place} color="var(--warn)" kind="Note">
              {mend && <Mend mend={mend} />}
            </Finding>
          ))}
        </Stack>
      )}
    </>
  );
}

/** Rows and their tokens; where the model answers, its answers and what is learned of them, both known by their limits alone. */
function workOf({ rows, tokens, trained_tokens, answers, seconds }: RunReadiness, about: string): [string, string][] {
  if (!answers)
    return [
      ['Rows', about + formatInteger(rows)],
      ['Time', seconds === undefined ? 'not measured yet' : `about ${formatDuration(seconds)}`],
      ['Tokens', about + formatCount(tokens)],
      ['Trained tokens', about + formatCount(trained_tokens)],
    ];
  return [
    ['Prompts', `${formatInteger(answers.prompts)}, from ${formatPlural(rows, 'row')}`],
    ['Answers', formatInteger(answers.count)],
    ['Time', seconds === undefined ? 'not known before a first run of this kind' : `at most about ${formatDuration(seconds)}`],
    ['Tokens to answer', `at most ${formatCount(answers.tokens)}`],
    ['Trained tokens', `at most ${formatCount(trained_tokens)}`],
  ];
}

function Mend({ mend: { label, max_length, max_completion_length } }: { mend: NonNullable<ReadinessFinding['mend']> }) {
  const of = useSettings((s) => (s.settings.method === 'distillation' ? 'distillation' : 'grpo'));
  const apply = () => {
    if (max_length !== undefined) setSetting('encoding.max_length', max_length);
    if (max_completion_length !== undefined) setSetting(`${of}.max_completion_length`, max_completion_length);
  };
  return (
    <Button size="compact-xs" variant="default" mt={4} display="block" onClick={apply} data-testid="mend-length">
      {label}
    </Button>
  );
}

/** Links away from this place. */
const LINKS: Partial<Record<Place, string>> = { data: 'See the rows', model: 'See the model and the GPU' };

interface FindingProps {
  sentence: string;
  place?: Place;
  color: string;
  kind: string;
  /** The mend, where one button does it. */
  children?: ReactNode;
}

function Finding({ sentence, place = 'train', color, kind, children }: FindingProps) {
  const link = LINKS[place];
  return (
    <Text component="div" size="sm" style={{ borderInlineStart: `3px solid ${color}`, paddingInlineStart: 10 }}>
      <b>{kind}.</b> {sentence} {link && <Anchor href={hashOf(place)}>{link}</Anchor>}
      {children}
    </Text>
  );
}
