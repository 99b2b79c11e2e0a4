/** Data for cases: deterministic by title, rounded to what the tensor's type can hold, so that the twin and the GPU see the same numbers. */
import { Random } from '../../lib/random.ts';
import { byteLength, elements } from '../graph/tensor.ts';
import type { Array64, CaseInput } from './twin.ts';

export function fill(input: CaseInput, seed: string): Array64 {
  const random = new Random(seed);
  const data = new Float64Array(elements(input.shape));
  const { fill: f } = input;
  for (let i = 0; i < data.length; i++) {
    if (f.kind === 'normal') data[i] = random.normal() * (f.scale ?? 1);
    else if (f.kind === 'uniform') data[i] = f.from + random.uniform() * (f.to - f.from);
    else if (f.kind === 'integers') data[i] = random.below(f.below);
    else data[i] = f.values[i % f.values.length]!;
    if (input.dtype === undefined || input.dtype === 'f32') data[i] = Math.fround(data[i]!);
    if (input.dtype === 'u8' || input.dtype === 'u32' || input.dtype === 'i32') data[i] = Math.floor(data[i]!);
    if (input.dtype === 'bf16') data[i] = roundToBf16(data[i]!);
  }
  return { shape: input.shape, data };
}

/** The bytes that the GPU holds for a tensor of this type. */
export function toBytes(array: Array64, dtype: CaseInput['dtype'] = 'f32'): Uint8Array<ArrayBuffer> {
  const { data, shape } = array;
  const bytes = new Uint8Array(byteLength({ shape, dtype }));
  if (dtype === 'f32') new Float32Array(bytes.buffer).set(data);
  else if (dtype === 'u32') new Uint32Array(bytes.buffer).set(data);
  else if (dtype === 'i32') new Int32Array(bytes.buffer).set(data);
  else if (dtype === 'u8') bytes.set(data);
  else if (dtype === 'bf16') {
    const words = new Uint32Array(Float32Array.from(data).buffer);
    new Uint16Array(bytes.buffer).set(Uint16Array.from(words, (w) => w >>> 16));
  } else dtype satisfies never;
  return bytes;
}

export function fromBytes(bytes: ArrayBuffer, dtype: CaseInput['dtype'], shape: readonly number[]): Array64 {
  const n = elements(shape);
  if (dtype === 'u32') return { shape, data: Float64Array.from(new Uint32Array(bytes, 0, n)) };
  if (dtype === 'i32') return { shape, data: Float64Array.from(new Int32Array(bytes, 0, n)) };
  return { shape, data: Float64Array.from(new Float32Array(bytes, 0, n)) };
}

/** Round to nearest even, as torch does. */
function roundToBf16(x: number): number {
  const f = new Float32Array([x]);
  const u = new Uint32Array(f.buffer);
  u[0] = (u[0]! + 0x7fff + ((u[0]! >>> 16) & 1)) & 0xffff0000;
  return f[0]!;
}
