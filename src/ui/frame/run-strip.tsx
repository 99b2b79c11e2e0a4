/** The strip at the bottom of every place while something runs: a run with its numbers, loading tasks, an answer, an evaluation or the making of rows under way. */
import { Button, Group, Text } from '@mantine/core';
import { useLayoutEffect, useRef } from 'react';
import { formatBytes, formatClock, formatPlural } from '../../lib/format.ts';
import { formatMetric, metricIn, metrics } from '../../protocol/metrics.ts';
import type { RunRecord } from '../../protocol/training.ts';
import { stopAsking } from '../../state/compare-actions.ts';
import { pauseEvaluation } from '../../state/evaluation-actions.ts';
import { isRunning, type Task } from '../../state/facts.ts';
import { cancelTask } from '../../state/model-actions.ts';
import type { Place } from '../../state/pending.ts';
import { runTimes } from '../../state/run-series.ts';
import { pauseTraces } from '../../state/traces-actions.ts';
import { pauseRun, resumeRun, stopRun } from '../../state/train-actions.ts';
import { handFocusTo, useFocusHandover } from '../parts/focus-handover.ts';
import { Marked } from '../parts/foreign.tsx';
import { PauseIcon, PlayIcon, StopIcon } from '../parts/icons.tsx';
import { PHASE_LABELS, paceWords } from '../parts/labels.ts';
import { PauseDownloadButton, progressText, useSlowTasks } from '../parts/task-progress.tsx';
import { useBusy, useCompare, useFacts, useReadOnly } from '../use.ts';
import classes from './frame.module.css';

export function RunStrip({ place }: { place: Place }) {
  const run = useFacts((f) => f.run);
  const tasks = useSlowTasks();
  // Compare itself shows the answers and the button that stops them.
  const asking = useBusy('ask') && place !== 'compare';
  // Evaluate itself shows its progress.
  const evaluating = useFacts((f) => f.evaluation?.phase === 'running') && place !== 'evaluate';
  // Data itself shows it.
  const making = useFacts((f) => f.traces?.phase === 'running') && place !== 'data';
  const running = run !== null && isRunning(run.phase);
  // A run reports its own steps; its task would repeat them.
  const shown = tasks.filter((task) => !(running && task.unit === 'steps'));
  if (!running && shown.length === 0 && !asking && !evaluating && !making) return null;
  return (
    <section className={classes.strip} data-testid="run-strip" aria-label="Running now">
      {running && <RunPart run={run} />}
      {asking && <AskPart />}
      {evaluating && <EvaluationPart />}
      {making && <MakingPart />}
      {shown.map((task) => (
        <TaskPart key={task.task} task={task} />
      ))}
    </section>
  );
}

const STRIP = metrics.filter(({ strip }) => strip !== undefined);

function RunPart({ run }: { run: RunRecord }) {
  const memory = useFacts((f) => f.memory);
  const last = run.metrics.at(-1);
  const { left } = runTimes(run);
  const ratio = run.total_steps > 0 ? (last?.step ?? 0) / run.total_steps : 0;
  return (
    <>
      <div
        role="progressbar"
        className={classes.bar}
        style={{ '--done': `${100 * ratio}%` } as React.CSSProperties}
        aria-label={`Run: ${PHASE_LABELS[run.phase]}`}
        aria-valuemin={0}
        aria-valuemax={run.total_steps || 1}
        aria-valuenow={last?.step ?? 0}
        aria-valuetext={`step ${last?.step ?? 0} of ${run.total_steps}`}
        data-testid="run-progress"
      />
      <Text size="sm" fw={600}>
        {PHASE_LABELS[run.phase]}
      </Text>
      <Group gap="md" className="numbers" c="dimmed" fz="sm">
        <span data-testid="strip-step">
          step {last?.step ?? 0}/{run.total_steps}
        </span>
        {STRIP.map((metric) => {
          const value = metricIn(last, metric);
          if (value === undefined) return null;
          return (
            <span key={metric.name}>
              {metric.strip === 'labelled' && `${metric.label.toLowerCase()} `}
              {formatMetric(metric, value)}
            </span>
          );
        })}
        {left !== null && <span>{formatClock(left)} left</span>}
        {memory && memory.planned > 0 && (
          <span title={`On the GPU now; the planned peak of this run is ${formatBytes(memory.planned)}`} data-testid="strip-memory">
            {formatBytes(memory.allocated)} now
          </span>
        )}
      </Group>
      <RunButtons run={run} />
    </>
  );
}

