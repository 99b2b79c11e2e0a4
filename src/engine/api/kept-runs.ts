/**
 * The library of runs as the engine uses it: every run is noted at its start and however it ends, and what a closed tab cut short is settled at the next
 * visit. Adapters and checkpoints of a run are kept adapters that name it; a run that ended before its last step keeps the state it resumes from.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { KeptRun } from '../../protocol/kept-runs.ts';
import type { RunRecord } from '../../protocol/training.ts';
import { SHELF_LIMITS } from '../files/adapter-shelf.ts';
import { deleteCheckpoint, listCheckpoints, peekCheckpoint } from '../files/checkpoint.ts';
import type { LibraryEntry, RunHead } from '../files/run-library.ts';
import { takeOff } from './adapter.ts';
import type { EngineState } from './engine-state.ts';
import { renameAdapter, reportKept, restoreAdapter } from './kept-adapters.ts';
import { checkedName } from './kept-names.ts';
import { forgetRollouts } from './kept-rollouts.ts';
import { interruptedState, recordAt, saveInterrupted } from './saving.ts';
import { isTrainingElsewhere, refuseElsewhere, refuseWhileEvaluating } from './training-lock.ts';

/** Keeps the run as it is now. One that ended without a step leaves nothing. */
export async function noteRun(engine: EngineState, run: RunRecord, hashes: RunHead['hashes']): Promise<void> {
  if (run.phase === 'stopped' && run.metrics.length === 0) {
    await engine.library.delete(run.id);
    await engine.library.purge([run.id]);
  } else await engine.library.put(run, hashes);
  await reportRuns(engine);
}

/** A run by its id, with all it logged; of one that was cut short, as it was saved last. */
export async function keptRun(engine: EngineState, id: string): Promise<RunRecord> {
  if (engine.run?.record.id === id) return engine.run.record;
  const run = await engine.library.open(id);
  const saved = engine.snapshot?.state.run.id === id ? engine.snapshot.state : await peekCheckpoint(engine.files, id);
  return saved && saved.step > (run.metrics.at(-1)?.step ?? 0) ? { ...recordAt(saved), phase: run.phase } : run;
}

/** Not during a run, which is what is shown then. One of the open model that was interrupted is offered to be resumed. */
export async function showRun(engine: EngineState, id: string): Promise<void> {
  if (engine.run) throw new MotherTongueError('StateError', 'A run is under way, and Train shows that one; wait for its end or stop it.');
  const run = await keptRun(engine, id);
  const state = run.phase === 'paused' ? await interruptedState(engine, id) : null;
  // Of another model it can be looked at: what is offered here would be put on the model that is open.
  const goesOn = state !== null && state.hashes.model === engine.model?.hash;
  if (goesOn) {
    await saveInterrupted(engine, id);
    engine.resumable = id;
  }
  engine.emit({ type: 'run', run: run.phase === 'paused' && !goesOn ? { ...run, phase: 'stopped' } : run });
}

/** Lists what is kept, after what a closed tab left has been put in order. */
export async function listRuns(engine: EngineState): Promise<void> {
  if (!engine.run && !(await isTrainingElsewhere(engine))) await settle(engine);
  await reportRuns(engine);
}

/** Runs that are noted as under way, and saved ones that are not noted, as earlier versions left them. */
async function settle(engine: EngineState): Promise<void> {
  const noted = new Map((await engine.library.list()).map((entry) => [entry.id, entry]));
  const saved = await listCheckpoints(engine.files);
  for (const { id, head } of noted.values()) {
    if (!head || isOver(head)) continue;
    const state = await peekCheckpoint(engine.files, id);
    const message = state ? `It was interrupted after step ${state.step}.` : 'The page was closed before this run was saved.';
    const run = state ? recordAt(state) : await engine.library.open(id).catch(() => null);
    if (run) await engine.library.put({ ...run, phase: state ? 'paused' : 'failed', message }, head.hashes);
  }
  for (const id of saved.filter((run) => !noted.has(run))) {
    const state = await peekCheckpoint(engine.files, id);
    if (state)
      await engine.library.put(
        { ...recordAt(state), phase: 'paused', message: `It was interrupted after step ${state.step}.` },
        state.hashes,
      );
  }
}

function isOver({ phase }: RunHead): boolean {
  return phase === 'done' || phase === 'stopped' || phase === 'failed' || phase === 'paused';
}

export async function renameRun(engine: EngineState, id: string, text: string): Promise<void> {
  const name = checkedName(text);
  await find(engine, id);
  await engine.library.rename(id, name);
  for (const { id: adapter, record } of await engine.shelf.list()) {
    if (record?.run?.id !== id) continue;
    await renameAdapter(engine, adapter, record.checkpoint ? `${name.slice(0, 100)}, step ${record.run.metrics.at(-1)?.step ?? 0}` : name);
  }
  await reportRuns(engine);
}

