/**
 * A run as the page drives it: start, pause, resume, stop-and-keep, probes of adherence while it trains, checkpoints that a reload can
 * go on from. The steps themselves are train/run.ts.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import { shareInLanguage } from '../../lib/language/index.ts';
import type { RunPhase, RunRecord, TrainingSettings } from '../../protocol/training.ts';
import { type AdapterLayout, ARENAS, createAdapter, downloadAdapter, freeAdapter, uploadAdapter } from '../adapters/lora.ts';
import { type AdapterTensors, initialAdapter } from '../files/adapter-plan.ts';
import {
  checkResumable,
  deleteCheckpoint,
  listCheckpoints,
  loadCheckpoint,
  type RunCheckpoint,
  saveCheckpoint,
} from '../files/checkpoint.ts';
import { HarmonyStream } from '../tokens/stream.ts';
import { TrainingRun } from '../train/run.ts';
import { keep, setAdapter } from './adapter.ts';
import { generate, promptFor } from './asking.ts';
import type { Desk, RunControl } from './desk.ts';
import { prepare } from './readiness.ts';

const CHECKPOINT_SECONDS = 30;
const PROBE_TOKENS = 160;

/** Resolves when the run is over, however it ended; the events tell how. */
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
  await execute(desk, record, null);
}

/** Goes on after a pause, or with the run that a reload interrupted. */
export async function resume(desk: Desk): Promise<void> {
  if (desk.run) {
    desk.run.paused = false;
    desk.run.wake();
    return;
  }
  const checkpoint = desk.files && desk.resumable ? await loadCheckpoint(desk.files, desk.resumable) : null;
  if (!checkpoint) throw new MotherTongueError('StateError', 'There is no interrupted run to resume; start a new one.');
  checkResumable(checkpoint.state, { model: desk.needModel().hash, dataset: desk.needData().hash });
  await execute(desk, checkpoint.state.run, checkpoint);
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
  const setPhase = (phase: RunPhase, message?: string): void => {
    record.phase = phase;
    if (message !== undefined) record.message = message;
    desk.emit({ type: 'run-phase', phase, ...(message !== undefined && { message }) });
  };
  try {
    await steps(desk, control, from, setPhase, waiting);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    setPhase('failed', message);
    // What was saved can still be resumed, unless the numbers themselves went wrong (then nothing is left to resume).
    desk.resumable = desk.files && (await listCheckpoints(desk.files)).includes(record.id) ? record.id : null;
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
  setPhase: (phase: RunPhase, message?: string) => void,
  waiting: () => Promise<void>,
): Promise<void> {
  const { record } = control;
  const { session, generator } = desk.needModel();
  const { prepared, layout } = await prepare(desk, record.settings);
  record.total_steps = prepared.windows.length;
  let release = await desk.takeTurn();
  let run: TrainingRun | null = null;
  let failure: unknown = null;
  try {
    generator.free();
    desk.adapter = null;
    run = await TrainingRun.create(session, prepared);
    startTensors(desk, layout, record, from);
    setAdapter(desk, layout, record.settings.lora, adapterName(record), 'trained', session.name, record);
    desk.emit({ type: 'run', run: record });
    let saved = performance.now();
    const between = async (done: number): Promise<boolean> => {
      if (dueProbe(record, done)) {
        setPhase('probing');
        release();
        await probe(desk, record, done);
        release = await desk.takeTurn();
      }
      const due = performance.now() - saved > CHECKPOINT_SECONDS * 1000 && done < prepared.windows.length;
      if (control.paused || due) {
        await checkpoint(desk, record, layout, done);
        saved = performance.now();
      }
      while (control.paused && !control.stopping) {
        setPhase('paused');
        release();
        await waiting();
        release = await desk.takeTurn();
      }
      release(); // whoever asked in the meantime goes first
      release = await desk.takeTurn();
      if (!control.stopping && done < prepared.windows.length && record.phase !== 'training') setPhase('training');
      return !control.stopping;
    };
    setPhase('training');
    await run.train(
      {
        onStep: (metrics) => {
          record.metrics.push(metrics);
          desk.emit({ type: 'step', metrics });
        },
        onEval: (metrics) => {
          record.evals.push(metrics);
          desk.emit({ type: 'eval', metrics });
        },
        between,
      },
      from?.state.step ?? 0,
    );
  } catch (error) {
    failure = error;
  } finally {
    run?.free();
    release();
  }
  if (failure) {
    // Not a number: the GPU is well and the adapter is as before that step, so it is kept.
    if (failure instanceof MotherTongueError && failure.name === 'SettingsError') {
      setPhase('failed', failure.message); // before it is kept, so that a reload tells the same
      await finish(desk, control, layout);
    }
    if (!desk.adapter) desk.emit({ type: 'adapter', adapter: null });
    throw failure;
  }
  setPhase(control.stopping ? 'stopped' : 'done');
  await finish(desk, control, layout);
}

function startTensors(desk: Desk, layout: AdapterLayout, record: RunRecord, from: RunCheckpoint | null): void {
  const { store } = desk.needModel().session;
  uploadAdapter(store, layout, from?.adapter ?? initialAdapter(layout.targets, record.settings.seed));
  if (!from) return;
  uploadAdapter(store, layout, from.m, ARENAS.m);
  uploadAdapter(store, layout, from.v, ARENAS.v);
}

/** The moments go, the adapter stays; what a reload would resume goes too. */
async function finish(desk: Desk, { record }: RunControl, layout: AdapterLayout): Promise<void> {
  if (desk.files) for (const id of await listCheckpoints(desk.files)) await deleteCheckpoint(desk.files, id);
  const { session, generator } = desk.needModel();
  const release = await desk.takeTurn();
  try {
    const tensors: AdapterTensors = await downloadAdapter(session.store, layout);
    generator.free();
    freeAdapter(session.store);
    createAdapter(session.store, layout, { training: false });
    uploadAdapter(session.store, layout, tensors);
  } finally {
    release();
  }
  setAdapter(desk, layout, record.settings.lora, adapterName(record), 'trained', session.name, record);
  const timed = record.metrics.slice(1); // the first step also compiles
  if (timed.length > 0) {
    desk.tokensPerSecond = timed.reduce((n, m) => n + m.tokens_per_second * m.step_time, 0) / timed.reduce((n, m) => n + m.step_time, 0);
  }
  await keep(desk);
}

async function checkpoint(desk: Desk, record: RunRecord, layout: AdapterLayout, step: number): Promise<void> {
  if (!desk.files) return;
  const { session, hash } = desk.needModel();
  const tensors = (arena: string): Promise<AdapterTensors> => downloadAdapter(session.store, layout, arena);
  const last = record.metrics.at(-1);
  await saveCheckpoint(desk.files, {
    state: {
      run: record,
      step,
      epoch: Math.floor(last?.epoch ?? 0),
      batch: 0,
      num_tokens: last?.num_tokens ?? 0,
      hashes: { model: hash, dataset: desk.needData().hash },
    },
    adapter: await tensors(ARENAS.parameters),
    m: await tensors(ARENAS.m),
    v: await tensors(ARENAS.v),
  });
}

function dueProbe({ settings, samples, total_steps }: RunRecord, done: number): boolean {
  const { adherence_steps, adherence_languages } = settings;
  if (adherence_steps <= 0 || adherence_languages.length === 0 || samples.at(-1)?.step === done) return false;
  return done % adherence_steps === 0 || done === total_steps;
}

/** The same question in every language, greedy, with the adapter as it stands. */
async function probe(desk: Desk, record: RunRecord, step: number): Promise<void> {
  const { tokenizer, questions } = desk.needModel();
  const { adherence_languages: languages, adherence_question, encoding } = record.settings;
  const question = adherence_question?.trim() || questions[0] || 'What is the capital of France?';
  const streams = languages.map(() => new HarmonyStream(tokenizer));
  const rows = languages.map((language) => ({
    prompt: promptFor(desk, { messages: [{ role: 'user', content: question }] }, language, encoding.date),
    sampling: { temperature: 0, top_k: 0, top_p: 1, min_p: 0, seed: 0, salt: 0 },
    max_new_tokens: PROBE_TOKENS,
  }));
  await generate(desk, rows, 'adapter', undefined, (i, ids) => {
    streams[i]!.push(ids);
    return streams[i]!.answered;
  });
  for (const [i, language] of languages.entries()) {
    streams[i]!.finish();
    const { analysis, final } = streams[i]!;
    const sample = { step, language, question, analysis, final, share: analysis ? await shareInLanguage(analysis, language) : null };
    record.samples.push(sample);
    desk.emit({ type: 'adherence', sample });
  }
}

function adapterName({ model, id }: RunRecord): string {
  return `${model} adapter ${id.slice(0, 8)}-${id.slice(8, 14)}`;
}

export async function pause(desk: Desk): Promise<void> {
  if (!desk.run) throw new MotherTongueError('StateError', 'Nothing is training.');
  desk.run.paused = true;
}

export async function stop(desk: Desk): Promise<void> {
  if (!desk.run) {
    // A run of an earlier visit that nobody resumes.
    if (desk.files) for (const id of await listCheckpoints(desk.files)) await deleteCheckpoint(desk.files, id);
    desk.resumable = null;
    desk.emit({ type: 'run-phase', phase: 'stopped' });
    return;
  }
  desk.run.stopping = true;
  desk.emit({ type: 'run-phase', phase: 'stopping' });
  desk.run.wake();
}
