/** Sums of a column in two classes, for figures by mode: rows whose flag is 1, and the others. Nothing is differentiated through it. */
import type { Op } from '../graph/op.ts';
import { elements, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { flaggedSumsForward } from '../kernels/loss.ts';

type Inputs = { readonly values: Tensor; readonly flags: Tensor };

export const flaggedSumsOp: Op<Inputs, { stats: Tensor }, { readonly width: number; readonly at: number }> = {
  name: 'flagged-sums',
  infer: (_inputs, { width }) => ({ stats: { shape: [width], dtype: 'f32' } }),
  lower: ({ inputs, outputs, attrs: { at } }) => {
    const rows = elements(inputs.values.shape);
    return [{ kernel: flaggedSumsForward, bind: { ...inputs, ...outputs }, params: { rows, at }, workgroups: [1, 1, 1], cost: 4 * rows }];
  },
};

/** `values` [M] f32, `flags` [M] u32: stats[at] += the sum where the flag is 1, stats[at + 1] += the sum where it is 0. */
export function flaggedSums(trace: Trace, values: Tensor, flags: Tensor, stats: Tensor, at: number): void {
  trace.emit(flaggedSumsOp, { values, flags }, { width: stats.shape[0]!, at }, { stats });
}
