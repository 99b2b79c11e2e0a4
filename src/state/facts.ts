/**
 * What the engine has reported so far, as plain data. `apply(event)` is the only writer while the page runs; `restore` puts back what an earlier
 * visit kept (the run record and the last answers) before the first event.
 * Not here: what the user chose (settings.ts, data.ts, compare.ts) and what the page is waiting for (pending.ts).
 */
import { createStore } from 'zustand/vanilla';
import type { DatasetSummary } from '../protocol/dataset.ts';
import type { EngineEvent } from '../protocol/engine.ts';
import type { EvaluationProgress, EvaluationSummary, ResultsRoom } from '../protocol/evaluation-run.ts';
import type { ColumnState } from '../protocol/generation.ts';
import type { KeptRuns } from '../protocol/kept-runs.ts';
import type {
  AdapterSummary,
  CachedModel,
  DeviceProblem,
  DeviceSummary,
  KeptAdapters,
  ModelSummary,
  SelfTestResult,
} from '../protocol/model.ts';
import type { RolloutBatchRecord } from '../protocol/rollouts.ts';
import { currentNames, currentRun } from '../protocol/saved.ts';
import type { PlanRecord } from '../protocol/stages.ts';
import type { TraceProgress, TraceSets } from '../protocol/traces.ts';
import type { RunPhase, RunRecord } from '../protocol/training.ts';
import { type Sample, withSample } from './pace.ts';

export interface Task {
  task: string;
  label: string;
  done: number;
  total: number;
  unit: 'bytes' | 'rows' | 'kernels' | 'steps' | 'tokens';
  /** Milliseconds of the page's clock at the first report. */
  since: number;
  /** Reports of the last seconds, oldest first; for the pace and the time left (see pace.ts). */
  recent: Sample[];
}

export interface Answers {
  columns: Record<string, ColumnState>;
  ended: boolean;
}

export interface Facts {
  /** True once the engine has reported whether there is a GPU. */
  started: boolean;
  device: DeviceSummary | null;
  problem: DeviceProblem | null;
  lost: string | null;
  tasks: Record<string, Task>;
  /** Tasks that the user cancelled and that did not begin again since. */
  cancelled: Record<string, true>;
  model: ModelSummary | null;
  /** Models in the browser's storage; null until they are listed. */
  cachedModels: CachedModel[] | null;
  downloadPaused: boolean;
  dataset: DatasetSummary | null;
  adapter: AdapterSummary | null;
  /** Null until they are listed. */
  kept: KeptAdapters | null;
  /** Null until they are listed. */
  keptRuns: KeptRuns | null;
  /** A run is under way in another tab: this one only reads. */
  elsewhere: boolean;
  memory: { allocated: number; planned: number } | null;
  run: RunRecord | null;
  /** The last step of the run that a closed tab leaves, and why a later one could not be written. */
  saved: { step: number; problem?: string } | null;
  /** Answers that the run under way learned from last; null in runs that learn from rows. */
  rollouts: RolloutBatchRecord | null;
  /** By request; only the newest request is kept. */
  answers: Record<string, Answers>;
  peer: string | null;
  /** Of the evaluation that was at work last. */
  evaluation: EvaluationProgress | null;
  /** Kept results, newest first; null until they are listed. */
  evaluations: EvaluationSummary[] | null;
  resultsRoom: ResultsRoom | null;
  /** Of the traces that were made last. */
  traces: TraceProgress | null;
  /** Kept sets of traces, newest first; null until they are listed. */
  traceSets: TraceSets | null;
  /** Plans of stages, newest first; null until they are listed. */
  plans: PlanRecord[] | null;
  /** By kernel and case. */
  selfTest: Record<string, SelfTestResult>;
}

export const noFacts: Facts = {
  started: false,
  device: null,
  problem: null,
  lost: null,
  tasks: {},
  cancelled: {},
  model: null,
  cachedModels: null,
  downloadPaused: false,
  dataset: null,
  adapter: null,
  kept: null,
  keptRuns: null,
  elsewhere: false,
  memory: null,
  run: null,
  saved: null,
  rollouts: null,
  answers: {},
  peer: null,
  evaluation: null,
  evaluations: null,
  resultsRoom: null,
  traces: null,
  traceSets: null,
  plans: null,
  selfTest: {},
};

