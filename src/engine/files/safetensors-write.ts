/**
 * Writes a safetensors file in memory: tensors by falling element size and then by name, as the Python library orders them, so that equal
 * contents give equal bytes; the header is padded with spaces so that data begins at a multiple of 8. Adapters and checkpoints are small
 * (tens of MB), so one buffer is enough; nothing here writes models.
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
export const PT_METADATA: Readonly<Record<string, string>> = { format: 'pt' };

export function f32Tensor(data: Float32Array<ArrayBuffer>, ...shape: number[]): TensorData {
  return { dtype: 'F32', shape, data };
}

export function writeSafetensors(
  tensors: ReadonlyMap<string, TensorData>,
  metadata: Readonly<Record<string, string>> = PT_METADATA,
): Bytes {
  const entries = [...tensors].sort(([a, x], [b, y]) => DTYPE_BITS[y.dtype] - DTYPE_BITS[x.dtype] || compareCodePoints(a, b));
  const header: Record<string, unknown> = Object.create(null);
  if (Object.keys(metadata).length > 0) header.__metadata__ = metadata;
  let position = 0;
  for (const [name, { dtype, shape, data }] of entries) {
    const bytes = shape.reduce((product, size) => product * size, DTYPE_BITS[dtype]) / 8;
    if (bytes !== data.byteLength)
      throw new RangeError(`Tensor ${name} ${dtype} [${shape.join(', ')}] needs ${bytes} bytes and has ${data.byteLength}.`);
    header[name] = { dtype, shape, data_offsets: [position, position + bytes] };
    position += bytes;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(json.length / 8) * 8;
  const out = new Uint8Array(8 + headerLength + position);
  new DataView(out.buffer).setBigUint64(0, BigInt(headerLength), true);
  out.set(json, 8);
  out.fill(0x20, 8 + json.length, 8 + headerLength);
  let offset = 8 + headerLength;
  for (const [, { data }] of entries) {
    out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return out;
}

/** JSON objects keep insertion order for every name but integers ("0"), which move to the front; tensor names with dots are safe. */
function compareCodePoints(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
