/**
 * A run as the page drives it: start, pause, resume, stop-and-keep. The steps themselves are train/run.ts; what of it survives a crash is saving.ts.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { RunPhase, RunRecord, TrainingSettings } from '../../protocol/training.ts';
import { type AdapterLayout, ARENAS, downloadAdapter, layoutAdapter, uploadAdapter } from '../adapters/lora.ts';
import { initialAdapter, planAdapter } from '../files/adapter-plan.ts';
import { checkResumable, type RunCheckpoint } from '../files/checkpoint.ts';
import { adaptableWeights } from '../models/gpt-oss-weights.ts';
import type { Session } from '../models/session.ts';
import { TrainingRun } from '../train/run.ts';
import { dropAdapter, keep, putOnGpu, restoreAdapter, setAdapter } from './adapter.ts';
import { dueProbe, probeAdherence } from './adherence.ts';
import type { Desk, RunControl } from './desk.ts';
import { adviceFor, type Prepared, prepare } from './readiness.ts';
import { asMemoryError, probeRoom, TRAINING_MEND } from './room.ts';
import { checkOrder, forgetRun, hashOrder, interruptedState, loadInterrupted, RunSaver, recordAt } from './saving.ts';
import { alone } from './training-lock.ts';

type SetPhase = (phase: RunPhase, message?: string) => void;

/** Resolves when the run is over, however it ended; the events tell how. A run that was interrupted and not resumed is given up. */
export async function train(desk: Desk, settings: TrainingSettings): Promise<void> {
  if (desk.run) throw new MotherTongueError('StateError', 'A run is under way already; stop it first.');
  const { session } = desk.needModel();
  const record: RunRecord = {
    id: new Date().toISOString().replace(/\D/g, '').slice(0, 17),
    started: new Date().toISOString(),
    model: session.name,
    dataset: desk.needData().dataset.name,
    settings,
    phase: 'preparing',
    total_steps: 0,
    metrics: [],
    evals: [],
    samples: [],
  };
  await alone(desk, async () => {
    if (desk.resumable) await forgetRun(desk, desk.resumable);
    await execute(desk, record, null);
  });
}

/** Goes on after a pause, or with the run that a reload or a lost GPU interrupted. */
export async function resume(desk: Desk): Promise<void> {
  if (desk.run) {
    desk.run.paused = false;
    desk.run.wake();
    return;
  }
  const { hash } = desk.needModel();
  await alone(desk, async () => {
    const checkpoint = await loadInterrupted(desk);
    if (!checkpoint) throw new MotherTongueError('StateError', 'There is no interrupted run to resume; start a new one.');
    checkResumable(checkpoint.state, { model: hash, dataset: desk.needData().hash });
    await execute(desk, recordAt(checkpoint.state), checkpoint);
  });
}

async function execute(desk: Desk, record: RunRecord, from: RunCheckpoint | null): Promise<void> {
  let wake: () => void = () => {};
  const control: RunControl = { record, paused: false, stopping: false, wake: () => wake() };
  const waiting = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  desk.run = control;
  desk.resumable = null;
  desk.emit({ type: 'run', run: { ...record, phase: 'preparing' } });
  const setPhase: SetPhase = (phase, message) => {
    record.phase = phase;
    if (message !== undefined) record.message = message;
    desk.emit({ type: 'run-phase', phase, ...(message !== undefined && { message }) });
  };
  const work = drive(desk, control, from, setPhase, waiting);
  desk.running = work.catch(() => undefined);
  await work;
}

/** The run from its first phase to its last; what failed is told before it is thrown. */
async function drive(
  desk: Desk,
  control: RunControl,
  from: RunCheckpoint | null,
  setPhase: SetPhase,
  waiting: () => Promise<void>,
): Promise<void> {
  const { record } = control;
  // Until its first step is kept, a resumed run is where it was.
  if (from) desk.snapshot = from;
  try {
    await steps(desk, control, from, setPhase, waiting);
  } catch (cause) {
    const error = desk.lost ?? asMemoryError(cause, 'Training', TRAINING_MEND);
    const message = error instanceof Error ? error.message : String(error);
    const left = await interruptedState(desk, record.id);
    desk.resumable = left && record.id;
    setPhase('failed', left ? `${message} The run is kept as it was after step ${left.step} and can be resumed there.` : message);
    if (left && !desk.lost) desk.emit({ type: 'run', run: { ...recordAt(left), phase: 'paused', message: record.message! } });
    throw error;
  } finally {
    desk.run = null;
    desk.reportMemory();
  }
}