/** The facts after one event. Pure, but for the lists of a run, which grow in place (see `reduceRun`). */
export function reduce(facts: Facts, event: EngineEvent, now = Date.now()): Facts {
  switch (event.type) {
    case 'device':
      return { ...facts, started: true, device: event.device, problem: event.problem, lost: event.device ? null : facts.lost };
    case 'device-lost':
      return { ...facts, lost: event.message };
    case 'progress': {
      const { task, label, done, total, unit } = event;
      const standing = facts.tasks[task];
      const same = standing?.total === total && standing.unit === unit && done >= standing.done; // else the task went on to another part
      const recent = withSample(same ? standing.recent : [], { at: now, done });
      const cancelled = without(facts.cancelled, task);
      return {
        ...facts,
        cancelled,
        tasks: { ...facts.tasks, [task]: { task, label, done, total, unit, since: standing?.since ?? now, recent } },
      };
    }
    case 'progress-end': {
      const tasks = without(facts.tasks, event.task);
      return event.cancelled ? { ...facts, tasks, cancelled: { ...facts.cancelled, [event.task]: true } } : { ...facts, tasks };
    }
    case 'model':
      return { ...facts, model: event.model };
    case 'download-paused':
      // The pace of before the pause says nothing about the one after it.
      return { ...facts, downloadPaused: event.paused, tasks: Object.fromEntries(Object.entries(facts.tasks).map(afresh)) };
    case 'cached-models':
      return { ...facts, cachedModels: event.models };
    case 'dataset':
      // What was cancelled of another dataset is no news of this one.
      return event.dataset?.id === facts.dataset?.id
        ? { ...facts, dataset: event.dataset }
        : { ...facts, dataset: event.dataset, cancelled: without(facts.cancelled, 'tokens') };
    case 'adapter':
      return { ...facts, adapter: event.adapter };
    case 'kept-adapters':
      return { ...facts, kept: event.kept };
    case 'kept-runs':
      return { ...facts, keptRuns: event.kept };
    case 'elsewhere':
      return { ...facts, elsewhere: event.training };
    case 'memory':
      return { ...facts, memory: { allocated: event.allocated, planned: event.planned } };
    case 'plans':
      return { ...facts, plans: event.plans };
    case 'peer':
      return { ...facts, peer: event.name };
    case 'evaluation':
      return { ...facts, evaluation: event.progress };
    case 'evaluations':
      return { ...facts, evaluations: event.evaluations, resultsRoom: event.room };
    case 'traces':
      return { ...facts, traces: event.progress };
    case 'trace-sets':
      return { ...facts, traceSets: { sets: event.sets, room: event.room } };
    case 'rollouts':
      return { ...facts, rollouts: event.batch };
    case 'self-test':
      return { ...facts, selfTest: { ...facts.selfTest, [`${event.result.kernel} ${event.result.title}`]: event.result } };
    case 'column':
    case 'ask-end':
      return { ...facts, answers: reduceAnswers(facts.answers, event) };
    case 'run':
      return { ...facts, run: event.run && ownLists(event.run), ...(event.run?.phase === 'preparing' && { saved: null, rollouts: null }) };
    case 'saved': {
      const { step, problem } = event;
      if (problem !== undefined) return { ...facts, saved: { step: facts.saved?.step ?? 0, problem } };
      const earlier = facts.run?.saves?.filter((other) => other < step) ?? [];
      return { ...facts, saved: { step }, run: facts.run && { ...facts.run, saves: [...earlier, step] } };
    }
    case 'run-phase':
    case 'step':
    case 'eval':
    case 'adherence':
      return facts.run ? { ...facts, run: reduceRun(facts.run, event) } : facts;
    default:
      return event satisfies never;
  }
}

function without<X>(record: Record<string, X>, key: string): Record<string, X> {
  const { [key]: _gone, ...rest } = record;
  return rest;
}

function afresh([name, task]: [string, Task]): [string, Task] {
  return [name, { ...task, recent: [] }];
}

type RunEvent = Extract<EngineEvent, { type: 'run-phase' | 'step' | 'eval' | 'adherence' }>;

/**
 * A run has tens of thousands of steps, so the lists of metrics and evaluations grow in place and are never copied. The record around them is new with
 * every event: compare that, not the lists. Samples are few, and their list is new with each. A step that is reported again (after a resume)
 * replaces what followed the point it was resumed from.
 */
