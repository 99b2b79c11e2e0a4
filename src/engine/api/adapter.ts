/** The adapter on the GPU, and as a thing to take along: export and import. What is kept of it is kept-adapters.ts. */
import { strToU8, zipSync } from 'fflate';
import { MotherTongueError } from '../../lib/errors.ts';
import type { AdapterSource, ExportBundle } from '../../protocol/engine.ts';
import { type AdapterSummary, BUNDLED_MODELS, type TrainedIn } from '../../protocol/model.ts';
import type { LoraSettings, RunRecord } from '../../protocol/training.ts';
import { freeJoined } from '../adapters/joined.ts';
import { type AdapterLayout, createAdapter, downloadAdapter, freeAdapter, layoutAdapter, uploadAdapter } from '../adapters/lora.ts';
import { targetNames } from '../files/adaptable.ts';
import { exportAdapter as toPeft } from '../files/adapter.ts';
import type { AdapterTensors } from '../files/adapter-plan.ts';
import { type CardFacts, modelCard } from '../files/model-card.ts';
import type { Bytes } from '../files/source.ts';
import { adaptableWeights } from '../models/index.ts';
import type { Session } from '../models/session.ts';
import type { EngineState, OpenAdapter } from './engine-state.ts';
import { asMemoryError } from './memory-error.ts';
import { type NamedAdapter, readForeign } from './reading.ts';

export async function exportAdapter(engine: EngineState): Promise<ExportBundle> {
  const { adapter } = engine;
  if (!adapter) throw new MotherTongueError('StateError', 'There is no adapter to export; train one first.');
  const { zip } = packAdapter(engine, adapter, await downloadAdapter(engine.needModel().session.store, adapter.layout));
  return { name: zipName(adapter.summary.name), bytes: zip };
}

/** An adapter as it is exported and kept. */
export interface PackedAdapter {
  readonly zip: Bytes;
  /** Bytes of adapter_model.safetensors. */
  readonly weights: Bytes;
  readonly card: Omit<CardFacts, 'name' | 'run'>;
}

export function packAdapter(
  engine: EngineState,
  { layout, settings, summary, run }: Omit<OpenAdapter, 'kept'>,
  tensors: AdapterTensors,
): PackedAdapter {
  const { quant_method } = engine.needModel().session;
  const base_model = summary.base_model ?? baseOf(engine);
  const { configJson, safetensors } = toPeft(layout.targets, tensors, settings, base_model);
  const card = { base_model, quant_method, lora: settings, modules: summary.target_modules, parameters: summary.parameters };
  const files: Record<string, Uint8Array> = {
    'adapter_model.safetensors': safetensors,
    'adapter_config.json': strToU8(configJson),
    'README.md': strToU8(modelCard({ ...card, name: summary.name, ...(run && { run }) })),
  };
  if (run) {
    files['log.jsonl'] = strToU8(logLines(run));
    files['settings.json'] = strToU8(`${JSON.stringify(run.settings, null, 2)}\n`);
  }
  return { zip: zipSync(files, { level: 1 }) as Bytes, weights: safetensors, card };
}

