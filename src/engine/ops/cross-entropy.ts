/**
 * The loss of next-token prediction over rows that have a label, with its gradient, the share of right guesses and the entropy as
 * by-products of the same two walks over the logits. It is the root of the backward: `dlogits` seeds the gradients, so there is no vjp.
 * Rows come in chunks (full logits never exist); `lossSums` adds up the chunks of a whole accumulation window.
 */
import { type Bound, type Capabilities, grid, type Launch, type Op } from '../graph/op.ts';
import { elements, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { crossEntropyForward, lossSumsForward } from '../kernels/loss.ts';
import { copyLaunch } from './chunks.ts';

/** Labels of rows that are not trained; any negative label counts as this. */
export const NO_LABEL = -100;

/** Rows longer than this get four times the lanes. */
const LONG_ROW = 32768;

type Inputs = { logits: Tensor; labels: Tensor; inverse_count: Tensor };
type RowFigures = { nll: Tensor; correct: Tensor; entropy: Tensor };

export const crossEntropyOp: Op<Inputs, RowFigures & { dlogits: Tensor }, Record<string, never>> = {
  name: 'cross-entropy',
  infer: ({ logits, labels }) => {
    const [rows, vocabulary] = logits.shape;
    if (logits.shape.length !== 2 || elements(labels.shape) !== rows || !vocabulary) {
      throw new Error(`cross-entropy: logits [${logits.shape}] and labels [${labels.shape}] do not fit.`);
    }
    const row = { shape: [rows], dtype: 'f32' } as const;
    return { dlogits: { shape: logits.shape, dtype: 'f32' }, nll: row, correct: row, entropy: row };
  },
  lower: ({ inputs, outputs }, device) => {
    const { logits, ...given } = inputs;
    const { dlogits, ...figures } = outputs;
    return [copyLaunch(logits, dlogits, device), crossEntropyLaunch({ ...given, ...figures, logits: dlogits }, logits.shape, device)];
  },
};

type Bindings = { readonly [K in 'logits' | 'labels' | 'inverse_count' | 'nll' | 'correct' | 'entropy']: Bound };

/** `logits` [M, V] become their gradient in place. */
export function crossEntropyLaunch(bind: Bindings, shape: readonly number[], device: Capabilities): Launch {
  const [rows, vocabulary] = shape as [number, number];
  return {
    kernel: crossEntropyForward,
    bind,
    params: { rows, vocabulary },
    overrides: { SIZE: vocabulary > LONG_ROW ? 128 : 32 },
    workgroups: grid(rows, 1, device),
    cost: 20 * rows * vocabulary,
  };
}

export const lossSumsOp: Op<RowFigures & { labels: Tensor }, { metrics: Tensor }, Record<string, never>> = {
  name: 'loss-sums',
  infer: () => ({ metrics: { shape: [8], dtype: 'f32' } }),
  lower: ({ inputs, outputs }) => {
    const rows = elements(inputs.labels.shape);
    return [{ kernel: lossSumsForward, bind: { ...inputs, ...outputs }, params: { rows }, workgroups: [1, 1, 1], cost: 8 * rows }];
  },
};

/**
 * `logits` [M, V] f32, `labels` [M] i32, `inverse_count` [1]: one over the trained tokens of the accumulation window.
 * `dlogits` [M, V] is the gradient of (sum of nll) * inverse_count; `nll`, `correct` (0 or 1), `entropy` [M] are zero where there is no label.
 */
export function crossEntropy(trace: Trace, inputs: Inputs): RowFigures & { dlogits: Tensor } {
  return trace.emit(crossEntropyOp, inputs, {});
}

/** metrics [8] += [sum of nll, right guesses, sum of entropy, trained rows, 0, 0, 0, 0]. */
export function lossSums(trace: Trace, { nll, correct, entropy, labels }: RowFigures & { labels: Tensor }, metrics: Tensor): void {
  trace.emit(lossSumsOp, { nll, correct, entropy, labels }, {}, { metrics });
}
