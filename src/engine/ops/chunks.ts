/**
 * A stream in chunks of rows and back: `splitRows` and `concatRows` are each other's inverse and each other's vjp. With a block per chunk (see
 * Trace.block) what lies between them never exists for the whole stream at once.
 */
import { type Bound, type Capabilities, grid, type Launch, type Op } from '../graph/op.ts';
import { byteLength, type Spec, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { copyRowsForward } from '../kernels/embedding.ts';

/** Chunks but the last are multiples of this, so that every range of rows begins at an aligned byte. */
const ROWS = 64;

type Parts = { readonly [part: string]: Tensor };
type Attrs = { readonly counts: readonly number[] };

const nameOf = (i: number): string => `part${i}`;

function partSpecs({ shape, dtype }: Spec, counts: readonly number[]): Record<string, Spec> {
  if (counts.reduce((n, c) => n + c, 0) !== shape[0]) throw new Error(`chunks: ${counts} do not add up to ${shape[0]} rows.`);
  if (counts.slice(0, -1).some((c) => c % ROWS !== 0)) throw new Error(`chunks: ${counts} are not multiples of ${ROWS} rows.`);
  return Object.fromEntries(counts.map((count, i) => [nameOf(i), { shape: [count, ...shape.slice(1)], dtype }]));
}

/** One copy for every part; `bind` puts the range on one side. */
function copies(
  whole: Tensor,
  parts: Parts,
  counts: readonly number[],
  device: Capabilities,
  bind: (range: Bound, part: Tensor) => { x: Bound; y: Bound },
): Launch[] {
  let first = 0;
  return counts.map((count, i) => {
    const bytes = (byteLength(whole) / whole.shape[0]!) * count;
    const range = { tensor: whole, offset: (byteLength(whole) / whole.shape[0]!) * first, bytes };
    first += count;
    const { x, y } = bind(range, parts[nameOf(i)]!);
    return copyLaunch(x, y, device);
  });
}

/** y = x, word by word: tensors or ranges of equal length. */
export function copyLaunch(x: Bound, y: Bound, device: Capabilities): Launch {
  const words = ('tensor' in x ? x.bytes : byteLength(x)) / 4;
  const quads = Math.ceil(words / 4);
  return { kernel: copyRowsForward, bind: { x, y }, params: { words }, workgroups: grid(quads, copyRowsForward, device), cost: words };
}

export const splitRowsOp: Op<{ x: Tensor }, Parts, Attrs> = {
  name: 'split-rows',
  infer: ({ x }, { counts }) => partSpecs(x, counts),
  lower: ({ inputs: { x }, outputs, attrs }, device) => copies(x, outputs, attrs.counts, device, (range, part) => ({ x: range, y: part })),
  vjp: (trace, { attrs }, d) => ({ x: trace.emit(concatRowsOp, every(d, attrs), attrs).y }),
};

export const concatRowsOp: Op<Parts, { y: Tensor }, Attrs> = {
  name: 'concat-rows',
  infer: (parts, { counts }) => {
    const { part0 } = parts;
    const spec: Spec = { shape: [counts.reduce((n, c) => n + c, 0), ...part0!.shape.slice(1)], dtype: part0!.dtype };
    for (const [name, { shape }] of Object.entries(partSpecs(spec, counts))) {
      if (parts[name]?.shape.join() !== shape.join()) throw new Error(`concat-rows: ${name} is [${parts[name]?.shape}], not [${shape}].`);
    }
    return { y: spec };
  },
  lower: ({ inputs, outputs: { y }, attrs }, device) => copies(y, inputs, attrs.counts, device, (range, part) => ({ x: part, y: range })),
  vjp: (trace, { attrs }, { y }) => trace.emit(splitRowsOp, { x: y! }, attrs),
};

function every(d: Partial<Parts>, { counts }: Attrs): Parts {
  const missing = counts.findIndex((_, i) => !d[nameOf(i)]);
  if (missing >= 0) throw new Error(`split-rows: ${nameOf(missing)} has no gradient although others have.`);
  return d as Parts; // all present, as checked
}

/** Sizes of as few chunks as keep `bytesPerRow` below `maxBytes` each, about equal. */
export function chunkCounts(rows: number, bytesPerRow: number, maxBytes: number): number[] {
  const fitting = Math.max(ROWS, Math.floor(maxBytes / bytesPerRow / ROWS) * ROWS);
  const chunks = Math.ceil(rows / fitting);
  const size = Math.ceil(rows / chunks / ROWS) * ROWS;
  return Array.from({ length: Math.ceil(rows / size) }, (_, i) => Math.min(size, rows - i * size));
}

export function splitRows(trace: Trace, x: Tensor, counts: readonly number[]): Tensor[] {
  const parts = trace.emit(splitRowsOp, { x }, { counts });
  return counts.map((_, i) => parts[nameOf(i)]!);
}

export function concatRows(trace: Trace, parts: readonly Tensor[]): Tensor {
  const counts = parts.map((p) => p.shape[0]!);
  return trace.emit(concatRowsOp, Object.fromEntries(parts.map((p, i) => [nameOf(i), p])), { counts }).y;
}
