/**
 * Does it fit? Bytes by class for training and answering, the verdict with its reason, the smallest change that would mend it, and sliders that
 * plan anew as they move. It asks the engine's planner, which needs neither weights nor a GPU.
 */
import { Button, Collapse, Group, NativeSelect, Skeleton, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect, useId, useState } from 'react';
import { formatBytes, formatInteger } from '../../lib/format.ts';
import type { PlanAnswer, PlanChange, TrainingSettings } from '../../protocol/training.ts';
import { changedSettings, GIB, GPU_SIZES, type PlanSubject, planningStore, planQuestion } from '../../state/planning.ts';
import { applyChange, askPlan } from '../../state/planning-actions.ts';
import { useFacts, usePlanning } from '../use.ts';
import { DownIcon } from './icons.tsx';
import { MemoryBars, MemoryTable } from './memory-bar.tsx';
import classes from './parts.module.css';
import { PlanSliders } from './plan-sliders.tsx';
import { VerdictText } from './verdict.tsx';

interface Props {
  subject: PlanSubject;
  /** Names the model, so that an answer about another one is never shown. */
  about: string;
  /** null: the loaded model. */
  config: Record<string, unknown> | null;
  settings: TrainingSettings;
  /** Longest context of the model; 0: not known. */
  context: number;
  title?: string;
  /** What waits behind a button: nothing, the table of bytes, or the table and the sliders. */
  folded?: 'nothing' | 'bytes' | 'all';
  /** Above the sliders: where their values come from. */
  source?: ReactNode;
}

export function Planner({ subject, about, config, settings, context, title = 'Does it fit?', folded = 'nothing', source }: Props) {
  const planned = usePlanning((p) => p.plans[subject]);
  const [open, setOpen] = useState(folded === 'nothing');
  useQuestion(subject, about, config, settings, context);
  const current = planned?.about === about ? planned : undefined;
  return (
    <section aria-label={title} aria-busy={current?.pending ?? true} data-testid={`planner-${subject}`}>
      <Group justify="space-between" gap="xs" mb={6} align="center">
        <Title order={3}>{title}</Title>
        <GpuSize />
      </Group>
      <div className={classes.answer} data-pending={current?.pending ?? false}>
        {current?.error ? (
          <Text size="sm" role="status" data-testid="plan-error">
            {current.error}
          </Text>
        ) : current?.answer ? (
          <Answer subject={subject} answer={current.answer} room={current.room} settings={settings} roomy={open || folded === 'bytes'} />
        ) : (
          <Skeleton h={112} role="img" aria-label="The memory is being planned" />
        )}
      </div>
      {current?.answer && (
        <>
          {source}
          {folded === 'bytes' && (
            <div style={{ marginTop: 14 }}>
              <PlanSliders subject={subject} settings={settings} context={context} />
            </div>
          )}
          {folded !== 'nothing' && <Unfold open={open} words={FOLDS[folded]} subject={subject} onClick={() => setOpen(!open)} />}
          <Collapse expanded={open} keepMounted={false}>
            <div className={classes.planned}>
              <Bytes answer={current.answer} settings={settings} />
              {folded !== 'bytes' && <PlanSliders subject={subject} settings={settings} context={context} />}
            </div>
          </Collapse>
        </>
      )}
    </section>
  );
}

const FOLDS = { bytes: 'Bytes by class', all: 'Bytes by class, and other settings' };

function Unfold({ open, words, subject, onClick }: { open: boolean; words: string; subject: PlanSubject; onClick: () => void }) {
  return (
    <Button
      variant="subtle"
      color="gray"
      c="var(--mantine-color-text)"
      size="compact-sm"
      mt="xs"
      px={4}
      aria-expanded={open}
      rightSection={<DownIcon size={12} />}
      onClick={onClick}
      data-testid={`planner-more-${subject}`}
    >
      {words}
    </Button>
  );
}

/** Asks again whenever anything that decides about memory changes. */
function useQuestion(
  subject: PlanSubject,
  about: string,
  config: Record<string, unknown> | null,
  settings: TrainingSettings,
  context: number,
): void {
  const started = useFacts((f) => f.started);
  const device = useFacts((f) => f.device);
  const gpu_bytes = usePlanning((p) => p.gpu_bytes);
  const cache_length = usePlanning((p) => p.cache_length);
  const cache_rows = usePlanning((p) => p.cache_rows);
  const question = planQuestion(config, settings, { gpu_bytes, cache_length, cache_rows }, context);
  const key = JSON.stringify(question);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the question; another device has other limits
  useEffect(() => {
    if (started) askPlan(subject, about, question);
  }, [started, subject, about, key, device]);
}

