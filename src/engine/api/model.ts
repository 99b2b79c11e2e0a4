/** Loading a model: bundled, or a folder of the user's; tokenizer, weights, and what the page says about it. */

import { throwIfCancelled } from '../../lib/cancel.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import { BUNDLED_MODELS, type BundledName, type ModelSource, type ModelSummary } from '../../protocol/model.ts';
import { freeAdapter } from '../adapters/lora.ts';
import { settingLimits } from '../adapters/setting-limits.ts';
import { openText } from '../chat/open-text.ts';
import { type Bytes, bytesDirectory, type Directory, folderDirectory } from '../files/source.ts';
import { Generator } from '../generate/generator.ts';
import type { Gpu } from '../gpu/device.ts';
import { hashModel, type ModelFiles, modelFolder, openModelFiles } from '../models/files.ts';
import { positionsOf } from '../models/rope.ts';
import { loadSession } from '../models/session.ts';
import type { EngineState, ModelText } from './engine-state.ts';
import { hubDirectory } from './hub.ts';
import { restoreAdapter } from './kept-adapters.ts';
import { listRuns } from './kept-runs.ts';
import { asMemoryError } from './memory-error.ts';
import { summarise } from './model-summary.ts';
import { readOwnSettings } from './own-settings.ts';
import { readForeign, textFiles } from './reading.ts';
import { offerInterrupted } from './saving.ts';
import { refuseWhileEvaluating } from './training-lock.ts';

/** Weights of this many bytes are not kept while others of this many are loaded. */
const LARGE = 2 ** 30;
/** Everything of a bundled model but its README. */
export const BUNDLED_FILES = [
  'chat_template.jinja',
  'config.json',
  'generation_config.json',
  'model.safetensors',
  'settings.json',
  'tokenizer.json',
  'tokenizer_config.json',
];

/**
 * Without a GPU the model's text part (tokenizer, template, sizes) is still opened, so that data can be looked at; whatever needs the GPU
 * says so when it is asked for. A failed load leaves what was there, unless both models are large: few GPUs have room for two.
 * `again`: for a reopened GPU that has no model yet. A model that is being fetched meanwhile goes on, and stays if it is there first.
 */
export async function loadModel(engine: EngineState, source: ModelSource, { again = false } = {}): Promise<ModelSummary> {
  if (engine.run) throw new MotherTongueError('StateError', 'A run is under way; stop it before loading another model.');
  refuseWhileEvaluating(engine, 'loading another model');
  engine.throwLost();
  return engine
    .task(again && engine.isAt('model') ? 'model-again' : 'model', 'Loading the model', 'bytes', async (signal, progress) => {
      const directory = await directoryOf(engine, source, signal, progress);
      const { text, summary, opened } = await openModel(engine, directory, { kind: source.kind, again }, signal, progress).catch(
        (error: unknown) => {
          directory.close?.();
          throw error;
        },
      );
      if (!opened) {
        directory.close?.();
        return summary;
      }
      engine.directory?.close?.();
      engine.directory = directory;
      engine.text = text;
      engine.source = source;
      engine.emit({ type: 'model', model: summary });
      engine.reportMemory();
      if (engine.model) {
        await restoreAdapter(engine);
        if (engine.adapter?.run) engine.emit({ type: 'run', run: engine.adapter.run });
        await offerInterrupted(engine);
      }
      await listRuns(engine);
      return summary;
    })
    .catch((error: unknown) => {
      if (engine.lost) engine.source = source; // asked for last, so it is what a reopened GPU gets
      throw asMemoryError(error, 'Loading the model', 'close other pages and programs that use memory, or choose a smaller model');
    });
}

