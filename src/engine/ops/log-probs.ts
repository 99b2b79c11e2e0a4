/**
 * The log-probability of each row's label and the row's entropy, over plain logits, and their gradient; and the same through the head by chunks of rows, whose
 * logits never exist together. A method whose loss needs all log-probabilities before any gradient (sums over a completion, a quantile) calls
 * `headLogProbs`, computes its gradients to them, and hands those to `headLogProbsGradient`, which makes the logits once more.
 */
import { type Bound, type Capabilities, grid, type Launch, type Op } from '../graph/op.ts';
import { elements, type Spec, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { logProbsBackward, logProbsForward } from '../kernels/loss.ts';
import { type ChunkedAttrs, chunkedHead, inChunks, partsOf, type RowLoss, rowsOfChunk } from './chunked-head.ts';
import { copyLaunch } from './chunks.ts';
import { linearLaunches, type Matrix } from './linear.ts';

/** Rows longer than this get four times the lanes. */
const LONG_ROW = 32768;

/** `top` and `log_sum` make a row's softmax again: p_i = exp(z_i - top - log_sum). */
export type LogProbs = { readonly logps: Tensor; readonly entropy: Tensor; readonly top: Tensor; readonly log_sum: Tensor };
type Bind = Readonly<Record<string, Bound>>;

function specs(rows: number): { [K in keyof LogProbs]: Spec } {
  const row = { shape: [rows], dtype: 'f32' } as const;
  return { logps: row, entropy: row, top: row, log_sum: row };
}

function launch(kernel: typeof logProbsForward, bind: Bind, shape: readonly number[], device: Capabilities): Launch {
  const [rows, vocabulary] = shape as [number, number];
  const overrides = { SIZE: vocabulary > LONG_ROW ? 128 : 32 };
  return { kernel, bind, params: { rows, vocabulary }, overrides, workgroups: grid(rows, 1, device), cost: 10 * rows * vocabulary };
}

/** `logits` [M, V], `labels` [M] i32; a negative label gives zeros. */
export const logProbsOp: Op<{ logits: Tensor; labels: Tensor }, LogProbs> = {
  name: 'log-probs',
  infer: ({ logits, labels }) => {
    if (logits.shape.length !== 2 || elements(labels.shape) !== logits.shape[0])
      throw new Error(`log-probs: logits [${logits.shape}] and labels [${labels.shape}] do not fit.`);
    return specs(logits.shape[0]!);
  },
  lower: ({ inputs, outputs }, device) => [launch(logProbsForward, { ...inputs, ...outputs }, inputs.logits.shape, device)],
};

type GradientInputs = { logits: Tensor; labels: Tensor; top: Tensor; log_sum: Tensor; entropy: Tensor; gradients: Tensor };

/** `gradients` [M, 2]: to each row's log-probability and to its entropy, by the loss that is the root of the backward; so there is no vjp. */
export const logProbsGradientOp: Op<GradientInputs, { dlogits: Tensor }> = {
  name: 'log-probs-gradient',
  infer: ({ logits }) => ({ dlogits: { shape: logits.shape, dtype: 'f32' } }),
  lower: ({ inputs: { logits, ...given }, outputs: { dlogits } }, device) => [
    copyLaunch(logits, dlogits, device),
    launch(logProbsBackward, { ...given, logits: dlogits }, logits.shape, device),
  ],
};

type HeadInputs = { readonly hidden: Tensor; readonly weight: Tensor; readonly labels: Tensor };

export const headLogProbsOp: Op<HeadInputs, LogProbs & { readonly logits: Tensor }, ChunkedAttrs> = {
  name: 'head-log-probs',
  infer: ({ hidden, weight }, { chunk }) => {
    const rows = hidden.shape[0]!;
    return { ...specs(rows), logits: { shape: [Math.min(chunk, rows), weight.shape[0]!], dtype: 'f32' } };
  },
  lower: ({ inputs: { hidden, weight, labels }, outputs: { logits, ...outputs }, attrs: { chunk, scale } }, device) =>
    inChunks(hidden.shape[0]!, chunk, (part, rows) => [
      ...linearLaunches({ weight }, rows, { x: part(hidden), y: logits }, scale, device),
      launch(logProbsForward, { logits, ...partsOf({ labels, ...outputs }, part) }, [rows, weight.shape[0]!], device),
    ]),
};

/** Of the labels [M] under softmax(scale * hidden W^T), `hidden` [M, C] normed. `into`: where the log-probabilities are written. */
export function headLogProbs(trace: Trace, hidden: Tensor, head: Matrix, labels: Tensor, scale: number, into: Tensor): LogProbs {
  const attrs = { chunk: rowsOfChunk(head), scale };
  const { logits: _scratch, ...made } = trace.emit(headLogProbsOp, { hidden, weight: head.weight, labels }, attrs, { logps: into });
  return made;
}

/** For `chunkedHead`; its columns are what `log-probs-gradient` reads. */
export const logProbsGradient: RowLoss = {
  name: 'log-probs-gradient',
  stats: [],
  launch: (bind, shape, device) => launch(logProbsBackward, bind, shape, device),
};

/** The gradient [M, C] to `hidden`, from those to each log-probability and entropy [M, 2]. */
export function headLogProbsGradient(
  trace: Trace,
  { hidden, head, labels, scale }: { hidden: Tensor; head: Matrix; labels: Tensor; scale: number },
  { top, log_sum, entropy }: LogProbs,
  gradients: Tensor,
): Tensor {
  return chunkedHead(trace, hidden, head, logProbsGradient, { labels, top, log_sum, entropy, gradients }, scale).dhidden;
}
