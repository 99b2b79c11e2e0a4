/**
 * The element types of a safetensors file and the way between half-width floats and f32. Widening is exact for bf16 and f16, subnormals
 * included; narrowing rounds once, to nearest and ties to even, as PyTorch does.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { Bytes } from './source.ts';

/** Bits per element, for every dtype of the format; sub-byte types must fill whole bytes per tensor. */
export const DTYPE_BITS = {
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
} as const;

export type Dtype = keyof typeof DTYPE_BITS;
export type FloatDtype = 'F32' | 'BF16' | 'F16';

export function isDtype(text: string): text is Dtype {
  return Object.hasOwn(DTYPE_BITS, text);
}

/** bf16 is the upper half of an f32. */
export function decodeBf16(bytes: Bytes): Float32Array<ArrayBuffer> {
  const halves = aligned(bytes, 2, (buffer, offset, count) => new Uint16Array(buffer, offset, count));
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16;
  return new Float32Array(bits.buffer);
}

/** IEEE half: 1 sign, 5 exponent (bias 15), 10 mantissa bits. */
export function decodeF16(bytes: Bytes): Float32Array<ArrayBuffer> {
  const halves = aligned(bytes, 2, (buffer, offset, count) => new Uint16Array(buffer, offset, count));
  const out = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) out[i] = f16ToNumber(halves[i]!);
  return out;
}

function f16ToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const mantissa = half & 1023;
  if (exponent === 0) return sign * mantissa * 2 ** -24;
  if (exponent === 31) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

function decodeF32(bytes: Bytes): Float32Array<ArrayBuffer> {
  return aligned(bytes, 4, (buffer, offset, count) => new Float32Array(buffer, offset, count));
}

/** Floats of any width as f32; other dtypes are refused with the tensor's name. */
export function decodeFloats(name: string, dtype: Dtype, bytes: Bytes): Float32Array<ArrayBuffer> {
  switch (dtype) {
    case 'F32':
      return decodeF32(bytes);
    case 'BF16':
      return decodeBf16(bytes);
    case 'F16':
      return decodeF16(bytes);
    default:
      throw new MotherTongueError('FileError', `Tensor ${name} is ${dtype}, where F32, BF16 or F16 is needed.`);
  }
}

/** f32 as bytes of a float dtype: to nearest, ties to even; what is beyond the largest f16 becomes infinite, as in PyTorch. */
export function encodeFloats(dtype: FloatDtype, values: Float32Array<ArrayBuffer>): Bytes {
  if (dtype === 'F32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  if (dtype === 'BF16') for (let i = 0; i < out.length; i++) out[i] = (bits[i]! + 0x7fff + ((bits[i]! >>> 16) & 1)) >>> 16;
  else for (let i = 0; i < out.length; i++) out[i] = f32BitsToF16(bits[i]!);
  return new Uint8Array(out.buffer);
}

function f32BitsToF16(bits: number): number {
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00; // NaN
  if (size >= 0x477ff000) return sign | 0x7c00; // from 65,520 on
  if (size < 0x33000001) return sign; // up to 2^-25, which ties to zero
  const exponent = size >>> 23;
  if (exponent < 113) {
    // subnormal in f16: units of 2^-24
    const mantissa = (size & 0x7fffff) | 0x800000;
    const shift = 126 - exponent;
    return sign | roundShift(mantissa, shift);
  }
  return sign | roundShift(size - (112 << 23), 13);
}

/** `value >> shift`, to nearest and ties to even. */
function roundShift(value: number, shift: number): number {
  const half = 2 ** (shift - 1);
  const kept = Math.floor(value / 2 ** shift);
  const rest = value - kept * 2 ** shift;
  return rest > half || (rest === half && kept % 2 === 1) ? kept + 1 : kept;
}

/**
 * Of a 32-bit word with one or two floats: the exponents' bits, what to add so that an exponent of all ones, which NaN and the infinities have,
 * carries into the bit above it, and those bits. A carry goes no further, so words need no splitting, and a block of them is judged by one OR.
 */
const ALL_ONES = {
  F32: { exponents: 0x7f800000, add: 0x00800000, carries: 0x80000000 },
  BF16: { exponents: 0x7f807f80, add: 0x00800080, carries: 0x80008000 },
  F16: { exponents: 0x7c007c00, add: 0x04000400, carries: 0x80008000 },
} as const;
const BLOCK_WORDS = 2 ** 14;

/** The first NaN or infinity among F32, BF16 or F16 values; null where there is none, and for other dtypes. */
export function firstNotFinite(dtype: Dtype, bytes: Bytes): { index: number; value: number } | null {
  if (dtype !== 'F32' && dtype !== 'BF16' && dtype !== 'F16') return null;
  const { exponents, add, carries } = ALL_ONES[dtype];
  const straight = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  const words = new Int32Array(straight.buffer, straight.byteOffset, Math.floor(straight.byteLength / 4));
  for (let from = 0; from < words.length; from += BLOCK_WORDS) {
    const to = Math.min(from + BLOCK_WORDS, words.length);
    let seen = 0;
    for (let i = from; i < to; i++) seen |= (words[i]! & exponents) + add;
    if ((seen & carries) !== 0) return findIn(dtype, straight, from * 4, to * 4);
  }
  return findIn(dtype, straight, words.length * 4, straight.byteLength); // half a word may be left
}

function findIn(dtype: Dtype, bytes: Bytes, from: number, to: number): { index: number; value: number } | null {
  const width = DTYPE_BITS[dtype] / 8;
  const values = decodeFloats('', dtype, bytes.subarray(from, to));
  const at = values.findIndex((value) => !Number.isFinite(value));
  return at < 0 ? null : { index: from / width + at, value: values[at]! };
}

/** `[2, 17]`: where the element `index` lies in a tensor of this shape. */
export function placeOf(index: number, shape: readonly number[]): string {
  const place: number[] = [];
  let rest = index;
  for (const size of [...shape].reverse()) {
    place.unshift(rest % size);
    rest = Math.floor(rest / size);
  }
  return `[${place.join(', ')}]`;
}

/** Typed views need an aligned offset; bytes that lie askew (a view into a larger buffer) are copied first. */
function aligned<T>(bytes: Bytes, width: number, view: (buffer: ArrayBuffer, offset: number, count: number) => T): T {
  const straight = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  return view(straight.buffer, straight.byteOffset, straight.byteLength / width);
}
