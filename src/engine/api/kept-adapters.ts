/**
 * The adapters that this browser keeps (files/adapter-shelf.ts), as the engine uses them: whatever takes the place of the adapter on the model is
 * kept at once, so that nothing trained or imported is lost by the next. One stands for each model and is there again after a reload. One that
 * cannot be opened is named and never fails the load of its model.
 */
import { strToU8, unzipSync, zipSync } from 'fflate';
import { MotherTongueError } from '../../lib/errors.ts';
import { formatBytes } from '../../lib/format.ts';
import { bestEvaluation } from '../../protocol/best-evaluation.ts';
import type { AdapterSource, ExportBundle } from '../../protocol/engine.ts';
import type { AdapterSummary, KeptAdapter } from '../../protocol/model.ts';
import type { RunRecord } from '../../protocol/training.ts';
import { downloadAdapter, layoutAdapter } from '../adapters/lora.ts';
import { type AdapterTensors, planAdapter } from '../files/adapter-plan.ts';
import type { ShelfEntry, ShelfRecord } from '../files/adapter-shelf.ts';
import { recordUntil } from '../files/checkpoint.ts';
import { sha256 } from '../files/hash.ts';
import { modelCard } from '../files/model-card.ts';
import type { Bytes } from '../files/source.ts';
import { adaptableWeights } from '../models/index.ts';
import { baseOf, importAdapter as importOnly, packAdapter, place, summariseAdapter, takeOff, trainedIn, zipName } from './adapter.ts';
import type { EngineState, OpenAdapter } from './engine-state.ts';
import { checkedName } from './kept-names.ts';
import { createReading, type NamedAdapter } from './reading.ts';
import { refuseElsewhere, refuseWhileEvaluating } from './training-lock.ts';

/** Keeps the adapter on the model and makes it the standing one. The sentence: why it lasts as long as this tab only. */
export async function keep(engine: EngineState): Promise<string | undefined> {
  const { adapter } = engine;
  if (!adapter) return undefined;
  const tensors = await downloadAdapter(engine.needModel().session.store, adapter.layout);
  const { id, problem } = await shelve(engine, adapter, tensors, true);
  engine.adapter = { ...adapter, kept: id };
  await reportKept(engine);
  return problem;
}

/** Keeps what a run had learned that does not stand: one that broke off, or that another takes the place of. */
export async function keepOfRun(engine: EngineState, run: RunRecord, tensors: AdapterTensors): Promise<void> {
  const { session } = engine.needModel();
  const { lora } = run.settings;
  const layout = layoutAdapter(planAdapter(lora, adaptableWeights(session.config)));
  const summary = summariseAdapter(layout, lora, { name: adapterName(run), origin: 'trained', base_model: baseOf(engine), run });
  await shelve(engine, { layout, settings: lora, summary, run }, tensors, false);
  await reportKept(engine);
}

/** The adapter that a run ends with: of its last step, or of its best evaluation, which `best_step` then says. The other of the two is kept beside it. */
export async function chosenAdapter(
  engine: EngineState,
  run: RunRecord,
  last: AdapterTensors,
  best: AdapterTensors | null | undefined,
): Promise<AdapterTensors> {
  const step = best && bestEvaluation(run.evals, run.settings)?.step;
  if (!best || step === undefined || step === null || step === run.metrics.at(-1)?.step) return last;
  if (run.settings.load_best_model_at_end) {
    run.best_step = step;
    return best;
  }
  await keepBest(engine, run, step, best);
  return last;
}

/** Keeps the adapter of a run's best evaluation beside the one that it ends with. */
export function keepBest(engine: EngineState, run: RunRecord, step: number, best: AdapterTensors): Promise<void> {
  const { message: _message, ...then } = recordUntil(run, step);
  return keepOfRun(engine, { ...then, best_step: step }, best);
}

export function adapterName({ model, id, best_step }: RunRecord): string {
  const best = best_step === undefined ? '' : `, best at step ${best_step}`;
  return `${model} adapter ${id.slice(0, 8)}-${id.slice(8, 14)}${best}`;
}

export async function shelve(
  engine: EngineState,
  adapter: Omit<OpenAdapter, 'kept'>,
  tensors: AdapterTensors,
  stands: boolean,
  /** Of a checkpoint: how many of its run stay. */
  checkpoints?: number,
): Promise<{ id: string; problem?: string }> {
  const { hash, session } = engine.needModel();
  const { zip, weights, card } = packAdapter(engine, adapter, tensors);
  const { summary, run } = adapter;
  const record = {
    name: summary.name,
    origin: summary.origin,
    kept: new Date().toISOString(),
    model: { name: session.name, hash },
    hash: await sha256(weights),
    bytes: zip.byteLength,
    card,
    ...(engine.pace?.method === methodOf(run) && { tokens_per_second: engine.pace.tokens_per_second }),
    ...(run && { run: briefRun(run) }),
    ...(checkpoints !== undefined && { checkpoint: true as const }),
  };
  return engine.shelf.put(record, zip, stands, checkpoints);
}

