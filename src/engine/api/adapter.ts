/** The adapter as a thing to take along: export, import, removal, and keeping it over a reload. */
import { strToU8, zipSync } from 'fflate';
import { MotherTongueError } from '../../lib/errors.ts';
import type { AdapterSource, ExportBundle } from '../../protocol/engine.ts';
import type { AdapterSummary } from '../../protocol/model.ts';
import { currentRun } from '../../protocol/saved.ts';
import type { LoraSettings, RunRecord } from '../../protocol/training.ts';
import { type AdapterLayout, createAdapter, downloadAdapter, freeAdapter, layoutAdapter, uploadAdapter } from '../adapters/lora.ts';
import { targetNames } from '../files/adaptable.ts';
import { exportAdapter as toPeft } from '../files/adapter.ts';
import type { AdapterTensors } from '../files/adapter-plan.ts';
import { modelCard } from '../files/model-card.ts';
import { deleteSnapshots, loadSnapshot, peekSnapshot, type SnapshotKey, saveSnapshot } from '../files/snapshots.ts';
import type { Bytes } from '../files/source.ts';
import { adaptableWeights } from '../models/index.ts';
import type { Session } from '../models/session.ts';
import type { EngineState, OpenAdapter } from './engine-state.ts';
import { asMemoryError } from './memory-error.ts';
import { createReading, type NamedAdapter, readForeign } from './reading.ts';

export async function exportAdapter(engine: EngineState): Promise<ExportBundle> {
  const { adapter } = engine;
  if (!adapter) throw new MotherTongueError('StateError', 'There is no adapter to export; train one first.');
  return { name: `${fileName(adapter.summary.name)}.zip`, bytes: await bundle(engine, adapter) };
}

async function bundle(engine: EngineState, { layout, settings, summary, run }: OpenAdapter): Promise<Bytes> {
  const { store, name, quant_method } = engine.needModel().session;
  const tensors = await downloadAdapter(store, layout);
  const { configJson, safetensors } = toPeft(layout.targets, tensors, settings, summary.base_model ?? name);
  const card = modelCard({
    name: summary.name,
    base_model: summary.base_model ?? name,
    quant_method,
    lora: settings,
    modules: summary.target_modules,
    parameters: summary.parameters,
    ...(run && { run }),
  });
  const files: Record<string, Uint8Array> = {
    'adapter_model.safetensors': safetensors,
    'adapter_config.json': strToU8(configJson),
    'README.md': strToU8(card),
  };
  if (run) {
    files['log.jsonl'] = strToU8(logLines(run));
    files['settings.json'] = strToU8(`${JSON.stringify(run.settings, null, 2)}\n`);
  }
  return zipSync(files, { level: 1 }) as Bytes;
}

/** One object a line, by TRL's names: steps, evaluations, probes, in the order of steps. */
function logLines({ metrics, evals, samples }: RunRecord): string {
  const lines = [...metrics, ...evals, ...samples].sort((a, b) => a.step - b.step);
  return lines.map((line) => `${JSON.stringify(line)}\n`).join('');
}

export async function importAdapter(engine: EngineState, source: AdapterSource): Promise<AdapterSummary> {
  if (engine.run) throw new MotherTongueError('StateError', 'A run is under way; stop it before importing an adapter.');
  const { session } = engine.needModel();
  const label = `${source.kind === 'zip' ? 'Unpacking' : 'Reading'} ${source.name}`;
  return engine.task('adapter', label, 'bytes', async (signal, progress) => {
    const weights = adaptableWeights(session.config);
    const read = await readForeign(engine.places, label, signal, (reading) => reading.adapter(source, weights, progress));
    const adapter = await place(engine, session, read, 'imported');
    await keep(engine);
    return adapter.summary;
  });
}

/** Puts an adapter on the GPU in place of the one that was there. */
async function place(
  engine: EngineState,
  session: Session,
  read: NamedAdapter,
  origin: AdapterSummary['origin'],
  run?: RunRecord,
): Promise<OpenAdapter> {
  const layout = layoutAdapter(read.targets);
  const name = read.name.replace(/\.zip(?=$| \()/i, '');
  const release = await engine.lock();
  try {
    if (engine.run) throw new MotherTongueError('StateError', 'A run began while the adapter was being read; import it when that is over.');
    if (engine.model?.session !== session)
      throw new MotherTongueError('StateError', 'Another model was opened while the adapter was being read; import it again.');
    await putOnGpu(engine, layout, read.tensors);
  } finally {
    release();
  }
  return setAdapter(engine, layout, read.settings, name, origin, read.base_model, run);
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
  freeAdapter(session.store);
  engine.adapter = null;
  engine.emit({ type: 'adapter', adapter: null });
}

export function setAdapter(
  engine: EngineState,
  layout: AdapterLayout,
  settings: LoraSettings,
  name: string,
  origin: AdapterSummary['origin'],
  base_model: string | null,
  run?: RunRecord,
): OpenAdapter {
  const { modules, parameters } = targetNames(layout.targets);
  const summary: AdapterSummary = {
    name,
    origin,
    r: settings.r,
    lora_alpha: settings.lora_alpha,
    target_modules: modules,
    target_parameters: parameters,
    parameters: layout.parameters,
    bytes: layout.parameters * 4,
    base_model,
  };
  engine.adapter = { layout, settings, summary, ...(run && { run }) };
  engine.emit({ type: 'adapter', adapter: summary });
  engine.reportMemory();
  return engine.adapter;
}

export async function removeAdapter(engine: EngineState): Promise<void> {
  if (engine.run) throw new MotherTongueError('StateError', 'A run is under way; stop it before removing the adapter.');
  dropAdapter(engine);
  await deleteSnapshots(engine.files, keyOf(engine));
}

interface Kept {
  tokens_per_second?: number;
  name: string;
  origin: AdapterSummary['origin'];
  run?: RunRecord;
}

/** One adapter is kept for each model. */
function keyOf(engine: EngineState): SnapshotKey {
  return { id: `adapter-${engine.needModel().hash}`, kind: 'zip' };
}

/** Writes the adapter where a reload finds it. */
export async function keep(engine: EngineState): Promise<void> {
  const { adapter, files } = engine;
  if (!adapter) return;
  const { summary, run } = adapter;
  const kept: Kept = { name: summary.name, origin: summary.origin, tokens_per_second: engine.tokensPerSecond, ...(run && { run }) };
  const zip = await bundle(engine, adapter);
  await saveSnapshot(files, keyOf(engine), { bytes: zip.byteLength, parts: [zip] }, kept);
}

/** The run that the kept adapter came from, by its id. */
export async function keptRun(engine: EngineState): Promise<string | undefined> {
  return (await peekSnapshot<Kept>(engine.files, keyOf(engine)))?.run?.id;
}

/** The adapter that was kept for the open model; nothing where there is none. */
export async function restoreAdapter(engine: EngineState): Promise<void> {
  const found = await loadSnapshot<Kept>(engine.files, keyOf(engine));
  if (!found) return;
  const { name, origin, run, tokens_per_second = 0 } = found.state;
  engine.tokensPerSecond = tokens_per_second;
  const { session } = engine.needModel();
  const file = new Blob([found.data]);
  const read = await createReading().adapter({ kind: 'zip', name, file }, adaptableWeights(session.config), () => {});
  await place(engine, session, read, origin, run && currentRun(run));
}

/** A name that every system takes for a file. */
export function fileName(name: string): string {
  return name.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[-.]+|-+$/g, '') || 'adapter';
}