function RunButtons({ run }: { run: RunRecord }) {
  const stopping = run.phase === 'stopping';
  const stop = useFocusHandover('stop-run');
  const buttons = useRef<HTMLDivElement>(null);
  // With the strip its focus would be lost: it goes to the place, and to the start button as soon as that can be pressed.
  useLayoutEffect(() => {
    const box = buttons.current;
    return () => {
      if (!box?.contains(document.activeElement)) return;
      handFocusTo('start-run');
      document.getElementById('place')?.focus();
    };
  }, []);
  const readOnly = useReadOnly();
  const locked = readOnly !== undefined;
  const paused = run.phase === 'paused';
  // Not `disabled`, which would drop the focus.
  const inert = (when: boolean, act: () => void) => (when ? { 'data-disabled': true, 'aria-disabled': true } : { onClick: act });
  return (
    <Group gap="xs" ref={buttons}>
      <Button
        size="compact-sm"
        variant="default"
        title={readOnly}
        leftSection={paused ? <PlayIcon size={12} /> : <PauseIcon size={12} />}
        {...inert(stopping || locked || run.phase === 'preparing', () => void (paused ? resumeRun() : pauseRun()))}
      >
        {paused ? 'Resume' : 'Pause'}
      </Button>
      <Button
        ref={stop}
        size="compact-sm"
        variant="default"
        title={readOnly}
        leftSection={<StopIcon size={12} />}
        {...inert(stopping || locked, () => void stopRun())}
      >
        Stop and keep
      </Button>
    </Group>
  );
}

function AskPart() {
  const request = useCompare((c) => c.request);
  const answers = useFacts((f) => (request ? f.answers[request.id] : undefined));
  const tokens = Object.values(answers?.columns ?? {}).reduce((sum, c) => sum + c.tokens, 0);
  return (
    <Group gap="sm">
      <Text size="sm" className="numbers">
        Answering in {formatPlural(request?.columns.length ?? 0, 'column')}, {formatPlural(tokens, 'token')}
      </Text>
      <Button size="compact-sm" variant="default" leftSection={<StopIcon size={12} />} onClick={() => void stopAsking()}>
        Stop
      </Button>
    </Group>
  );
}

function EvaluationPart() {
  const progress = useFacts((f) => f.evaluation)!;
  return <AnswersPart label="Evaluating" progress={progress} action="pause-evaluation" pause={() => void pauseEvaluation()} />;
}

function MakingPart() {
  const progress = useFacts((f) => f.traces)!;
  return <AnswersPart label="Making rows" progress={progress} action="pause-traces" pause={() => void pauseTraces()} />;
}

interface AnswersPartProps {
  label: string;
  progress: Parameters<typeof paceWords>[0];
  action: string;
  pause: () => void;
}

function AnswersPart({ label, progress, action, pause }: AnswersPartProps) {
  const pausing = useBusy(action);
  return (
    <Group gap="sm">
      <Text size="sm" className="numbers">
        {label}: {paceWords(progress)}
      </Text>
      <Button size="compact-sm" variant="default" leftSection={<PauseIcon size={12} />} loading={pausing} onClick={pause}>
        Pause
      </Button>
    </Group>
  );
}

function TaskPart({ task }: { task: Task }) {
  const paused = useFacts((f) => f.downloadPaused) && task.task === 'model';
  return (
    <Group gap="sm">
      <Text size="sm" className="numbers">
        <Marked text={task.label} />: {progressText(task, paused)}
      </Text>
      <PauseDownloadButton task={task} size="compact-sm" />
      <Button size="compact-sm" variant="default" onClick={() => void cancelTask(task.task)}>
        Cancel
      </Button>
    </Group>
  );
}