function reduceRun(run: RunRecord, event: RunEvent): RunRecord {
  switch (event.type) {
    case 'run-phase': {
      const { message: _old, ...rest } = run;
      return event.message === undefined ? { ...rest, phase: event.phase } : { ...rest, phase: event.phase, message: event.message };
    }
    case 'step':
      dropFrom(run.metrics, event.metrics.step);
      run.metrics.push(event.metrics);
      return { ...run };
    case 'eval':
      dropFrom(run.evals, event.metrics.step);
      run.evals.push(event.metrics);
      return { ...run };
    case 'adherence': {
      const { sample } = event;
      const earlier = run.samples.filter((s) => s.step < sample.step || (s.step === sample.step && s.language !== sample.language));
      return { ...run, samples: [...earlier, sample] };
    }
  }
}

/** Takes the entries of `step` and later off the end. */
function dropFrom(list: { step: number }[], step: number): void {
  while (list.length > 0 && list.at(-1)!.step >= step) list.pop();
}

/** Lists of its own, because they grow in place and the sender keeps its record. */
function ownLists(run: RunRecord): RunRecord {
  return { ...run, metrics: [...run.metrics], evals: [...run.evals] };
}

type AnswerEvent = Extract<EngineEvent, { type: 'column' | 'ask-end' }>;

function reduceAnswers(answers: Facts['answers'], event: AnswerEvent): Facts['answers'] {
  const standing = answers[event.request] ?? { columns: {}, ended: false };
  if (event.type === 'ask-end') return { [event.request]: { ...standing, ended: true } };
  return { [event.request]: { ...standing, columns: { ...standing.columns, [event.state.column]: event.state } } };
}

export const facts = createStore<Facts>(() => noFacts);

/** The only writer of engine facts; takes a batch so that a frame's worth of events is one change. */
export function apply(...events: EngineEvent[]): void {
  const now = Date.now();
  facts.setState(
    events.reduce((state, event) => reduce(state, event, now), facts.getState()),
    true,
  );
}

/** Puts back what an earlier visit kept. A run that was under way when the page closed is shown as stopped, with the reason. */
export function restore(kept: { run?: RunRecord | null; answers?: Record<string, Answers> }): void {
  const run = kept.run ? endedRun(currentRun(kept.run)) : null;
  const answers = mapValues(kept.answers ?? {}, ({ columns }) => endedAnswers(columns));
  facts.setState((state) => ({ run: state.run ?? run, answers: { ...answers, ...state.answers } }));
}

/** Another engine takes the place of the one that all this came from; what was trained and asked stays to be looked at. */
export function forgetEngine(): void {
  const { run, answers } = facts.getState();
  const message = 'The engine was ended during this run.';
  facts.setState(
    { ...noFacts, run: run && endedRun(run, message), answers: mapValues(answers, ({ columns }) => endedAnswers(columns)) },
    true,
  );
}

function endedAnswers(columns: Answers['columns']): Answers {
  return { columns: mapValues(columns, (state) => currentNames(state)), ended: true };
}

function mapValues<X, Y>(record: Record<string, X>, map: (value: X) => Y): Record<string, Y> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}

function endedRun(run: RunRecord, message = 'The page was closed or reloaded during this run, so it ended there.'): RunRecord {
  if (!isRunning(run.phase)) return run;
  return { ...run, phase: 'stopped', message };
}

/** True from the start button until the run has ended, pauses included. */
export function isRunning(phase: RunPhase | undefined): boolean {
  return phase !== undefined && phase !== 'idle' && phase !== 'done' && phase !== 'stopped' && phase !== 'failed';
}

/** A plan of stages is at work in this tab: model, data and adapter are the plan's until it ends. */
export function planUnderWay({ plans, elsewhere }: Pick<Facts, 'plans' | 'elsewhere'> = facts.getState()): boolean {
  return !elsewhere && (plans?.some(({ phase }) => phase === 'running') ?? false);
}

/** For what is about the adapter that is there: called when another one, or none, takes its place. */
export function onOtherAdapter(reset: () => void): void {
  let { adapter } = facts.getState();
  facts.subscribe((now) => {
    if (now.adapter === adapter) return;
    adapter = now.adapter;
    reset();
  });
}
