/**
 * The header of one safetensors file: a u64 length (little-endian), a JSON object, then the tensors' bytes.
 * Nothing in it is believed before it is checked: a file may be cut short, patched by hand, or hostile. Rules are the format's own
 * (https://github.com/huggingface/safetensors#format): header at most 100 MB, it begins with `{`, names are unique, every byte after it belongs
 * to exactly one tensor, and a tensor's bytes are shape x dtype. All findings about a file are collected, not only the first.
 */
import { shown } from '../../lib/shown.ts';
import { DTYPE_BITS, type Dtype, isDtype } from './dtypes.ts';
import { scanJson } from './json-scan.ts';
import { type ByteSource, type Bytes, IS_POINTER, LFS_POINTER } from './source.ts';

export interface TensorEntry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Path of the file that holds it. */
  readonly file: string;
  /** From the start of the file. */
  readonly offset: number;
  readonly bytes: number;
}

export interface SafetensorsHeader {
  tensors: TensorEntry[];
  metadata: Record<string, string>;
  /** What is wrong; when there is any, the tensors are not to be used. */
  problems: string[];
}

const HEADER_LIMIT = 100_000_000;

export async function readHeader(source: ByteSource): Promise<SafetensorsHeader> {
  const broken = (problem: string): SafetensorsHeader => ({ tensors: [], metadata: {}, problems: [`${source.name} ${problem}`] });
  if (source.size < 8) return broken(`has ${source.size} bytes, fewer than the 8 of a safetensors header length`);
  const prefix = await source.read(0, 8);
  if (LFS_POINTER.startsWith(new TextDecoder().decode(prefix))) return broken(IS_POINTER);
  const declared = new DataView(prefix.buffer, prefix.byteOffset, 8).getBigUint64(0, true);
  if (declared > BigInt(HEADER_LIMIT)) return broken(`announces a header of ${declared} bytes, more than the limit of ${HEADER_LIMIT}`);
  const length = Number(declared);
  if (8 + length > source.size)
    return broken(`announces a header of ${length} bytes but has only ${source.size} bytes in all; it was cut short`);
  const json = parseObject(await source.read(8, length));
  if (typeof json === 'string') return broken(json);
  return checkEntries(json, source, 8 + length);
}

/** The header's object, or what is wrong with it. */
function parseObject(bytes: Bytes): Record<string, unknown> | string {
  if (bytes[0] !== 0x7b) return 'has a header that does not begin with {; it is not a safetensors file';
  let value: unknown;
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    value = JSON.parse(text);
  } catch {
    return 'has a header that is not valid UTF-8 JSON';
  }
  const { doubledKeys: twice, tooDeep } = scanJson(text);
  if (tooDeep) return 'has a header of lists or objects too deep in each other';
  if (twice.length > 0) return `has a header that names ${twice.slice(0, 20).join(', ')} more than once`;
  return value as Record<string, unknown>; // begins with { and parsed: an object
}

function checkEntries(json: Record<string, unknown>, source: ByteSource, dataStart: number): SafetensorsHeader {
  const tensors: TensorEntry[] = [];
  const problems: string[] = [];
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(json)) {
    if (name === '__metadata__') {
      if (value === null) continue; // as the Rust library reads it
      if (isStringRecord(value)) metadata = value;
      else problems.push(`${source.name} has a __metadata__ that is not a map of strings`);
      continue;
    }
    const entry = checkEntry(name, value, source.name, dataStart);
    if (typeof entry === 'string') problems.push(`${source.name}: tensor ${name} ${entry}`);
    else tensors.push(entry);
  }
  return { tensors, metadata, problems: problems.length > 0 ? problems : checkLayout(tensors, source, dataStart) };
}

function checkEntry(name: string, value: unknown, file: string, dataStart: number): TensorEntry | string {
  if (typeof value !== 'object' || value === null) return 'is not described by an object';
  const { dtype, shape, data_offsets: offsets } = value as Record<string, unknown>;
  if (dtype === undefined) return 'has no dtype';
  if (typeof dtype !== 'string' || !isDtype(dtype)) return `has unknown dtype ${shown(dtype)}`;
  if (!isSizes(shape)) return `has a shape that is not a list of whole numbers: ${shown(shape)}`;
  if (!isSizes(offsets) || offsets.length !== 2) return `has data_offsets that are not two whole numbers: ${shown(offsets)}`;
  const [begin, end] = offsets as [number, number];
  const bits = shape.reduce((product, size) => product * size, DTYPE_BITS[dtype]);
  if (!Number.isSafeInteger(bits)) return `has a shape too large to address: ${shown(shape)}`;
  if (bits % 8 !== 0) return `has ${bits} bits, not a whole number of bytes`;
  if (end - begin !== bits / 8) return `has ${end - begin} bytes where ${dtype} [${shape.join(', ')}] needs ${bits / 8}`;
  return { name, dtype, shape, file, offset: dataStart + begin, bytes: end - begin };
}

/** Tensors must follow one another without gap or overlap from the end of the header to the end of the file. */
function checkLayout(tensors: readonly TensorEntry[], source: ByteSource, dataStart: number): string[] {
  const problems: string[] = [];
  let position = dataStart;
  for (const tensor of [...tensors].sort((a, b) => a.offset - b.offset || a.bytes - b.bytes)) {
    if (tensor.offset < position) problems.push(`${source.name}: tensor ${tensor.name} overlaps the tensor before it`);
    if (tensor.offset > position)
      problems.push(`${source.name}: there is a hole of ${tensor.offset - position} bytes before tensor ${tensor.name}`);
    position = Math.max(position, tensor.offset + tensor.bytes);
  }
  if (position > source.size) problems.push(`${source.name} has ${source.size} bytes where its header needs ${position}; it was cut short`);
  if (position < source.size) problems.push(`${source.name} has ${source.size - position} bytes after its last tensor`);
  return problems;
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function isStringRecord(value: unknown): value is Record<string, string> {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every((text) => typeof text === 'string')
  );
}