async function openModel(
  engine: EngineState,
  directory: Directory,
  { kind, again }: { kind: ModelSource['kind']; again: boolean },
  signal: AbortSignal,
  progress: (done: number, total: number, label?: string) => void,
): Promise<{ text: ModelText; summary: ModelSummary; opened: boolean }> {
  const files = await openModelFiles(directory);
  const label = `Opening the tokenizer of ${directory.name}`;
  progress(0, 0, label);
  // Of the bundled model it is known what it is.
  if (kind !== 'bundled' && engine.places.readingWorker) {
    const foreign = await textFiles(directory);
    await readForeign(engine.places, label, signal, (reading) => reading.text(directory.name, foreign));
  }
  const own = await readOwnSettings(directory, settingLimits(files.config));
  const chat = await openText(directory, engine.places.runTemplates, files.config.vocab_size);
  const text = { ...chat, questions: own.questions, positions: positionsOf(files.config) };
  const { format } = chat;
  const thinking = format.switchesThinking ? 'switch' : format.keepsThinking('hf') ? 'always' : 'none';
  const summary: ModelSummary = { ...summarise(files, kind, own), templates: [...format.templates], thinking };
  const found = { files, hash: await hashModel(files), weights: summary.bytes };
  engine.throwLost(); // the device may have gone while files were fetched
  const opened = !engine.gpu || (await openOnGpu(engine, engine.gpu, text, { ...found, again }, signal, progress));
  return { text, summary, opened };
}

function directoryOf(
  engine: EngineState,
  source: ModelSource,
  signal: AbortSignal,
  progress: (done: number, total: number, label?: string) => void,
): Promise<Directory> | Directory {
  switch (source.kind) {
    case 'bundled':
      return bundledDirectory(source.model ?? 'mini', signal, progress);
    case 'folder':
      return modelFolder(folderDirectory(source.name, source.files));
    case 'hub':
      return hubDirectory(engine, source, signal, progress);
  }
}

/** False where `again` comes too late. */
async function openOnGpu(
  engine: EngineState,
  gpu: Gpu,
  text: ModelText,
  { files, hash, weights, again }: { files: ModelFiles; hash: string; weights: number; again: boolean },
  signal: AbortSignal,
  onProgress: (done: number, total: number) => void,
): Promise<boolean> {
  const release = await engine.lock();
  try {
    throwIfCancelled(signal, 'Loading the model');
    if (again && engine.model) return false;
    if (engine.run) {
      throw new MotherTongueError(
        'StateError',
        'A run began while the model was being opened; stop it or let it end, then open the model again.',
      );
    }
    refuseWhileEvaluating(engine, 'loading another model'); // begun while its files were read
    if (engine.model && engine.model.session.store.bytes('weights') > LARGE && weights > LARGE) {
      closeModel(engine);
      engine.emit({ type: 'model', model: null });
    }
    const session = await loadSession(gpu, files, { signal, onProgress });
    engine.throwLost();
    closeModel(engine);
    engine.model = { ...text, session, generator: new Generator(session), hash };
    return true;
  } finally {
    release();
  }
}

function closeModel(engine: EngineState): void {
  if (!engine.model) return;
  engine.model.generator.free();
  freeAdapter(engine.model.session.store);
  engine.model.session.store.free(() => true);
  engine.model = null;
  engine.adapter = null;
  engine.emit({ type: 'adapter', adapter: null });
  engine.emit({ type: 'run', run: null });
}

async function bundledDirectory(
  model: BundledName,
  signal: AbortSignal,
  progress: (done: number, total: number) => void,
): Promise<Directory> {
  const { name: called, path } = BUNDLED_MODELS[model];
  const files = new Map<string, Bytes>();
  let done = 0;
  for (const name of BUNDLED_FILES) {
    throwIfCancelled(signal, 'Loading the bundled model');
    files.set(name, await fetchBundled(path + name, signal));
    done += files.get(name)!.length;
    progress(done, 0);
  }
  return bytesDirectory(called, files);
}

/** A file that is served beside the page. */
export async function fetchBundled(path: string, signal?: AbortSignal): Promise<Bytes> {
  // A build has a relative base and the worker's script lies in assets/; the development server has the base '/'.
  const base = import.meta.env.BASE_URL === './' ? '../' : import.meta.env.BASE_URL;
  const url = new URL(path, new URL(base, self.location.href));
  const response = await fetch(url, signal ? { signal } : {}).catch(() => null);
  throwIfCancelled(signal, `Fetching ${url.pathname}`);
  if (!response)
    throw new MotherTongueError('FileError', `${url.pathname} could not be fetched; check that the server of this page still runs.`);
  if (!response.ok)
    throw new MotherTongueError(
      'FileError',
      `${url.pathname} is missing on this server (status ${response.status}); build the page again.`,
    );
  return new Uint8Array(await response.arrayBuffer());
}
