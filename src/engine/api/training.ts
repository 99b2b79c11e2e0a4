/**
 * A run as the page drives it: start, pause, resume, stop-and-keep. The steps themselves are train/run.ts; what of it survives a crash is saving.ts.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { RunPhase, RunRecord, TrainingSettings } from '../../protocol/training.ts';
import { type AdapterLayout, ARENAS, downloadAdapter, layoutAdapter, uploadAdapter } from '../adapters/lora.ts';
import { initialAdapter, planAdapter } from '../files/adapter-plan.ts';
import { checkResumable, type RunCheckpoint } from '../files/checkpoint.ts';
import { adaptableWeights } from '../models/index.ts';
import type { Session } from '../models/session.ts';
import { TrainingRun } from '../train/run.ts';
import { dropAdapter, keep, putOnGpu, restoreAdapter, setAdapter } from './adapter.ts';
import { dueProbe, probeAdherence } from './adherence.ts';
import type { EngineState, RunControl } from './engine-state.ts';
import { asMemoryError, probeMemory, TRAINING_MEND } from './memory-error.ts';
import { adviceFor, type Prepared, prepare } from './readiness.ts';
import { checkOrder, forgetRun, hashOrder, interruptedState, loadInterrupted, RunSaver, recordAt } from './saving.ts';
import { alone } from './training-lock.ts';

type SetPhase = (phase: RunPhase, message?: string) => void;

/** Resolves when the run is over, however it ended; the events tell how. A run that was interrupted and not resumed is given up. */
export async function train(engine: EngineState, settings: TrainingSettings): Promise<void> {
  if (engine.run) throw new MotherTongueError('StateError', 'A run is under way already; stop it first.');
  const { session } = engine.needModel();
  const record: RunRecord = {
    id: new Date().toISOString().replace(/\D/g, '').slice(0, 17),
    started: new Date().toISOString(),
    model: session.name,
    dataset: engine.needData().dataset.name,
    settings,
    phase: 'preparing',
    total_steps: 0,
    metrics: [],
    evals: [],
    samples: [],
  };
  await alone(engine, async () => {
    if (engine.resumable) await forgetRun(engine, engine.resumable);
    await execute(engine, record, null);
  });
}

/** Goes on after a pause, or with the run that a reload or a lost GPU interrupted. */
export async function resume(engine: EngineState): Promise<void> {
  if (engine.run) {
    engine.run.paused = false;
    engine.run.wake();
    return;
  }
  const { hash } = engine.needModel();
  await alone(engine, async () => {
    const checkpoint = await loadInterrupted(engine);
    if (!checkpoint) throw new MotherTongueError('StateError', 'There is no interrupted run to resume; start a new one.');
    checkResumable(checkpoint.state, { model: hash, dataset: engine.needData().hash });
    await execute(engine, recordAt(checkpoint.state), checkpoint);
  });
}

async function execute(engine: EngineState, record: RunRecord, from: RunCheckpoint | null): Promise<void> {
  let wake: () => void = () => {};
  const control: RunControl = { record, paused: false, stopping: false, wake: () => wake() };
  const waiting = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });
  engine.run = control;
  engine.resumable = null;
  engine.emit({ type: 'run', run: { ...record, phase: 'preparing' } });
  const setPhase: SetPhase = (phase, message) => {
    record.phase = phase;
    if (message !== undefined) record.message = message;
    engine.emit({ type: 'run-phase', phase, ...(message !== undefined && { message }) });
  };
  const work = drive(engine, control, from, setPhase, waiting);
  engine.running = work.catch(() => undefined);
  await work;
}

/** The run from its first phase to its last; what failed is told before it is thrown. */
async function drive(
  engine: EngineState,
  control: RunControl,
  from: RunCheckpoint | null,
  setPhase: SetPhase,
  waiting: () => Promise<void>,
): Promise<void> {
  const { record } = control;
  // Until its first step is kept, a resumed run is where it was.
  if (from) engine.snapshot = from;
  try {
    await steps(engine, control, from, setPhase, waiting);
  } catch (cause) {
    const error = engine.lost ?? asMemoryError(cause, 'Training', TRAINING_MEND);
    const message = error instanceof Error ? error.message : String(error);
    const left = await interruptedState(engine, record.id);
    engine.resumable = left && record.id;
    setPhase('failed', left ? `${message} The run is kept as it was after step ${left.step} and can be resumed there.` : message);
    if (left && !engine.lost) engine.emit({ type: 'run', run: { ...recordAt(left), phase: 'paused', message: record.message! } });
    throw error;
  } finally {
    engine.run = null;
    engine.reportMemory();
  }
}