/** One object a line, by TRL's names: steps, evaluations, probes, in the order of steps. */
function logLines({ metrics, evals, samples }: RunRecord): string {
  const lines = [...metrics, ...evals, ...samples].sort((a, b) => a.step - b.step);
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

/** In place of the adapter that was there, which is kept. */
export async function importAdapter(engine: EngineState, source: AdapterSource): Promise<OpenAdapter> {
  if (engine.run) throw new MotherTongueError('StateError', 'A run is under way; stop it before importing an adapter.');
  const { session } = engine.needModel();
  const label = `${source.kind === 'zip' ? 'Unpacking' : 'Reading'} ${source.name}`;
  return engine.task('adapter', label, 'bytes', async (signal, progress) => {
    const weights = adaptableWeights(session.config);
    const read = await readForeign(engine.places, label, signal, (reading) => reading.adapter(source, weights, progress));
    return place(engine, session, read, { origin: 'imported' });
  });
}

/** Puts an adapter on the GPU in place of the one that was there. `duringRun`: it is the run that gives its place back. */
export async function place(
  engine: EngineState,
  session: Session,
  read: NamedAdapter,
  about: Omit<AboutAdapter, 'base_model'>,
  { duringRun = false } = {},
): Promise<OpenAdapter> {
  const layout = layoutAdapter(read.targets);
  const release = await engine.lock();
  try {
    if (engine.run && !duringRun)
      throw new MotherTongueError('StateError', 'A run began while the adapter was being read; import it when that is over.');
    if (engine.model?.session !== session)
      throw new MotherTongueError('StateError', 'Another model was opened while the adapter was being read; import it again.');
    await putOnGpu(engine, layout, read.tensors);
  } finally {
    release();
  }
  const name = about.name ?? read.name.replace(/\.zip(?=$| \()/i, '');
  return setAdapter(engine, layout, read.settings, { ...about, name, base_model: read.base_model });
}

/** Replaces what was there; call in turn. Where there is no room, there is no adapter afterwards. */
export async function putOnGpu(engine: EngineState, layout: AdapterLayout, tensors: AdapterTensors): Promise<void> {
  const { store } = engine.needModel().session;
  dropAdapter(engine);
  try {
    createAdapter(store, layout, { training: false });
    await store.gpu.allocated();
    uploadAdapter(store, layout, tensors);
  } catch (error) {
    freeAdapter(store);
    throw asMemoryError(error, 'Placing the adapter', 'load a model anew to free what is left over, or train with a smaller r');
  }
}

/** Takes the adapter off the GPU. */
export function dropAdapter(engine: EngineState): void {
  const { session, generator } = engine.needModel();
  generator.free(); // its programs bind the old arena
  freeJoined(session.store);
  engine.joined = null;
  freeAdapter(session.store);
  engine.adapter = null;
  engine.emit({ type: 'adapter', adapter: null });
}

/** Takes the adapter off the GPU in turn: answers that are being written with it end first. Not one that came in its place meanwhile. */
export async function takeOff(engine: EngineState): Promise<void> {
  const { adapter } = engine;
  const release = await engine.lock();
  try {
    if (engine.adapter?.layout === adapter?.layout) dropAdapter(engine);
  } finally {
    release();
  }
}

/** What an adapter is called and where it comes from. */
export interface AboutAdapter {
  readonly name?: string;
  readonly origin: AdapterSummary['origin'];
  readonly base_model: string | null;
  readonly run?: RunRecord;
  /** Its id among the kept ones. */
  readonly kept?: string;
}

export function summariseAdapter(
  layout: AdapterLayout,
  settings: LoraSettings,
  { name = 'adapter', origin, base_model, run }: AboutAdapter,
): AdapterSummary {
  const { modules, parameters } = targetNames(layout.targets);
  return {
    name,
    origin,
    r: settings.r,
    lora_alpha: settings.lora_alpha,
    target_modules: modules,
    target_parameters: parameters,
    parameters: layout.parameters,
    bytes: layout.parameters * 4,
    base_model,
    ...(run && { trained: trainedIn(run) }),
  };
}

export function setAdapter(engine: EngineState, layout: AdapterLayout, settings: LoraSettings, about: AboutAdapter): OpenAdapter {
  const summary = summariseAdapter(layout, settings, about);
  const { run, kept = null } = about;
  engine.adapter = { layout, settings, summary, kept, ...(run && { run }) };
  engine.emit({ type: 'adapter', adapter: summary });
  engine.reportMemory();
  return engine.adapter;
}

export function trainedIn({ id, dataset, metrics, total_steps, samples, settings }: RunRecord): TrainedIn {
  const [first, last] = [metrics[0], metrics.at(-1)];
  return {
    run: id,
    dataset,
    steps: last?.step ?? 0,
    total_steps,
    loss: first && last ? [first.loss, last.loss] : null,
    languages: new Set(samples.map(({ language }) => language)).size || settings.adherence_languages.length,
  };
}

/** What an adapter trained now names as its base: a repository, or a folder. */
export function baseOf(engine: EngineState): string {
  const { source } = engine;
  return source?.kind === 'bundled' ? BUNDLED_MODELS[source.model ?? 'mini'].folder : engine.needModel().session.name;
}

export function zipName(name: string): string {
  return `${fileName(name)}.zip`;
}

/** A name that every system takes for a file. */
export function fileName(name: string): string {
  return name.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[-.]+|-+$/g, '') || 'adapter';
}
