/** Model and adapter folders as the verbs open them: weights on the GPU, the tokenizer, an adapter in its arena. */
import { type AdapterLayout, createAdapter, layoutAdapter, uploadAdapter } from '../engine/adapters/lora.ts';
import { defaultIdentity } from '../engine/chat/identity.ts';
import { type ImportedAdapter, readAdapter } from '../engine/files/adapter.ts';
import type { Directory } from '../engine/files/source.ts';
import type { ModelConfig } from '../engine/models/config.ts';
import { adaptableWeights } from '../engine/models/gpt-oss-weights.ts';
import { positionsOf } from '../engine/models/load.ts';
import { openSession, type Session } from '../engine/models/session.ts';
import { Tokenizer } from '../engine/tokens/tokenizer.ts';
import { MotherTongueError } from '../lib/errors.ts';
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

export function limitsOf(config: ModelConfig): IdLimits {
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
export async function readAdapterFolder(path: string, config: ModelConfig): Promise<OpenAdapter> {
  const adapter = await readAdapter(nodeDirectory(path), adaptableWeights(config));
  return { ...adapter, layout: layoutAdapter(adapter.targets) };
}

export interface Words {
  readonly tokenizer: Tokenizer;
  /** How the model's own chat template introduces it. */
  readonly model_identity: string;
}

export async function readWords(path: string): Promise<Words> {
  const directory = nodeDirectory(path);
  const tokenizer = await readOptional(directory, 'tokenizer.json');
  if (tokenizer === undefined) {
    throw new MotherTongueError('ModelError', `${path} has no tokenizer.json; add the file from the model's repository.`);
  }
  const config = await readOptional(directory, 'tokenizer_config.json');
  const generation = await readOptional(directory, 'generation_config.json');
  const template = directory.list().includes('chat_template.jinja') ? await directory.readText('chat_template.jinja') : templateIn(config);
  return { tokenizer: new Tokenizer({ tokenizer, config, generation }), model_identity: defaultIdentity(template) };
}

async function readOptional(directory: Directory, path: string): Promise<unknown> {
  if (!directory.list().includes(path)) return undefined;
  try {
    return JSON.parse(await directory.readText(path));
  } catch {
    throw new MotherTongueError('FileError', `${path} of ${directory.name} is not valid JSON; download it again.`);
  }
}

function templateIn(config: unknown): string | undefined {
  const template = (config as { chat_template?: unknown } | undefined)?.chat_template;
  return typeof template === 'string' ? template : undefined;
}
