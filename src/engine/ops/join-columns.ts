/** Three tensors of as many rows beside each other: y [T, A + B + C] = [a | b | c]. No gradient. */
import { grid, type Op } from '../graph/op.ts';
import { elements, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { joinColumnsForward } from '../kernels/embedding.ts';

export const joinColumnsOp: Op<{ a: Tensor; b: Tensor; c: Tensor }, { y: Tensor }> = {
  name: 'join-columns',
  infer: (inputs) => {
    const shapes = [inputs.a, inputs.b, inputs.c].map((t) => t.shape);
    if (shapes.some(([rows]) => rows !== shapes[0]![0]))
      throw new Error(`join-columns: ${shapes.map((s) => `[${s}]`).join(', ')} differ in rows.`);
    return { y: { shape: [shapes[0]![0]!, shapes.reduce((n, [, width]) => n + width!, 0)], dtype: 'f32' } };
  },
  lower: ({ inputs, outputs }, device) => {
    const n = elements(outputs.y.shape);
    const [a, b, c] = [inputs.a, inputs.b, inputs.c].map((t) => t.shape[1]!) as [number, number, number];
    return [
      {
        kernel: joinColumnsForward,
        bind: { ...inputs, ...outputs },
        params: { n, a, b, c },
        workgroups: grid(n, joinColumnsForward, device),
        cost: n,
      },
    ];
  },
};

export function joinColumns(trace: Trace, parts: readonly Tensor[]): Tensor {
  const [a, b, c] = parts as readonly [Tensor, Tensor, Tensor];
  return trace.emit(joinColumnsOp, { a, b, c }, {}).y;
}