async function steps(
  desk: Desk,
  control: RunControl,
  from: RunCheckpoint | null,
  setPhase: SetPhase,
  waiting: () => Promise<void>,
): Promise<void> {
  const { record } = control;
  const { session } = desk.needModel();
  const planned = await prepare(desk, record.settings);
  const { prepared, layout } = planned;
  const order = await hashOrder(prepared);
  if (from) checkOrder(from.state, order);
  record.total_steps = prepared.windows.length;
  const turn = await takeTurns(desk);
  let run: TrainingRun | null = null;
  let failure: unknown = null;
  let done = 0;
  try {
    run = await begin(desk, session, planned, record, from);
    const saver = new RunSaver(desk, record, layout, order);
    setPhase('training');
    done = await run.train(
      {
        onStep: (metrics) => {
          record.metrics.push(metrics);
          desk.emit({ type: 'step', metrics });
        },
        onEval: (metrics) => {
          record.evals.push(metrics);
          desk.emit({ type: 'eval', metrics });
        },
        between: (step) => between(desk, control, step, { saver, turn, setPhase, waiting }),
      },
      from?.state.step ?? 0,
    );
  } catch (error) {
    failure = error;
  } finally {
    if (run) run.free();
    else session.store.free((name) => name.startsWith('train')); // of a beginning that failed
    turn.end();
  }
  if (failure) await breakOff(desk, control, layout, run !== null, failure, setPhase);
  if (control.stopping && done === 0) return giveUp(desk, record, setPhase);
  setPhase(control.stopping ? 'stopped' : 'done');
  await finish(desk, control, layout, setPhase);
}

interface Turn {
  /** Lets others work, then goes on. */
  pass(meanwhile?: () => Promise<void>): Promise<void>;
  end(): void;
}

async function takeTurns(desk: Desk): Promise<Turn> {
  let release = await desk.takeTurn();
  return {
    pass: async (meanwhile) => {
      release();
      try {
        await meanwhile?.();
      } finally {
        release = await desk.takeTurn();
      }
    },
    end: () => release(),
  };
}

/** Tries whether there is room, then makes the programs and puts the first or the resumed tensors into place. */
async function begin(
  desk: Desk,
  session: Session,
  { prepared, layout }: Pick<Prepared, 'prepared' | 'layout'>,
  record: RunRecord,
  from: RunCheckpoint | null,
): Promise<TrainingRun> {
  const { store } = session;
  const { session: now, generator } = desk.needModel();
  if (now !== session) throw new MotherTongueError('StateError', 'Another model was opened before the first step; start the run again.');
  generator.free();
  await probeRoom(desk, prepared, (gpu_bytes) => adviceFor(session, record.settings, gpu_bytes));
  dropAdapter(desk);
  const run = await TrainingRun.create(session, prepared);
  await store.gpu.allocated();
  uploadAdapter(store, layout, from?.adapter ?? initialAdapter(layout.targets, record.settings.seed));
  if (from) {
    uploadAdapter(store, layout, from.m, ARENAS.m);
    uploadAdapter(store, layout, from.v, ARENAS.v);
  }
  setAdapter(desk, layout, record.settings.lora, adapterName(record), 'trained', session.name, record);
  desk.emit({ type: 'run', run: record });
  return run;
}

/** Between two steps: save, probe, wait while paused, let others work. */
async function between(
  desk: Desk,
  control: RunControl,
  done: number,
  { saver, turn, setPhase, waiting }: { saver: RunSaver; turn: Turn; setPhase: SetPhase; waiting: () => Promise<void> },
): Promise<boolean> {
  const { record } = control;
  await saver.after(done);
  if (dueProbe(record, done)) {
    setPhase('probing');
    await turn.pass(() => probeAdherence(desk, record, done));
  }
  if (control.paused && !control.stopping) {
    await saver.after(done, true);
    while (control.paused && !control.stopping) {
      setPhase('paused');
      await turn.pass(waiting);
      desk.throwLost();
    }
  }
  await turn.pass(); // whoever asked in the meantime goes first
  if (!control.stopping && done < record.total_steps && record.phase !== 'training') setPhase('training');
  return !control.stopping;
}