/** With its adapters and checkpoints. It can be had back until `purgeRuns`. */
export async function deleteRun(engine: EngineState, id: string): Promise<void> {
  await refuseElsewhere(engine);
  if (engine.run?.record.id === id) throw new MotherTongueError('StateError', 'This run is under way; stop it before deleting it.');
  const stands = engine.adapter?.run?.id === id;
  if (stands && engine.run)
    throw new MotherTongueError('StateError', 'A run is under way; stop it before deleting the adapter that stood before it.');
  if (stands) {
    refuseWhileEvaluating(engine, 'deleting its adapter');
    await takeOff(engine);
  }
  for (const adapter of await adaptersOf(engine, id)) await engine.shelf.delete(adapter);
  await engine.library.delete(id);
  if (engine.resumable === id) {
    engine.resumable = null;
    engine.snapshot = null;
    engine.emit({ type: 'run', run: null });
  }
  await reportKept(engine);
  await reportRuns(engine);
}

export async function undeleteRun(engine: EngineState, id: string): Promise<void> {
  await engine.library.undelete(id);
  await find(engine, id);
  await engine.shelf.undeleteOf(id);
  const standing = engine.model && !engine.run && !engine.adapter ? await engine.shelf.standing(engine.model.hash) : null;
  if (standing !== null && (await adaptersOf(engine, id)).includes(standing)) await restoreAdapter(engine);
  else await reportKept(engine);
  await reportRuns(engine);
}

/** Frees what deleted runs take, with all that belongs to them. */
export async function purgeRuns(engine: EngineState): Promise<void> {
  const gone = await engine.library.purge();
  for (const id of gone) {
    await deleteCheckpoint(engine.files, id);
    await forgetRollouts(engine, id);
  }
  const adapters = await engine.shelf.purge();
  if (gone.length === 0 && !adapters) return; // a visit begins with this, and mostly there is nothing
  await reportKept(engine);
  await reportRuns(engine);
}

async function adaptersOf({ shelf }: EngineState, run: string): Promise<string[]> {
  return (await shelf.list()).filter(({ record }) => record?.run?.id === run).map(({ id }) => id);
}

async function find(engine: EngineState, id: string): Promise<LibraryEntry> {
  const entry = (await engine.library.list()).find((kept) => kept.id === id);
  if (entry) return entry;
  throw new MotherTongueError('StateError', 'This run is not kept any more; another tab may have deleted it.');
}

export async function reportRuns(engine: EngineState): Promise<void> {
  const [entries, saved, sizes] = [await engine.library.list(), await listCheckpoints(engine.files), await engine.sizes.read()];
  const resumable = new Set([...saved, ...(engine.snapshot ? [engine.snapshot.state.run.id] : [])]);
  const bytes = bytesByRun(sizes);
  const used = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const free = await engine.models?.freeSpace(0).catch(() => null);
  const limit = Math.min(SHELF_LIMITS.bytes, free ? used + free.available : SHELF_LIMITS.bytes);
  const runs = entries.map((entry) => describe(engine, entry, resumable.has(entry.id), bytes.get(entry.id) ?? 0));
  engine.emit({ type: 'kept-runs', kept: { runs, storage: { used, limit } } });
}

/** Records, answers and saved states carry the id of their run, which is a time. */
function bytesByRun(sizes: ReadonlyMap<string, number>): Map<string, number> {
  const bytes = new Map<string, number>();
  for (const [name, size] of sizes) {
    const [, id] = /^(?:run-|rollouts-)?(\d{10,})[.-]/.exec(name) ?? [];
    if (id) bytes.set(id, (bytes.get(id) ?? 0) + size);
  }
  return bytes;
}

function describe(engine: EngineState, { id, head, name, ...entry }: LibraryEntry, saved: boolean, bytes: number): KeptRun {
  if (!head) {
    const problem = `The record of the run ${name} is damaged in this browser's storage; delete it.`;
    const nothing = {
      started: '',
      model: '',
      dataset: '',
      hashes: { model: '', dataset: '' },
      settings: null,
      sparkline: [],
      result: null,
    };
    return { id, name, ...nothing, phase: 'failed', steps: 0, total_steps: 0, bytes, fits: false, resumable: false, problem };
  }
  const { started, model, dataset, hashes, settings, message, steps, total_steps, result, sparkline } = head;
  const phase = engine.run?.record.id === id ? engine.run.record.phase : head.phase;
  return {
    id,
    name,
    started,
    model,
    dataset,
    hashes,
    settings,
    phase,
    ...(message !== undefined && { message }),
    steps,
    total_steps,
    result,
    sparkline,
    bytes: Math.max(bytes, entry.bytes),
    fits: !engine.model || hashes.model === engine.model.hash,
    resumable: saved && phase !== 'done' && engine.run?.record.id !== id,
  };
}