interface AnswerProps {
  subject: PlanSubject;
  answer: PlanAnswer;
  /** What the answer was judged by; the choice may have moved on. */
  room: number | null;
  settings: TrainingSettings;
  /** Sliders are shown: the line that they can bring has its room already. */
  roomy: boolean;
}

function Answer({ subject, answer, room, settings, roomy }: AnswerProps) {
  const { verdict, reason, train, generate } = answer;
  return (
    <>
      <Text size="sm" className={classes.verdict} data-roomy={roomy && room !== null} aria-live="polite">
        <VerdictText verdict={verdict} room={room} testId="verdict" /> {reason}
      </Text>
      <MemoryBars train={train} generate={generate} room={room} />
      {room !== null && <Rest subject={subject} answer={answer} settings={settings} room={room} />}
      {room === null && verdict === 'tight' && (
        <Text size="sm" c="dimmed" className={classes.rest}>
          On a Mac, count about two thirds of its memory as the GPU’s.
        </Text>
      )}
    </>
  );
}

interface RestProps {
  subject: PlanSubject;
  answer: PlanAnswer;
  settings: TrainingSettings;
  room: number;
}

/** One line that is always there once the GPU's size is known: what stays free, or the smallest change that makes it fit. */
function Rest({ subject, answer: { verdict, change, train, generate }, settings, room }: RestProps) {
  const peak = Math.max(train.peak, generate.peak);
  if (verdict !== 'does-not-fit' || !change) {
    return (
      <Text size="sm" c="dimmed" className={`${classes.rest} numbers`}>
        {verdict === 'does-not-fit' ? 'No single change makes it fit.' : `${formatBytes(room - peak)} stay free.`}
      </Text>
    );
  }
  return (
    <Group gap="xs" className={classes.rest}>
      <Text size="sm">Smallest change:</Text>
      <Button
        size="compact-sm"
        variant="default"
        title={change.sentence}
        className="numbers"
        onClick={() => applyChange(subject, settings, change)}
        data-testid={`apply-change-${subject}`}
      >
        {changeWords(settings, change)}, at most {formatBytes(change.peak)}
      </Button>
    </Group>
  );
}

/** "Batch 1 × 16", "Longest row 1,024". */
function changeWords(settings: TrainingSettings, change: PlanChange): string {
  const { per_device_train_batch_size: batch, gradient_accumulation_steps: accumulation } = changedSettings(settings, change);
  if (batch !== undefined) return `Batch ${batch} × ${accumulation}`;
  if (change.max_length !== undefined) return `Longest row ${formatInteger(change.max_length)} tokens`;
  if (change.cache_length !== undefined) return `Cache ${formatInteger(change.cache_length)} tokens`;
  if (change.checkpoint_dtype) return 'Block inputs in 16 bits';
  return `Rank ${change.r}`;
}

function Bytes({ answer: { train, generate, trainable_parameters }, settings }: { answer: PlanAnswer; settings: TrainingSettings }) {
  return (
    <div>
      <MemoryTable train={train} generate={generate} />
      <Text size="xs" c="dimmed" className="numbers">
        {formatInteger(trainable_parameters)} trainable parameters; every row {formatInteger(settings.encoding.max_length)} tokens long.
      </Text>
    </div>
  );
}

/** What the GPU has, as its owner says; the one place where it is asked. */
export function GpuSize() {
  const bytes = usePlanning((p) => p.gpu_bytes);
  const id = useId();
  return (
    <Group gap={6} wrap="nowrap" title="WebGPU does not tell it. On a Mac, count about two thirds of its memory.">
      <Text component="label" size="xs" c="dimmed" htmlFor={id}>
        Memory of your GPU
      </Text>
      <NativeSelect
        id={id}
        size="xs"
        value={bytes === null ? '' : String(bytes)}
        onChange={(event) => {
          const { value } = event.currentTarget;
          planningStore.setState({ gpu_bytes: value === '' ? null : Number(value) });
        }}
        data={[
          { value: '', label: 'I do not know' },
          ...GPU_SIZES.map((gib) => ({ value: String(gib * GIB), label: `${formatBytes(gib * GIB)}${gib === 96 ? ' or more' : ''}` })),
        ]}
        data-testid="gpu-size"
      />
    </Group>
  );
}