/** An imported adapter has no run; its model's pace is that of learning from rows. */
const methodOf = (run: RunRecord | undefined): string => run?.settings.method ?? 'sft';

/** The adapter that stands for the open model; nothing where there is none. One that cannot be opened is named among the kept ones. */
export async function restoreAdapter(engine: EngineState): Promise<void> {
  const id = await engine.shelf.standing(engine.needModel().hash);
  try {
    if (id !== null) await placeKept(engine, id, { duringRun: true });
  } catch (error) {
    if (engine.lost || !(error instanceof MotherTongueError)) throw error;
    engine.unopened.set(id!, error.message);
  }
  await reportKept(engine);
}

async function placeKept(engine: EngineState, id: string, options: { duringRun?: boolean } = {}): Promise<OpenAdapter> {
  const { session } = engine.needModel();
  const { record, read } = await readKept(engine, id);
  const { name, origin, tokens_per_second } = record;
  const run = record.run && (await loggedRun(engine, record.run));
  const about = { name, origin, kept: id, ...(run && { run }) };
  const adapter = await place(engine, session, read, about, options);
  if (tokens_per_second) engine.pace = { method: methodOf(run), tokens_per_second };
  engine.unopened.delete(id);
  return adapter;
}

/** Its record and its values. */
async function readKept(engine: EngineState, id: string): Promise<{ record: ShelfRecord; read: NamedAdapter }> {
  const { record, zip } = await engine.shelf.open(id);
  const source = { kind: 'zip', name: record.name, file: new Blob([zip]) } as const;
  return { record, read: await createReading().adapter(source, adaptableWeights(engine.needModel().session.config), () => {}) };
}

/** Values of a kept adapter of the open model, to be asked beside others; it stands as little as before. */
export async function readKeptBeside(engine: EngineState, id: string): Promise<NamedAdapter> {
  await findOfModel(engine, id);
  return (await readKept(engine, id)).read;
}

/** As the library has it, up to the step of the adapter; without it, as the adapter's own record says. */
async function loggedRun(engine: EngineState, brief: RunRecord): Promise<RunRecord> {
  const whole = await engine.library.open(brief.id).catch(() => null);
  const step = brief.metrics.at(-1)?.step ?? 0;
  const { best_step } = brief;
  const { best_step: _whole, ...logged } = recordUntil(whole ?? brief, step);
  return whole && (whole.metrics.at(-1)?.step ?? 0) >= step
    ? { ...logged, phase: brief.phase, ...(best_step !== undefined && { best_step }) }
    : brief;
}

/** What lists and cards say of a run: its settings, first and last figures, and the last samples. */
function briefRun(run: RunRecord): RunRecord {
  const { metrics, evals, samples, saves: _saves, questions: _questions, ...rest } = run;
  const last = samples.at(-1)?.step;
  return {
    ...rest,
    metrics: metrics.length < 3 ? metrics : [metrics[0]!, metrics.at(-1)!],
    evals: evals.filter(({ step }, i) => step === run.best_step || i === evals.length - 1),
    samples: samples.filter(({ step }) => step === last),
  };
}

export async function importAdapter(engine: EngineState, source: AdapterSource): Promise<AdapterSummary> {
  refuseWhileEvaluating(engine, 'importing an adapter');
  await refuseElsewhere(engine);
  try {
    const { summary } = await importOnly(engine, source);
    await keep(engine);
    return summary;
  } catch (error) {
    if (engine.model && !engine.adapter) await restoreAdapter(engine); // there was no room for the other
    throw error;
  }
}

/** The run that a kept adapter came from, by its id. */
export async function isKeptRun(engine: EngineState, run: string): Promise<boolean> {
  return (await engine.shelf.list()).some(({ record }) => record?.run?.id === run && !record.checkpoint);
}

export async function removeAdapter(engine: EngineState): Promise<void> {
  refuseWhileRunning(engine, 'removing the adapter');
  await refuseElsewhere(engine);
  const { hash } = engine.needModel(); // another may be open once the answers have ended
  await takeOff(engine);
  await engine.shelf.stand(hash, null);
  await reportKept(engine);
}

/** Puts a kept adapter on the model. Where it cannot be opened, the one of before is on it as it was. */
export async function standAdapter(engine: EngineState, id: string): Promise<AdapterSummary> {
  refuseWhileRunning(engine, 'choosing another adapter');
  await refuseElsewhere(engine);
  const { hash } = engine.needModel();
  await findOfModel(engine, id);
  try {
    const adapter = await placeKept(engine, id);
    await engine.shelf.stand(hash, id);
    if (adapter.run && engine.resumable === null) engine.emit({ type: 'run', run: adapter.run });
    return adapter.summary;
  } catch (error) {
    if (error instanceof MotherTongueError) engine.unopened.set(id, error.message);
    if (engine.model && !engine.adapter) await restoreAdapter(engine);
    throw error;
  } finally {
    await reportKept(engine);
  }
}