/** Stopped before its first step: an adapter that learned nothing is not kept, and takes no other's place. */
async function giveUp(desk: Desk, record: RunRecord, setPhase: SetPhase): Promise<void> {
  dropAdapter(desk);
  await restoreAdapter(desk);
  await forgetRun(desk, record.id);
  setPhase('stopped', 'The run was stopped before its first step, so there is nothing to keep of it.');
}

/** After a failure: the adapter of before the run is back; after numbers that are none, the one of before that step is kept. Throws. */
async function breakOff(
  desk: Desk,
  control: RunControl,
  layout: AdapterLayout,
  begun: boolean,
  failure: unknown,
  setPhase: SetPhase,
): Promise<never> {
  if (desk.lost) throw desk.lost;
  if (begun && failure instanceof MotherTongueError && failure.name === 'SettingsError') {
    setPhase('failed', failure.message); // before it is kept, so that a reload tells the same
    await finish(desk, control, layout, setPhase);
    throw failure;
  }
  if (!desk.adapter || desk.adapter.run === control.record) {
    dropAdapter(desk);
    await restoreAdapter(desk);
  }
  throw failure;
}

/** The moments go, the adapter stays and is kept; then what a reload would resume goes too. */
async function finish(desk: Desk, { record }: RunControl, layout: AdapterLayout, setPhase: SetPhase): Promise<void> {
  const { session } = desk.needModel();
  const release = await desk.takeTurn();
  try {
    await putOnGpu(desk, layout, await downloadAdapter(session.store, layout));
  } finally {
    release();
  }
  setAdapter(desk, layout, record.settings.lora, adapterName(record), 'trained', session.name, record);
  const timed = record.metrics.slice(1); // the first step also compiles
  if (timed.length > 0) {
    desk.tokensPerSecond = timed.reduce((n, m) => n + m.tokens_per_second * m.step_time, 0) / timed.reduce((n, m) => n + m.step_time, 0);
  }
  try {
    await keep(desk);
  } catch (error) {
    // A full disk: the last checkpoint stays, and the adapter is here as long as this tab is.
    if (!(error instanceof MotherTongueError) || error.name !== 'FileError') throw error;
    setPhase(record.phase, `${error.message} The adapter is in this tab only; export it before you close it.`);
    return;
  }
  await forgetRun(desk, record.id);
}

function adapterName({ model, id }: RunRecord): string {
  return `${model} adapter ${id.slice(0, 8)}-${id.slice(8, 14)}`;
}

export async function pause(desk: Desk): Promise<void> {
  if (!desk.run) throw new MotherTongueError('StateError', 'Nothing is training.');
  desk.run.paused = true;
}

export async function stop(desk: Desk): Promise<void> {
  if (!desk.run) return alone(desk, () => keepInterrupted(desk));
  desk.run.stopping = true;
  desk.emit({ type: 'run-phase', phase: 'stopping' });
  desk.run.wake();
}

/** Stops a run that was interrupted and keeps the adapter as it was saved. */
async function keepInterrupted(desk: Desk): Promise<void> {
  const checkpoint = await loadInterrupted(desk);
  if (checkpoint && checkpoint.state.step > 0) {
    const { session } = desk.needModel();
    const record: RunRecord = { ...recordAt(checkpoint.state), phase: 'stopped' };
    const layout = layoutAdapter(planAdapter(record.settings.lora, adaptableWeights(session.config)));
    const release = await desk.takeTurn();
    try {
      await putOnGpu(desk, layout, checkpoint.adapter);
    } finally {
      release();
    }
    setAdapter(desk, layout, record.settings.lora, adapterName(record), 'trained', session.name, record);
    desk.emit({ type: 'run', run: record });
    await keep(desk);
  }
  if (desk.resumable) await forgetRun(desk, desk.resumable);
  desk.emit({ type: 'run-phase', phase: 'stopped' });
}
