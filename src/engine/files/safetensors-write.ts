/**
 * Writes a safetensors file: tensors by falling element size and then by name, as the Python library orders them, so that equal contents give
 * equal bytes; the header is padded with spaces so that data begins at a multiple of 8. Whole in memory, or as parts that are views of the
 * tensors (a checkpoint of a run has three arenas), or as the head alone, when the tensors' bytes follow as a stream (a merged model).
 */
import { DTYPE_BITS, type Dtype } from './dtypes.ts';
import type { Bytes } from './source.ts';

export interface TensorData {
  dtype: Dtype;
  shape: readonly number[];
  /** Little-endian elements, exactly shape x dtype. */
  data: ArrayBufferView<ArrayBuffer>;
}

/** `{"format":"pt"}` is what transformers and PEFT expect to find. */
const PT_METADATA: Readonly<Record<string, string>> = { format: 'pt' };

export function f32Tensor(data: Float32Array<ArrayBuffer>, ...shape: number[]): TensorData {
  return { dtype: 'F32', shape, data };
}

export function writeSafetensors(
  tensors: ReadonlyMap<string, TensorData>,
  metadata: Readonly<Record<string, string>> = PT_METADATA,
): Bytes {
  const { bytes, parts } = safetensorsParts(tensors, metadata);
  const out = new Uint8Array(bytes);
  let offset = 0;
  for (const part of parts) {
    out.set(part, offset);
    offset += part.byteLength;
  }
  return out;
}

/** The file as its header and one view for each tensor, in order. */
export function safetensorsParts(
  tensors: ReadonlyMap<string, TensorData>,
  metadata: Readonly<Record<string, string>> = PT_METADATA,
): { bytes: number; parts: Bytes[] } {
  const { head, order, bytes } = safetensorsHead(tensors, metadata);
  for (const [name, { dtype, shape, data }] of tensors) {
    const needed = byteCount({ dtype, shape });
    if (needed !== data.byteLength)
      throw new RangeError(`Tensor ${name} ${dtype} [${shape.join(', ')}] needs ${needed} bytes and has ${data.byteLength}.`);
  }
  const views = order.map((name) => tensors.get(name)!.data).map((data) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return { bytes, parts: [head, ...views] };
}

export interface SafetensorsHead {
  /** Length and header, to which the tensors' bytes are appended in `order`. */
  head: Bytes;
  order: string[];
  /** Of the whole file. */
  bytes: number;
}

/** What stands before the tensors of a file, and in which order they follow. */
export function safetensorsHead(
  tensors: ReadonlyMap<string, Pick<TensorData, 'dtype' | 'shape'>>,
  metadata: Readonly<Record<string, string>> = PT_METADATA,
): SafetensorsHead {
  const entries = [...tensors].sort(([a, x], [b, y]) => DTYPE_BITS[y.dtype] - DTYPE_BITS[x.dtype] || compareCodePoints(a, b));
  const header: Record<string, unknown> = Object.create(null);
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  let position = 0;
  for (const [name, { dtype, shape }] of entries) {
    const bytes = byteCount({ dtype, shape });
    header[name] = { dtype, shape, data_offsets: [position, position + bytes] };
    position += bytes;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(json.length / 8) * 8;
  const head = new Uint8Array(8 + headerLength).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(headerLength), true);
  head.set(json, 8);
  return { head, order: entries.map(([name]) => name), bytes: head.byteLength + position };
}

export function byteCount({ dtype, shape }: Pick<TensorData, 'dtype' | 'shape'>): number {
  return shape.reduce((product, size) => product * size, DTYPE_BITS[dtype]) / 8;
}

/** JSON objects keep insertion order for every name but integers ("0"), which move to the front; tensor names with dots are safe. */
function compareCodePoints(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