/** The zip that was kept, with its card written for the name it has now. */
export async function exportKeptAdapter(engine: EngineState, id: string): Promise<ExportBundle> {
  const { record, zip } = await engine.shelf.open(id);
  const { name, card, run } = record;
  if (!card) return { name: zipName(name), bytes: zip };
  const files = { ...unzipSync(zip), 'README.md': strToU8(modelCard({ ...card, name, ...(run && { run }) })) };
  return { name: zipName(name), bytes: zipSync(files, { level: 1 }) as Bytes };
}

export async function renameAdapter(engine: EngineState, id: string, text: string): Promise<void> {
  await refuseElsewhere(engine);
  const name = checkedName(text);
  await engine.shelf.rename((await find(engine, id)).id, name);
  const { adapter } = engine;
  if (adapter?.kept === id) {
    engine.adapter = { ...adapter, summary: { ...adapter.summary, name } };
    engine.emit({ type: 'adapter', adapter: engine.adapter.summary });
  }
  await reportKept(engine);
}

/** The standing one is taken off its model too. It can be had back until `purgeAdapters`. */
export async function deleteAdapter(engine: EngineState, id: string): Promise<void> {
  await refuseElsewhere(engine);
  if (engine.adapter?.kept === id) {
    refuseWhileRunning(engine, 'deleting its adapter');
    await takeOff(engine);
  }
  await engine.shelf.delete(id);
  await reportKept(engine);
}

export async function undeleteAdapter(engine: EngineState, id: string): Promise<void> {
  await engine.shelf.undelete(id);
  await find(engine, id);
  const stands = engine.model && !engine.run && !engine.adapter && (await engine.shelf.standing(engine.model.hash)) === id;
  if (stands) await restoreAdapter(engine);
  else await reportKept(engine);
}

export async function purgeAdapters(engine: EngineState): Promise<void> {
  await engine.shelf.purge();
  await reportKept(engine);
}

export async function reportKept(engine: EngineState): Promise<void> {
  const entries = await engine.shelf.list();
  const adapters = entries.map((entry) => describe(engine, entry));
  const short = await shortOfStorage(engine, Math.max(engine.adapter?.summary.bytes ?? 0, adapters[0]?.bytes ?? 0));
  const leaving = await engine.shelf.leaving(engine.adapter?.summary.bytes ?? adapters[0]?.bytes ?? 0);
  engine.emit({ type: 'kept-adapters', kept: { adapters, leaving: leaving?.id ?? null, ...(short && { short }) } });
}

/** A run saves the adapter and both moments twice, and keeps the adapter at its end. */
const COPIES = 7;

/** That this browser's storage is short for a run of an adapter of so many bytes; nothing where it is not, or where the browser does not say. */
export async function shortOfStorage({ models }: EngineState, bytes: number, checkpoints = 0): Promise<string | undefined> {
  const needed = (COPIES + checkpoints) * bytes;
  const free = await models?.freeSpace(needed).catch(() => null);
  if (!free || free.available >= needed) return undefined;
  return `${formatBytes(free.available)} are free in this browser's storage, and such a run needs up to ${formatBytes(needed)} to be saved and kept; delete kept adapters or cached models, or download the adapter before you close this tab.`;
}

function describe(engine: EngineState, { id, record, name, tab_only }: ShelfEntry): KeptAdapter {
  const problem = record ? engine.unopened.get(id) : `The record of the adapter ${name} is damaged in this browser's storage; delete it.`;
  return {
    id,
    name,
    origin: record?.origin ?? 'trained',
    kept: record?.kept ?? '',
    model: record?.model.name ?? '',
    bytes: record?.bytes ?? 0,
    ...(record?.run && { trained: trainedIn(record.run) }),
    standing: engine.adapter?.kept === id,
    fits: record !== null && (!engine.model || record.model.hash === engine.model.hash),
    tab_only,
    ...(record?.checkpoint && { checkpoint: true }),
    ...(record?.run?.best_step !== undefined && { best: true }),
    ...(problem !== undefined && { problem }),
  };
}

async function find(engine: EngineState, id: string): Promise<ShelfEntry> {
  const entry = (await engine.shelf.list()).find((kept) => kept.id === id);
  if (entry) return entry;
  throw new MotherTongueError('StateError', 'This adapter is not kept any more; another tab may have deleted it.');
}

/** Refuses one of another model. */
async function findOfModel(engine: EngineState, id: string): Promise<void> {
  const { hash, session } = engine.needModel();
  const { name, record } = await find(engine, id);
  if (!record || record.model.hash === hash) return;
  const owner = record.model.name || 'another model';
  throw new MotherTongueError('AdapterError', `${name} belongs to ${owner}, and ${session.name} is open; open ${owner} first.`);
}

function refuseWhileRunning(engine: EngineState, what: string): void {
  if (engine.run) throw new MotherTongueError('StateError', `A run is under way; stop it before ${what}.`);
  refuseWhileEvaluating(engine, what);
}
