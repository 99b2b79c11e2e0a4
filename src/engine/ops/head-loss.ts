/**
 * The head and the loss, by chunks of rows, so that logits for all rows never exist together: per chunk logits = h W^T, the loss and its gradient
 * in the logits, dh = dlogits W. It is the root of the backward, so the gradient is computed at once and there is no vjp; the head is frozen.
 * The idea is that of TRL's `chunked_nll` and Liger's fused head; the values are those of plain cross-entropy.
 */
import type { Bound, Capabilities, Launch, Op } from '../graph/op.ts';
import { byteLength, type Spec, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { crossEntropyLaunch, lossSums } from './cross-entropy.ts';
import { linearLaunches, type Matrix, transposedLaunches } from './linear.ts';

/** Bytes of one chunk of logits, which become their gradient in place. */
const CHUNK_BYTES = 32 * 1024 * 1024;
/** Chunks are multiples of this, so that every range of rows begins at an aligned byte. */
const ROWS = 64;

type Inputs = { readonly hidden: Tensor; readonly weight: Tensor; readonly labels: Tensor; readonly inverse_count: Tensor };
type Figures = { readonly nll: Tensor; readonly correct: Tensor; readonly entropy: Tensor };
type Outputs = Figures & { readonly dhidden: Tensor; readonly logits: Tensor };

export const headLossOp: Op<Inputs, Outputs, { readonly chunk: number }> = {
  name: 'head-loss',
  infer: ({ hidden, weight }, { chunk }) => {
    const rows = hidden.shape[0]!;
    const scratch: Spec = { shape: [Math.min(chunk, rows), weight.shape[0]!], dtype: 'f32' };
    const row: Spec = { shape: [rows], dtype: 'f32' };
    return { dhidden: { shape: hidden.shape, dtype: 'f32' }, nll: row, correct: row, entropy: row, logits: scratch };
  },
  lower: ({ inputs, outputs, attrs }, device) => {
    const rows = inputs.hidden.shape[0]!;
    const launches: Launch[] = [];
    for (let first = 0; first < rows; first += attrs.chunk) {
      launches.push(...chunkLaunches(inputs, outputs, first, Math.min(attrs.chunk, rows - first), device));
    }
    return launches;
  },
};

function chunkLaunches(inputs: Inputs, outputs: Outputs, first: number, rows: number, device: Capabilities): Launch[] {
  const { hidden, weight, labels, inverse_count } = inputs;
  const { logits, dhidden, nll, correct, entropy } = outputs;
  const part = (tensor: Tensor): Bound => {
    const rowBytes = byteLength(tensor) / tensor.shape[0]!;
    return { tensor, offset: first * rowBytes, bytes: rows * rowBytes };
  };
  const row = { labels: part(labels), nll: part(nll), correct: part(correct), entropy: part(entropy) };
  return [
    ...linearLaunches({ weight }, rows, { x: part(hidden), y: logits }, 1, device),
    crossEntropyLaunch({ logits, inverse_count, ...row }, [rows, weight.shape[0]!], device),
    ...transposedLaunches({ weight }, rows, { x: logits, y: part(dhidden) }, 1, device),
  ];
}

/**
 * Loss of `hidden` [M, C] (normed) under the head [V, C] and `labels` [M]; adds the figures to `metrics` (see lossSums) and returns the gradient
 * [M, C] of (sum of nll) * inverse_count.
 */
export function headLoss(trace: Trace, hidden: Tensor, head: Matrix, labels: Tensor, inverse_count: Tensor, metrics: Tensor): Tensor {
  const vocabulary = head.weight.shape[0]!;
  const chunk = Math.max(ROWS, Math.floor(CHUNK_BYTES / 4 / vocabulary / ROWS) * ROWS);
  const { dhidden, nll, correct, entropy } = trace.emit(headLossOp, { hidden, weight: head.weight, labels, inverse_count }, { chunk });
  lossSums(trace, { nll, correct, entropy, labels }, metrics);
  return dhidden;
}
