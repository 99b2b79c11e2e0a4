/** Model and adapter folders as the verbs open them: weights on the GPU, an adapter in its arena. */
import { type AdapterLayout, createAdapter, layoutAdapter, uploadAdapter } from '../engine/adapters/lora.ts';
import { type ImportedAdapter, readAdapter } from '../engine/files/adapter.ts';
import type { Directory } from '../engine/files/source.ts';
import type { BaseConfig } from '../engine/models/family.ts';
import { modelFolder } from '../engine/models/files.ts';
import { adaptableWeights } from '../engine/models/index.ts';
import { positionsOf } from '../engine/models/rope.ts';
import { openSession, type Session } from '../engine/models/session.ts';
import type { IdLimits } from './json-files.ts';
import { nodeDirectory } from './node-files.ts';
import type { Runner } from './runner.ts';

export async function openModel(runner: Runner, path: string): Promise<Session> {
  return openSession(await runner.gpu(), modelDirectory(path));
}

/** The model may lie in a folder inside `path`. A folder with a tokenizer alone stays as it is. */
export function modelDirectory(path: string): Directory {
  const directory = nodeDirectory(path);
  return directory.list().some((file) => /(?:^|\/)config\.json$/.test(file)) ? modelFolder(directory) : directory;
}

export function freeModel(session: Session): void {
  session.store.free(() => true);
}

export function limitsOf(config: BaseConfig): IdLimits {
  return { vocab_size: config.vocab_size, positions: positionsOf(config) };
}

export interface OpenAdapter extends ImportedAdapter {
  readonly layout: AdapterLayout;
}

/** For asking: parameters only. */
export async function openAdapter(session: Session, path: string): Promise<OpenAdapter> {
  const adapter = await readAdapterFolder(path, session.config);
  createAdapter(session.store, adapter.layout, { training: false });
  uploadAdapter(session.store, adapter.layout, adapter.tensors);
  return adapter;
}

/** Reads and checks; touches no GPU. */
export async function readAdapterFolder(path: string, config: BaseConfig): Promise<OpenAdapter> {
  const adapter = await readAdapter(nodeDirectory(path), adaptableWeights(config));
  return { ...adapter, layout: layoutAdapter(adapter.targets) };
}
