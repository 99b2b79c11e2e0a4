/** A model's files, opened, read and checked once; what was found is handed on to whatever loads, plans, hashes or describes the model. */
import { sha256 } from '../files/hash.ts';
import { type ModelCheckpoint, openCheckpoint } from '../files/safetensors-read.ts';
import { type Directory, folderWith } from '../files/source.ts';
import { parseModelConfig, withGenerationConfig } from './config.ts';
import type { BaseConfig } from './family.ts';
import { checkTensors, type FoundTensor } from './tensors.ts';

export interface ModelFiles {
  readonly config: BaseConfig;
  readonly checkpoint: ModelCheckpoint;
  /** Every tensor of the model, in the family's order. */
  readonly tensors: readonly FoundTensor[];
  /** The text of config.json, which is part of the model's hash. */
  readonly configText: string;
}

/** The folder of the model, which may lie inside the chosen one. */
export function modelFolder(directory: Directory): Directory {
  return folderWith(directory, 'config.json', /^model(?:-.*)?\.safetensors(?:\.index\.json)?$/);
}

/** Reads config.json, generation_config.json and the headers of the weights; a model that cannot be loaded is refused here. */
export async function openModelFiles(directory: Directory): Promise<ModelFiles> {
  const configText = await directory.readText('config.json');
  const config = await withGenerationConfig(parseModelConfig(configText, directory.name), directory);
  const checkpoint = await openCheckpoint(directory);
  return { config, checkpoint, tensors: checkTensors(config, checkpoint), configText };
}

/** Tells models apart without reading gigabytes: config, tensor table, and the first bytes of every tensor. */
export async function hashModel({ configText, checkpoint }: ModelFiles): Promise<string> {
  const parts: string[] = [configText];
  for (const [name, { dtype, shape, bytes }] of [...checkpoint.tensors].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const first = await checkpoint.read(name, 0, Math.min(64, bytes));
    parts.push(`${name} ${dtype} ${shape.join('x')} ${Array.from(first).join()}`);
  }
  return sha256(parts.join('\n'));
}
