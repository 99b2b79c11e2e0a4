/** The running average of the adapter's arena, one dispatch: a teacher that follows its student slowly (TRL's `teacher_update_rate`, 1 - COPSD's `ema_decay`). */
import { grid, type Op } from '../graph/op.ts';
import { elements, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { movingAverageStep } from '../kernels/optimizer.ts';

type Inputs = { rate: Tensor; param: Tensor };

/** `elements`: length of the arenas. `average` is persistent and bound once, read-write. */
export const movingAverageOp: Op<Inputs, { average: Tensor }, { readonly elements: number }> = {
  name: 'moving-average',
  infer: (_inputs, { elements: n }) => {
    if (n === 0 || n % 4 !== 0) throw new Error(`moving-average: an arena of ${n} elements is no multiple of 4.`);
    return { average: { shape: [n], dtype: 'f32' } };
  },
  lower: ({ inputs, outputs, attrs: { elements: n } }, device) => [
    {
      kernel: movingAverageStep,
      bind: { ...inputs, ...outputs },
      params: { quads: n / 4 },
      workgroups: grid(n / 4, movingAverageStep, device),
      cost: 12 * n,
    },
  ],
};

/** average = (1 - rate) average + rate param; `rate` [1] is written before every run. */
export function movingAverage(trace: Trace, { rate, param }: Inputs, average: Tensor): void {
  trace.emit(movingAverageOp, { rate, param }, { elements: elements(param.shape) }, { average });
}