async function steps(
  engine: EngineState,
  control: RunControl,
  from: RunCheckpoint | null,
  setPhase: SetPhase,
  waiting: () => Promise<void>,
): Promise<void> {
  const { record } = control;
  const { session } = engine.needModel();
  const planned = await prepare(engine, record.settings);
  const { prepared, layout } = planned;
  const order = await hashOrder(prepared);
  if (from) checkOrder(from.state, order);
  record.total_steps = prepared.windows.length;
  const turn = await takeTurns(engine);
  let run: TrainingRun | null = null;
  let failure: unknown = null;
  let done = 0;
  try {
    run = await begin(engine, session, planned, record, from);
    const saver = new RunSaver(engine, record, layout, order);
    setPhase('training');
    done = await run.train(
      {
        onStep: (metrics) => {
          record.metrics.push(metrics);
          engine.emit({ type: 'step', metrics });
        },
        onEval: (metrics) => {
          record.evals.push(metrics);
          engine.emit({ type: 'eval', metrics });
        },
        between: (step) => between(engine, control, step, { saver, turn, setPhase, waiting }),
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
  if (failure) await breakOff(engine, control, layout, run !== null, failure, setPhase);
  if (control.stopping && done === 0) return giveUp(engine, record, setPhase);
  setPhase(control.stopping ? 'stopped' : 'done');
  await finish(engine, control, layout, setPhase);
}

interface Turn {
  /** Lets others work, then goes on. */
  pass(meanwhile?: () => Promise<void>): Promise<void>;
  end(): void;
}

async function takeTurns(engine: EngineState): Promise<Turn> {
  let release = await engine.lock();
  return {
    pass: async (meanwhile) => {
      release();
      try {
        await meanwhile?.();
      } finally {
        release = await engine.lock();
      }
    },
    end: () => release(),
  };
}

/** Tries whether there is room, then makes the programs and puts the first or the resumed tensors into place. */
async function begin(
  engine: EngineState,
  session: Session,
  { prepared, layout }: Pick<Prepared, 'prepared' | 'layout'>,
  record: RunRecord,
  from: RunCheckpoint | null,
): Promise<TrainingRun> {
  const { store } = session;
  const { session: now, generator } = engine.needModel();
  if (now !== session) throw new MotherTongueError('StateError', 'Another model was opened before the first step; start the run again.');
  generator.free();
  await probeMemory(engine, prepared, (gpu_bytes) => adviceFor(session, record.settings, gpu_bytes));
  dropAdapter(engine);
  const run = await TrainingRun.create(session, prepared);
  await store.gpu.allocated();
  uploadAdapter(store, layout, from?.adapter ?? initialAdapter(layout.targets, record.settings.seed));
  if (from) {
    uploadAdapter(store, layout, from.m, ARENAS.m);
    uploadAdapter(store, layout, from.v, ARENAS.v);
  }
  setAdapter(engine, layout, record.settings.lora, adapterName(record), 'trained', session.name, record);
  engine.emit({ type: 'run', run: record });
  return run;
}

/** Between two steps: save, probe, wait while paused, let others work. */
async function between(
  engine: EngineState,
  control: RunControl,
  done: number,
  { saver, turn, setPhase, waiting }: { saver: RunSaver; turn: Turn; setPhase: SetPhase; waiting: () => Promise<void> },
): Promise<boolean> {
  const { record } = control;
  await saver.after(done);
  if (dueProbe(record, done)) {
    setPhase('probing');
    await turn.pass(() => probeAdherence(engine, record, done));
  }
  if (control.paused && !control.stopping) {
    await saver.after(done, true);
    while (control.paused && !control.stopping) {
      setPhase('paused');
      await turn.pass(waiting);
      engine.throwLost();
    }
  }
  await turn.pass(); // whoever asked in the meantime goes first
  if (!control.stopping && done < record.total_steps && record.phase !== 'training') setPhase('training');
  return !control.stopping;
}

/** Stopped before its first step: an adapter that learned nothing is not kept, and takes no other's place. */
async function giveUp(engine: EngineState, record: RunRecord, setPhase: SetPhase): Promise<void> {
  dropAdapter(engine);
  await restoreAdapter(engine);
  await forgetRun(engine, record.id);
  setPhase('stopped', 'The run was stopped before its first step, so there is nothing to keep of it.');
}

/** After a failure: the adapter of before the run is back; after numbers that are none, the one of before that step is kept. Throws. */
async function breakOff(
  engine: EngineState,
  control: RunControl,
  layout: AdapterLayout,
  begun: boolean,
  failure: unknown,
  setPhase: SetPhase,
): Promise<never> {
  if (engine.lost) throw engine.lost;
  if (begun && failure instanceof MotherTongueError && failure.name === 'SettingsError') {
    setPhase('failed', failure.message); // before it is kept, so that a reload tells the same
    await finish(engine, control, layout, setPhase);
    throw failure;
  }
  if (!engine.adapter || engine.adapter.run === control.record) {
    dropAdapter(engine);
    await restoreAdapter(engine);
  }
  throw failure;
}

/** The moments go, the adapter stays and is kept; then what a reload would resume goes too. */
async function finish(engine: EngineState, { record }: RunControl, layout: AdapterLayout, setPhase: SetPhase): Promise<void> {
  const { session } = engine.needModel();
  const release = await engine.lock();
  try {
    await putOnGpu(engine, layout, await downloadAdapter(session.store, layout));
  } finally {
    release();
  }
  setAdapter(engine, layout, record.settings.lora, adapterName(record), 'trained', session.name, record);
  const timed = record.metrics.slice(1); // the first step also compiles
  if (timed.length > 0) {
    engine.tokensPerSecond = timed.reduce((n, m) => n + m.tokens_per_second * m.step_time, 0) / timed.reduce((n, m) => n + m.step_time, 0);
  }
  try {
    await keep(engine);
  } catch (error) {
    // A full disk: the last checkpoint stays, and the adapter is here as long as this tab is.
    if (!(error instanceof MotherTongueError) || error.name !== 'FileError') throw error;
    setPhase(record.phase, `${error.message} The adapter is in this tab only; export it before you close it.`);
    return;
  }
  await forgetRun(engine, record.id);
}

function adapterName({ model, id }: RunRecord): string {
  return `${model} adapter ${id.slice(0, 8)}-${id.slice(8, 14)}`;
}

export async function pause(engine: EngineState): Promise<void> {
  if (!engine.run) throw new MotherTongueError('StateError', 'Nothing is training.');
  engine.run.paused = true;
}

export async function stop(engine: EngineState): Promise<void> {
  if (!engine.run) return alone(engine, () => keepInterrupted(engine));
  engine.run.stopping = true;
  engine.emit({ type: 'run-phase', phase: 'stopping' });
  engine.run.wake();
}

/** Stops a run that was interrupted and keeps the adapter as it was saved. */
async function keepInterrupted(engine: EngineState): Promise<void> {
  const checkpoint = await loadInterrupted(engine);
  if (checkpoint && checkpoint.state.step > 0) {
    const { session } = engine.needModel();
    const record: RunRecord = { ...recordAt(checkpoint.state), phase: 'stopped' };
    const layout = layoutAdapter(planAdapter(record.settings.lora, adaptableWeights(session.config)));
    const release = await engine.lock();
    try {
      await putOnGpu(engine, layout, checkpoint.adapter);
    } finally {
      release();
    }
    setAdapter(engine, layout, record.settings.lora, adapterName(record), 'trained', session.name, record);
    engine.emit({ type: 'run', run: record });
    await keep(engine);
  }
  if (engine.resumable) await forgetRun(engine, engine.resumable);
  engine.emit({ type: 'run-phase', phase: 'stopped' });
}
