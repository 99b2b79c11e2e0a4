/**
 * A run as the page drives it: start, pause, resume, stop-and-keep. The steps themselves are train/run.ts; what of it survives a crash is saving.ts.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { RunRecord, TrainingSettings } from '../../protocol/training.ts';
import { layoutAdapter } from '../adapters/lora.ts';
import { planAdapter } from '../files/adapter-plan.ts';
import { checkResumable, type RunCheckpoint } from '../files/checkpoint.ts';
import { adaptableWeights } from '../models/index.ts';
import { baseOf, putOnGpu, setAdapter } from './adapter.ts';
import type { EngineState } from './engine-state.ts';
import { adapterName, chosenAdapter, keep, keepOfRun } from './kept-adapters.ts';
import { noteRun, reportRuns } from './kept-runs.ts';
import { LiveRun } from './live-run.ts';
import { questionsOf } from './run-evaluation.ts';
import { withStandingLora } from './run-plan.ts';
import { forgetRun, leaveRun, loadInterrupted, recordAt, saveInterrupted } from './saving.ts';
import { alone, refuseWhileEvaluating } from './training-lock.ts';

/** Hears of a run before its first step; the record is its own and grows with it. */
type Begun = (run: RunRecord) => Promise<void>;

/** Resolves when the run is over, however it ended; the events say how. */
export async function train(engine: EngineState, settings: TrainingSettings, begun?: Begun): Promise<void> {
  if (engine.run) throw new MotherTongueError('StateError', 'A run is under way already; stop it first.');
  refuseWhileEvaluating(engine, 'training');
  const { session } = engine.needModel();
  const questions = questionsOf(engine, settings);
  const record: RunRecord = {
    id: new Date().toISOString().replace(/\D/g, '').slice(0, 17),
    started: new Date().toISOString(),
    model: session.name,
    dataset: engine.needData().dataset.name,
    settings: withStandingLora(engine, settings),
    phase: 'preparing',
    total_steps: 0,
    metrics: [],
    evals: [],
    samples: [],
    ...(questions.length > 0 && { questions }),
  };
  await alone(engine, async () => {
    if (engine.resumable) await giveUp(engine, engine.resumable);
    await execute(engine, record, null, begun);
  });
}

/** Goes on after a pause, or with the run that a reload or a lost GPU interrupted. */
export async function resume(engine: EngineState, begun?: Begun): Promise<void> {
  if (engine.run) {
    engine.run.paused = false;
    engine.run.wake();
    return;
  }
  refuseWhileEvaluating(engine, 'training');
  const { hash } = engine.needModel();
  await alone(engine, async () => {
    const checkpoint = await loadInterrupted(engine);
    if (!checkpoint) throw new MotherTongueError('StateError', 'There is no interrupted run to resume; start a new one.');
    checkResumable(checkpoint.state, { model: hash, dataset: engine.needData().hash });
    await execute(engine, recordAt(checkpoint.state), checkpoint, begun);
  });
}

/** Goes on with a run of the library; what is interrupted beside it stays in the library. */
export async function resumeRun(engine: EngineState, id: string, begun?: Begun): Promise<void> {
  if (engine.run) throw new MotherTongueError('StateError', 'A run is under way already; stop it first.');
  engine.needModel();
  const before = engine.resumable;
  await saveInterrupted(engine, id);
  engine.resumable = id;
  try {
    await resume(engine, begun);
  } catch (error) {
    if (!engine.run && engine.resumable === id) engine.resumable = before;
    throw error;
  }
}

async function execute(engine: EngineState, record: RunRecord, from: RunCheckpoint | null, begun?: Begun): Promise<void> {
  const hashes = from?.state.hashes ?? { model: engine.needModel().hash, dataset: engine.needData().hash };
  if (begun) await begun(record); // else the run is there at once, as a pause right behind the start expects
  const run = new LiveRun(engine, record, from, hashes);
  engine.run = run;
  engine.resumable = null;
  engine.emit({ type: 'run', run: { ...record, phase: 'preparing' } });
  const work = run.toTheEnd();
  engine.running = work.catch(() => undefined);
  await work;
}

export async function pause(engine: EngineState): Promise<void> {
  if (!engine.run) throw new MotherTongueError('StateError', 'Nothing is training.');
  engine.run.paused = true;
}

export async function stop(engine: EngineState): Promise<void> {
  if (!engine.run) return alone(engine, () => keepInterrupted(engine));
  if (['done', 'stopped', 'failed'].includes(engine.run.record.phase)) return; // what it left is being put away
  engine.run.stop();
  engine.emit({ type: 'run-phase', phase: 'stopping' });
  if (engine.run.record.metrics.length === 0) engine.cancel('prepare'); // it may wait long for all rows to be counted
}

/** A run that was interrupted and not resumed: what it had learned is kept, beside the adapter that stands. */
async function giveUp(engine: EngineState, run: string): Promise<void> {
  const checkpoint = await interruptedHere(engine);
  if (!checkpoint) return;
  const { step, hashes } = checkpoint.state;
  const record: RunRecord = { ...recordAt(checkpoint.state), phase: 'stopped', message: leftAt(step) };
  if (step > 0) await keepOfRun(engine, record, await chosenAdapter(engine, record, checkpoint.adapter, checkpoint.best));
  await noteRun(engine, record, hashes);
  await (step > 0 ? leaveRun : forgetRun)(engine, run);
  await reportRuns(engine);
}

/** The interrupted run that is offered; null where there is none, or where it is another model's and its adapter fits none here. */
async function interruptedHere(engine: EngineState): Promise<RunCheckpoint | null> {
  const checkpoint = await loadInterrupted(engine);
  if (checkpoint?.state.hashes.model === engine.needModel().hash) return checkpoint;
  engine.resumable = null;
  return null;
}

function leftAt(step: number): string {
  return `It was left after step ${step} and can be resumed there.`;
}

/** Stops a run that was interrupted and keeps the adapter as it was saved. */
async function keepInterrupted(engine: EngineState): Promise<void> {
  const checkpoint = await interruptedHere(engine);
  if (checkpoint?.state.step === 0) {
    await forgetRun(engine, checkpoint.state.run.id);
    await noteRun(engine, { ...recordAt(checkpoint.state), phase: 'stopped' }, checkpoint.state.hashes);
  } else if (checkpoint) {
    const { session } = engine.needModel();
    const record: RunRecord = { ...recordAt(checkpoint.state), phase: 'stopped' };
    const adapter = await chosenAdapter(engine, record, checkpoint.adapter, checkpoint.best);
    const layout = layoutAdapter(planAdapter(record.settings.lora, adaptableWeights(session.config)));
    const release = await engine.lock();
    try {
      if (engine.model?.session !== session)
        throw new MotherTongueError(
          'StateError',
          `Another model was opened before the run's adapter stood; open ${session.name} and keep it then.`,
        );
      await putOnGpu(engine, layout, adapter);
    } finally {
      release();
    }
    setAdapter(engine, layout, record.settings.lora, {
      name: adapterName(record),
      origin: 'trained',
      base_model: baseOf(engine),
      run: record,
    });
    engine.emit({ type: 'run', run: record });
    await keep(engine);
    await noteRun(engine, record, checkpoint.state.hashes);
  }
  if (engine.resumable) await leaveRun(engine, engine.resumable);
  await reportRuns(engine);
  engine.emit({ type: 'run-phase', phase: 'stopped' });
}
