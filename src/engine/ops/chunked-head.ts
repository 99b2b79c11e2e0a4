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

export const chunkedHeadOp: Op<Inputs, Outputs, { readonly chunk: number; readonly loss: RowLoss }> = {
  name: 'chunked-head',
  infer: ({ hidden, weight }, { chunk, loss }) => {
    const rows = hidden.shape[0]!;
    const logits: Spec = { shape: [Math.min(chunk, rows), weight.shape[0]!], dtype: 'f32' };
    const stats = Object.fromEntries(loss.stats.map((name): [string, Spec] => [name, { shape: [rows], dtype: 'f32' }]));
    return { dhidden: { shape: hidden.shape, dtype: 'f32' }, ...stats, logits };
  },
  lower: ({ inputs, outputs, attrs }, device) => {
    const rows = inputs.hidden.shape[0]!;
    const launches: Launch[] = [];
    for (let first = 0; first < rows; first += attrs.chunk) {
      launches.push(...chunkLaunches(inputs, outputs, attrs.loss, first, Math.min(attrs.chunk, rows - first), device));
    }
    return launches;
  },
};

function chunkLaunches(inputs: Inputs, outputs: Outputs, loss: RowLoss, first: number, rows: number, device: Capabilities): Launch[] {
  const { hidden, weight, ...columns } = inputs;
  const { logits, dhidden, ...stats } = outputs;
  const part = (tensor: Tensor): Bound => {
    if (tensor.shape[0] !== hidden.shape[0]) return tensor; // one value for all rows
    const rowBytes = byteLength(tensor) / tensor.shape[0]!;
    return { tensor, offset: first * rowBytes, bytes: rows * rowBytes };
  };
  const own = Object.fromEntries(Object.entries({ ...columns, ...stats }).map(([name, tensor]) => [name, part(tensor)]));
  return [
    ...linearLaunches({ weight }, rows, { x: part(hidden), y: logits }, 1, device),
    loss.launch({ logits, ...own }, [rows, weight.shape[0]!], device),
    ...transposedLaunches({ weight }, rows, { x: logits, y: part(dhidden) }, 1, device),
  ];
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
): { readonly dhidden: Tensor; readonly stats: Columns } {
  const vocabulary = head.weight.shape[0]!;
  const chunk = Math.max(ROWS, Math.floor(CHUNK_BYTES / 4 / vocabulary / ROWS) * ROWS);
  const { dhidden, logits: _scratch, ...stats } = trace.emit(chunkedHeadOp, { ...columns, hidden, weight: head.weight }, { chunk, loss });
  return { dhidden, stats };
}
