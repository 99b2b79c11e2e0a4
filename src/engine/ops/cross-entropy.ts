/**
 * The loss of next-token prediction over rows that have a label, with its gradient, the ratio of right guesses and the entropy as
 * by-products of the same two walks over the logits. It is the root of the backward: `dlogits` seeds the gradients, so there is no vjp.
 * `weighing` says what a label's log-probability costs (TRL's loss_type): it is a file in front of one kernel body.
 */
import { type Bound, type Capabilities, grid, type Launch, type Op } from '../graph/op.ts';
import { elements, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { crossEntropyForward, lossSumsForward, type Weighing } from '../kernels/loss.ts';
import type { RowLoss } from './chunked-head.ts';
import { copyLaunch } from './chunks.ts';

/** Labels of rows that are not trained; any negative label counts as this. */
export const NO_LABEL = -100;

/** Rows longer than this get four times the lanes. */
const LONG_ROW = 32768;

type Inputs = { logits: Tensor; labels: Tensor; inverse_count: Tensor };
type RowStats = { loss: Tensor; correct: Tensor; entropy: Tensor };

/**
 * `logits` [M, V] f32, `labels` [M] i32, `inverse_count` [1]: one over the labels of the optimizer step.
 * `dlogits` [M, V] is the gradient of (sum of losses) * inverse_count; `loss`, `correct` (0 or 1), `entropy` [M] are zero where there is no label.
 */
export const crossEntropyOp: Op<Inputs, RowStats & { dlogits: Tensor }, { readonly weighing: Weighing }> = {
  name: 'cross-entropy',
  infer: ({ logits, labels }) => {
    const [rows, vocabulary] = logits.shape;
    if (logits.shape.length !== 2 || elements(labels.shape) !== rows || !vocabulary) {
      throw new Error(`cross-entropy: logits [${logits.shape}] and labels [${labels.shape}] do not fit.`);
    }
    const row = { shape: [rows], dtype: 'f32' } as const;
    return { dlogits: { shape: logits.shape, dtype: 'f32' }, loss: row, correct: row, entropy: row };
  },
  lower: ({ inputs, outputs, attrs }, device) => {
    const { logits, ...given } = inputs;
    const { dlogits, ...stats } = outputs;
    const bind = { ...given, ...stats, logits: dlogits };
    return [copyLaunch(logits, dlogits, device), crossEntropyLaunch(attrs.weighing, bind, logits.shape, device)];
  },
};

/** `logits` [M, V] become their gradient in place. */
function crossEntropyLaunch(
  weighing: Weighing,
  bind: Readonly<Record<string, Bound>>,
  shape: readonly number[],
  device: Capabilities,
): Launch {
  const [rows, vocabulary] = shape as [number, number];
  return {
    kernel: crossEntropyForward[weighing],
    bind,
    params: { rows, vocabulary },
    overrides: { SIZE: vocabulary > LONG_ROW ? 128 : 32 },
    workgroups: grid(rows, 1, device),
    cost: 20 * rows * vocabulary,
  };
}

/** The same loss for `chunkedHead`; its columns are `labels` [M] i32 and `inverse_count` [1]. */
export const crossEntropyLoss: Readonly<Record<Weighing, RowLoss>> = { nll: rowLoss('nll'), dft: rowLoss('dft') };

function rowLoss(weighing: Weighing): RowLoss {
  return {
    name: weighing,
    stats: ['loss', 'correct', 'entropy'],
    launch: (bind, shape, device) => crossEntropyLaunch(weighing, bind, shape, device),
  };
}

export const lossSumsOp: Op<RowStats & { labels: Tensor }, { stats: Tensor }, { readonly width: number }> = {
  name: 'loss-sums',
  infer: (_inputs, { width }) => ({ stats: { shape: [width], dtype: 'f32' } }),
  lower: ({ inputs, outputs }) => {
    const rows = elements(inputs.labels.shape);
    return [{ kernel: lossSumsForward, bind: { ...inputs, ...outputs }, params: { rows }, workgroups: [1, 1, 1], cost: 8 * rows }];
  },
};

/** stats [at least 4] += [sum of losses, right guesses, sum of entropy, rows with a label]. */
export function lossSums(trace: Trace, rows: RowStats & { labels: Tensor }, stats: Tensor): void {
  trace.emit(lossSumsOp, rows, { width: stats.shape[0]! }, { stats });
}
