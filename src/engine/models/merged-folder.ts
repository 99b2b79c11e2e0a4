/**
 * The folder of a merged model as transformers loads it: weights in shards of at most 5 GB, config.json, and the tokenizer and generation files
 * of the base, byte for byte. Sizes are known before anything is computed; the bytes come as streams.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import { jsonText } from '../../lib/json-text.ts';
import type { FloatDtype } from '../files/dtypes.ts';
import { safetensorsHead } from '../files/safetensors-write.ts';
import type { ByteSource, Bytes, Directory } from '../files/source.ts';
import { type MergedTensor, type MergeInput, mergedTensors, tensorBytes } from './merge.ts';

/** max_shard_size of transformers' save_pretrained up to its version 4; the Hub and its clients resume whole files. */
const SHARD_BYTES = 5e9;
const COPIED = 2 ** 22;

export interface StreamedFile {
  readonly path: string;
  readonly bytes: number;
  content(signal?: AbortSignal): AsyncIterable<Bytes>;
}

export interface MergedFolder {
  readonly files: readonly StreamedFile[];
  readonly bytes: number;
  readonly tensors: readonly MergedTensor[];
}

/** What belongs to a model beside its config and weights: tokenizer, chat template, generation settings, and the terms it comes under. */
const COMPANIONS =
  /^(?:tokenizer[^/]*|special_tokens_map\.json|added_tokens\.json|vocab\.(?:json|txt)|merges\.txt|[^/]*\.(?:model|tiktoken)|chat_template[^/]*|(?:additional_)?chat_templates\/[^/]+\.jinja|generation_config\.json|(?:LICEN[CS]E|NOTICE|USE_POLICY)[^/]*)$/i;

/** `directory` is the model's folder; `files` was opened from it. */
export function mergedFolder(
  directory: Directory,
  input: MergeInput & { readonly configText: string },
  shardBytes = SHARD_BYTES,
): MergedFolder {
  const tensors = mergedTensors(input);
  const weights = shards(tensors, shardBytes);
  const config = textFile('config.json', mergedConfig(input.configText, directory.name, tensors, input.dtype));
  const companions = directory
    .list()
    .filter((path) => COMPANIONS.test(path))
    .map((path) => copied(directory.open(path)));
  const files = [config, ...companions, ...weights];
  return { files, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0), tensors };
}

/** The base's config.json with the dtype that is written, and without a quantisation that is gone. */
function mergedConfig(text: string, name: string, tensors: readonly MergedTensor[], dtype: FloatDtype | null): string {
  const config: unknown = JSON.parse(text);
  if (typeof config !== 'object' || config === null) throw new MotherTongueError('ModelError', `config.json of ${name} is not an object.`);
  const merged: Record<string, unknown> = { ...config };
  const unpacked = !tensors.some(({ dtype: of }) => of === 'U8');
  if (unpacked) delete merged.quantization_config;
  if (dtype !== null) for (const key of ['dtype', 'torch_dtype']) if (key in merged) merged[key] = TORCH[dtype];
  if (dtype !== null && !('dtype' in merged || 'torch_dtype' in merged)) merged.dtype = TORCH[dtype];
  return `${jsonText(merged)}\n`;
}

const TORCH: Record<FloatDtype, string> = { F32: 'float32', BF16: 'bfloat16', F16: 'float16' };

/** One model.safetensors, or shards and their index; tensors in the model's order, none of them split. */
function shards(tensors: readonly MergedTensor[], limit: number): StreamedFile[] {
  const groups: MergedTensor[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const tensor of tensors) {
    if (size + tensor.bytes > limit) {
      groups.push([]);
      size = 0;
    }
    groups.at(-1)!.push(tensor);
    size += tensor.bytes;
  }
  if (groups.length === 1) return [weightFile('model.safetensors', groups[0]!)];
  const of = String(groups.length).padStart(5, '0');
  const pathOf = (i: number): string => `model-${String(i + 1).padStart(5, '0')}-of-${of}.safetensors`;
  const weightMap = Object.fromEntries(groups.flatMap((group, i) => group.map(({ name }) => [name, pathOf(i)])));
  const total_size = tensors.reduce((sum, { bytes }) => sum + bytes, 0);
  const index = textFile('model.safetensors.index.json', `${jsonText({ metadata: { total_size }, weight_map: weightMap })}\n`);
  return [...groups.map((group, i) => weightFile(pathOf(i), group)), index];
}

function weightFile(path: string, tensors: readonly MergedTensor[]): StreamedFile {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const { head, order, bytes } = safetensorsHead(byName);
  return {
    path,
    bytes,
    content: async function* (signal) {
      yield head;
      for (const name of order) yield* tensorBytes(byName.get(name)!, signal);
    },
  };
}

function textFile(path: string, text: string): StreamedFile {
  const bytes = new TextEncoder().encode(text);
  return {
    path,
    bytes: bytes.byteLength,
    content: async function* () {
      yield bytes;
    },
  };
}

function copied(source: ByteSource): StreamedFile {
  return {
    path: source.name,
    bytes: source.size,
    content: async function* () {
      for (let at = 0; at < source.size; at += COPIED) yield await source.read(at, Math.min(COPIED, source.size - at));
    },
  };
}
