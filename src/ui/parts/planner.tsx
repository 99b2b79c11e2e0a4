/**
 * Does it fit? Bytes by class for training and answering, the verdict with its reason, the smallest change that would make it fit, and sliders that
 * replan as they move. The engine's planner needs neither weights nor a GPU.
 */
import { Button, Collapse, Group, NativeSelect, Skeleton, Text, Title } from '@mantine/core';
import { type ReactNode, useEffect, useId, useState } from 'react';
import { formatBytes, formatInteger } from '../../lib/format.ts';
import type { PlanAnswer, PlanChange, TrainingSettings } from '../../protocol/training.ts';
import { adaptersAsked } from '../../state/compare-rows.ts';
import { changedSettings, GIB, GPU_SIZES, type PlanSubject, planningStore, planQuestion } from '../../state/planning.ts';
import { applyChange, askPlan } from '../../state/planning-actions.ts';
import { useCompare, useEvaluation, useFacts, usePlanning } from '../use.ts';
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
  /** What is folded behind a button: nothing, the table of bytes, or the table and the sliders. */
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
        <Title order={2} size="h3">
          {title}
        </Title>
        <GpuSize />
      </Group>
      <div className={classes.answer} data-pending={current?.pending ?? false}>
        {current?.error ? (
          <Text size="sm" role="status" data-testid="plan-error">
            {current.error}
          </Text>
        ) : current?.answer ? (
          <Answer
            subject={subject}
            answer={current.answer}
            gpuBytes={current.gpuBytes}
            settings={settings}
            twoLines={open || folded === 'bytes'}
          />
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
          {folded !== 'nothing' && <Unfold open={open} label={FOLDS[folded]} subject={subject} onClick={() => setOpen(!open)} />}
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

function Unfold({ open, label, subject, onClick }: { open: boolean; label: string; subject: PlanSubject; onClick: () => void }) {
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
      {label}
    </Button>
  );
}

/** Plans again whenever anything that affects memory changes. */
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
  const dataset = useFacts((f) => f.dataset);
  const further = useCompare((c) => c.further);
  const columns = useEvaluation((e) => e.chosen.columns);
  const kept = useFacts((f) => f.kept);
  const adapters = subject === 'loaded' ? adaptersAsked(further, columns, kept) : 1;
  const question = planQuestion(config, settings, { gpu_bytes, cache_length, cache_rows }, context, dataset, adapters);
  const key = JSON.stringify(question);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the question; another device has other limits, another dataset other rows
  useEffect(() => {
    if (started) askPlan(subject, about, question);
  }, [started, subject, about, key, device, dataset]);
}

interface AnswerProps {
  subject: PlanSubject;
  answer: PlanAnswer;
  /** The memory that this answer is about; the choice may have changed since. */
  gpuBytes: number | null;
  settings: TrainingSettings;
  /** Sliders are shown: the space of the line that they may add is reserved. */
  twoLines: boolean;
}

function Answer({ subject, answer, gpuBytes, settings, twoLines }: AnswerProps) {
  const { verdict, reason, train, generate } = answer;
  return (
    <>
      <Text size="sm" className={classes.verdict} data-two-lines={twoLines && gpuBytes !== null} aria-live="polite">
        <VerdictText verdict={verdict} gpuBytes={gpuBytes} testId="verdict" /> {reason}
      </Text>
      <MemoryBars train={train} generate={generate} gpuBytes={gpuBytes} />
      {gpuBytes !== null && <Rest subject={subject} answer={answer} settings={settings} gpuBytes={gpuBytes} />}
      {gpuBytes === null && verdict === 'tight' && (
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
  gpuBytes: number;
}

/** One line that is always there once the GPU's memory is known: what remains free, or the smallest change that makes it fit. */
function Rest({ subject, answer: { verdict, change, train, generate }, settings, gpuBytes }: RestProps) {
  const peak = Math.max(train.peak, generate.peak);
  if (verdict !== 'does-not-fit' || !change) {
    return (
      <Text size="sm" c="dimmed" className={`${classes.rest} numbers`}>
        {verdict === 'does-not-fit'
          ? 'No settings make it fit. The bundled model fits, and so do smaller models of the Hub.'
          : `${formatBytes(gpuBytes - peak)} remain free.`}
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
        {changeLabel(settings, change)}, at most {formatBytes(change.peak)}
      </Button>
    </Group>
  );
}

/** "Batch 1 × 16", "Maximum length 1,024 tokens". */
function changeLabel(settings: TrainingSettings, change: PlanChange): string {
  const { per_device_train_batch_size: batch, gradient_accumulation_steps: accumulation } = changedSettings(settings, change);
  const labels = [
    batch !== undefined && `Batch ${batch} × ${accumulation}`,
    change.checkpoint_dtype && 'Block inputs in 16 bits',
    change.max_length !== undefined && `Maximum length ${formatInteger(change.max_length)} tokens`,
    change.cache_length !== undefined && `Cache ${formatInteger(change.cache_length)} tokens`,
    change.r !== undefined && `Rank ${change.r}`,
  ].filter(Boolean);
  return labels
    .map((label, index) => (index === 0 ? label : `${String(label).charAt(0).toLowerCase()}${String(label).slice(1)}`))
    .join(', ');
}

function Bytes({ answer: { basis, train, generate, trainable_parameters }, settings }: { answer: PlanAnswer; settings: TrainingSettings }) {
  const rows =
    basis === 'rows' ? 'for the rows of this dataset' : `if every row is ${formatInteger(settings.encoding.max_length)} tokens long`;
  const probes = settings.adherence_steps > 0 ? ', probes included' : '';
  return (
    <div>
      <MemoryTable train={train} generate={generate} />
      <Text size="xs" c="dimmed" className="numbers">
        {formatInteger(trainable_parameters)} trainable parameters. Planned peaks {rows}
        {probes}.
      </Text>
    </div>
  );
}

/** The GPU's memory, as the user states it; the only place to state it. */
export function GpuSize() {
  const bytes = usePlanning((p) => p.gpu_bytes);
  const id = useId();
  return (
    <Group gap={6} wrap="nowrap" title="WebGPU does not report it. On a Mac, count about two thirds of its memory.">
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
          { value: '', label: 'Unknown' },
          ...GPU_SIZES.map((gib) => ({ value: String(gib * GIB), label: `${formatBytes(gib * GIB)}${gib === 96 ? ' or more' : ''}` })),
        ]}
        data-testid="gpu-size"
      />
    </Group>
  );
}
