/**
 * Ranges along the first dimension of a weight (rows of a matrix, experts of a stack) that one binding holds. Ops bind these ranges. A weight
 * larger than a buffer is stored in exactly these ranges, a buffer each, so that none that is bound lies in two buffers.
 * gpt-oss-20b on default limits: lm_head (1.16 GB) is nine buffers of rows; gate_up blocks (253 MiB) are one buffer bound as two halves.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { Capabilities } from './op.ts';
import { byteLength, type Spec } from './tensor.ts';

/** Offsets of storage bindings are multiples of this (WebGPU's default minStorageBufferOffsetAlignment). */
const ALIGNMENT = 256;
/** Bytes of a block of 32 MXFP4 values; one scale byte goes with it. */
const BLOCK = 16;

export interface Piece {
  readonly first: number;
  readonly count: number;
}

/** One piece where everything fits one binding; equal pieces and a shorter last one otherwise. `name` is for the error alone. */
export function pieces(spec: Spec, limits: Pick<Capabilities, 'maxStorageBufferBindingSize'>, name = 'a weight'): Piece[] {
  const total = spec.shape[0]!;
  const limit = limits.maxStorageBufferBindingSize;
  if (byteLength(spec) <= limit) return [{ first: 0, count: total }];
  const bytes = byteLength(spec) / total;
  const step = unit(spec, bytes);
  const size = Math.floor(limit / bytes / step) * step;
  if (size === 0) {
    const what = isMatrix(spec) ? 'rows' : 'experts';
    throw new MotherTongueError(
      'DeviceError',
      `${name}: ${step} of its ${what} are larger than this GPU binds at once (${limit} bytes); it needs another GPU.`,
    );
  }
  return Array.from({ length: Math.ceil(total / size) }, (_, i) => ({ first: i * size, count: Math.min(size, total - i * size) }));
}

/** Bytes of the buffers that hold a weight, in order: one, or one a piece. */
export function bufferSizes(
  spec: Spec,
  limits: Pick<Capabilities, 'maxStorageBufferBindingSize' | 'maxBufferSize'>,
  name?: string,
): number[] {
  const bytes = byteLength(spec);
  if (bytes <= limits.maxBufferSize) return [bytes];
  return pieces(spec, limits, name).map(({ count }) => (bytes / spec.shape[0]!) * count);
}

/** The fewest rows (or experts) whose bytes, and whose scales' bytes, are whole alignments; rows of a matrix come in quads besides. */
function unit(spec: Spec, bytes: number): number {
  const aligned = (b: number): number => ALIGNMENT / commonDivisor(b, ALIGNMENT);
  const scales = spec.dtype === 'u8' ? aligned(bytes / BLOCK) : 1;
  return Math.max(aligned(bytes), scales, isMatrix(spec) ? 4 : 1);
}

function isMatrix({ shape, dtype }: Spec): boolean {
  return shape.length === (dtype === 'u8' ? 3 : 2);
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
