/**
 * A checkpoint: tensors by name over one safetensors file, or over many by an index (`weight_map`: tensor -> file). Opening reads headers
 * only; a tensor's bytes, or any range of them, are read when asked for. Every problem of every file is reported in one FileError.
 * Which names and shapes a model needs is the model's business (models/), not this file's.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import { ggufSentence } from '../../lib/gguf.ts';
import { throwProblems } from '../../lib/problems.ts';
import { shown } from '../../lib/shown.ts';
import { decodeFloats } from './dtypes.ts';
import { readHeader, type TensorEntry } from './safetensors-header.ts';
import type { Bytes, Directory } from './source.ts';

export type { TensorEntry } from './safetensors-header.ts';

export interface ModelCheckpoint {
  /** For messages: the directory's name. */
  readonly name: string;
  readonly tensors: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Bytes of a tensor as they lie in the file; `start` and `length` in bytes, default all. */
  read(tensor: string, start?: number, length?: number): Promise<Bytes>;
  /** A whole F32, BF16 or F16 tensor as f32. */
  readFloats(tensor: string): Promise<Float32Array<ArrayBuffer>>;
}

const MEND = 'Download the file again.';

/** Opens `{base}.safetensors`, or the files of `{base}.safetensors.index.json`; base is `model` for models and `adapter_model` for adapters. */
export async function openCheckpoint(directory: Directory, base = 'model'): Promise<ModelCheckpoint> {
  const paths = new Set(directory.list());
  const single = `${base}.safetensors`;
  const index = `${base}.safetensors.index.json`;
  if (paths.has(single)) return openFiles(directory, [single], null);
  if (paths.has(index)) {
    const weightMap = await readIndex(directory, index);
    return openFiles(directory, [...new Set(weightMap.values())], weightMap);
  }
  const gguf = ggufSentence([...paths]);
  if (gguf) throw new MotherTongueError('FileError', gguf);
  const pickled = [...paths].find((path) => path === `${base}.bin` || path === 'pytorch_model.bin');
  const found = pickled
    ? `; ${pickled} is a pickle, which is not read because it can run code: save it as safetensors`
    : '; choose the folder that holds it';
  throw new MotherTongueError('FileError', `${directory.name} has neither ${single} nor ${index}${found}.`);
}

async function readIndex(directory: Directory, path: string): Promise<Map<string, string>> {
  let json: unknown;
  const text = await directory.readText(path);
  try {
    json = JSON.parse(text);
  } catch {
    throw new MotherTongueError('FileError', `${path} is not valid JSON. ${MEND}`);
  }
  const weightMap = (json as { weight_map?: unknown } | null)?.weight_map;
  if (typeof weightMap !== 'object' || weightMap === null || Array.isArray(weightMap)) {
    throw new MotherTongueError('FileError', `${path} has no weight_map from tensors to files. ${MEND}`);
  }
  const present = new Set(directory.list());
  const entries = Object.entries(weightMap as Record<string, unknown>);
  const named = [...new Set(entries.map(([, file]) => file))];
  const missing = named
    .filter((file) => typeof file !== 'string' || !present.has(file))
    .map((file) => `${shown(file)} is not in the folder`);
  throwProblems('FileError', `${path} names files that are missing`, missing, 'Put all shards in the same folder.');
  return new Map(entries as [string, string][]);
}

async function openFiles(
  directory: Directory,
  files: readonly string[],
  weightMap: ReadonlyMap<string, string> | null,
): Promise<ModelCheckpoint> {
  const problems: string[] = [];
  const tensors = new Map<string, TensorEntry>();
  const metadata: Record<string, string> = {};
  for (const file of files) {
    const header = await readHeader(directory.open(file));
    for (const problem of header.problems) problems.push(problem);
    Object.assign(metadata, header.metadata);
    if (header.problems.length > 0) continue;
    const held = new Map(header.tensors.map((tensor) => [tensor.name, tensor]));
    for (const tensor of held.values()) {
      if (weightMap === null || weightMap.get(tensor.name) === file) tensors.set(tensor.name, tensor);
    }
    for (const [name, mapped] of weightMap ?? []) {
      if (mapped === file && !held.has(name)) problems.push(`${file} lacks tensor ${name}, which the index places there`);
    }
  }
  throwProblems('FileError', `${directory.name} cannot be read`, problems, MEND);
  return createCheckpoint(directory, tensors, metadata);
}

function createCheckpoint(
  directory: Directory,
  tensors: ReadonlyMap<string, TensorEntry>,
  metadata: Record<string, string>,
): ModelCheckpoint {
  const entryOf = (name: string): TensorEntry => {
    const entry = tensors.get(name);
    if (!entry) throw new MotherTongueError('FileError', `${directory.name} has no tensor ${name}.`);
    return entry;
  };
  const read = async (name: string, start = 0, length?: number): Promise<Bytes> => {
    const entry = entryOf(name);
    const count = length ?? entry.bytes - start;
    if (start < 0 || count < 0 || start + count > entry.bytes) {
      throw new RangeError(`Tensor ${name} has ${entry.bytes} bytes; bytes ${start} to ${start + count} were asked for.`);
    }
    return directory.open(entry.file).read(entry.offset + start, count);
  };
  return {
    name: directory.name,
    tensors,
    metadata,
    read,
    readFloats: async (name) => decodeFloats(name, entryOf(name).dtype, await read(name)),
  };
}
