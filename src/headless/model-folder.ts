/** Model and adapter folders as the verbs open them: weights on the GPU, an adapter in its arena. */
import { type AdapterLayout, createAdapter, layoutAdapter, uploadAdapter } from '../engine/adapters/lora.ts';
import { type ImportedAdapter, readAdapter } from '../engine/files/adapter.ts';
import type { BaseConfig } from '../engine/models/family.ts';
import { adaptableWeights } from '../engine/models/index.ts';
import { positionsOf } from '../engine/models/rope.ts';
import { openSession, type Session } from '../engine/models/session.ts';
import type { IdLimits } from './json-files.ts';
import { nodeDirectory } from './node-files.ts';
import type { Runner } from './runner.ts';

export async function openModel(runner: Runner, path: string): Promise<Session> {
  const directory = nodeDirectory(path);
  return openSession(await runner.gpu(), directory);
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
