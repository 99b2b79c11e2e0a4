/**
 * The head and a loss over its logits, by chunks of rows, so that logits for all rows never exist together: per chunk logits = h W^T, the loss
 * and its gradient in the place of the logits, dh = dlogits W. It is the root of the backward, so the gradient is computed at once and there
 * is no vjp; the head is frozen. Which loss it is comes from the caller (`RowLoss`).
 * The idea is that of TRL's `chunked_nll` and Liger's fused head; the values are those of the loss over plain logits.
 */
import type { Bound, Capabilities, Launch, Op } from '../graph/op.ts';
import { byteLength, type Spec, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { linearLaunches, type Matrix, transposedLaunches } from './linear.ts';

/** Bytes of one chunk of logits, which become their gradient in place. */
const CHUNK_BYTES = 32 * 1024 * 1024;
/** Chunks are multiples of this, so that every range of rows begins at an aligned byte. */
const ROWS = 64;

/** A loss that looks at one row of logits at a time. */
export interface RowLoss {
  readonly name: string;
  /** What it writes for each row, [M] f32 each. */
  readonly stats: readonly string[];
  /** Turns `logits` [rows, V] into their gradient in place; `bind` also has the caller's columns and `stats`, all of these rows. */
  launch(bind: Readonly<Record<string, Bound>>, shape: readonly [number, number], device: Capabilities): Launch;
}

/** Columns by name: [M, ...], or [1] where one value serves all rows. */
export type Columns = Readonly<Record<string, Tensor>>;

type Inputs = { readonly hidden: Tensor; readonly weight: Tensor } & Columns;
type Outputs = { readonly dhidden: Tensor; readonly logits: Tensor } & Columns;

/** `chunk`: rows whose logits exist at once. `scale`: what logits are multiplied by, 1 / temperature. */
export interface ChunkedAttrs {
  readonly [name: string]: unknown;
  readonly chunk: number;
  readonly scale: number;
}

export const chunkedHeadOp: Op<Inputs, Outputs, ChunkedAttrs & { readonly loss: RowLoss }> = {
  name: 'chunked-head',
  infer: ({ hidden, weight }, { chunk, loss }) => {
    const rows = hidden.shape[0]!;
    const logits: Spec = { shape: [Math.min(chunk, rows), weight.shape[0]!], dtype: 'f32' };
    const stats = Object.fromEntries(loss.stats.map((name): [string, Spec] => [name, { shape: [rows], dtype: 'f32' }]));
    return { dhidden: { shape: hidden.shape, dtype: 'f32' }, ...stats, logits };
  },
  lower: ({ inputs, outputs, attrs: { chunk, scale, loss } }, device) => {
    const { hidden, weight, ...columns } = inputs;
    const { logits, dhidden, ...stats } = outputs;
    return inChunks(hidden.shape[0]!, chunk, (part, rows) => [
      ...linearLaunches({ weight }, rows, { x: part(hidden), y: logits }, scale, device),
      loss.launch({ logits, ...partsOf({ ...columns, ...stats }, part) }, [rows, weight.shape[0]!], device),
      ...transposedLaunches({ weight }, rows, { x: logits, y: part(dhidden) }, scale, device),
    ]);
  },
};

/** A tensor's rows of a chunk; all of it where one value serves all rows. */
type Part = (tensor: Tensor) => Bound;

/** The launches of every chunk of `rows`, one after another. */
export function inChunks(rows: number, chunk: number, launches: (part: Part, rows: number) => Launch[]): Launch[] {
  return Array.from({ length: Math.ceil(rows / chunk) }, (_, i) => {
    const first = i * chunk;
    const own = Math.min(chunk, rows - first);
    const part: Part = (tensor) => {
      if (tensor.shape[0] !== rows) return tensor;
      const rowBytes = byteLength(tensor) / rows;
      return { tensor, offset: first * rowBytes, bytes: own * rowBytes };
    };
    return launches(part, own);
  }).flat();
}

export function partsOf(columns: Columns, part: Part): Record<string, Bound> {
  return Object.fromEntries(Object.entries(columns).map(([name, tensor]) => [name, part(tensor)]));
}

/** Rows of logits that are made at once; `chunks`: how many chunks lie beside each other. */
export function rowsOfChunk(head: Matrix, chunks = 1): number {
  return Math.max(ROWS, Math.floor(CHUNK_BYTES / chunks / 4 / head.weight.shape[0]! / ROWS) * ROWS);
}

/**
 * The loss of `hidden` [M, C] (normed) under the head [V, C]. Returns `dhidden` [M, C], the gradient of what the loss's kernel differentiates, and
 * the stats of each row by name.
 */
export function chunkedHead(
  trace: Trace,
  hidden: Tensor,
  head: Matrix,
  loss: RowLoss,
  columns: Columns,
  scale = 1,
): { readonly dhidden: Tensor; readonly stats: Columns } {
  const attrs = { chunk: rowsOfChunk(head), scale, loss };
  const { dhidden, logits: _scratch, ...stats } = trace.emit(chunkedHeadOp, { ...columns, hidden, weight: head.weight }, attrs);
  return { dhidden, stats };
}
