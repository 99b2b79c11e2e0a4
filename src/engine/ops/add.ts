/** Addition: residual connections, and the sums that differentiation needs. */
import type { Sums } from '../graph/backward.ts';
import { grid, type Op } from '../graph/op.ts';
import { elements, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { addIntoForward, addKernels } from '../kernels/elementwise.ts';
import { linearTransposedOp } from './linear.ts';
import { quadVariant } from './variants.ts';

export const addOp: Op<{ a: Tensor; b: Tensor }, { y: Tensor }, Record<string, never>> = {
  name: 'add',
  infer: ({ a, b }) => {
    if (a.shape.join() !== b.shape.join()) throw new Error(`add: shapes [${a.shape}] and [${b.shape}] differ.`);
    return { y: { shape: a.shape, dtype: 'f32' } };
  },
  lower: ({ inputs, outputs }, device) => {
    const n = elements(inputs.a.shape);
    const variant = quadVariant(n);
    const kernel = addKernels[variant];
    const count = variant === 'tail' ? n : n / 4;
    return [{ kernel, bind: { ...inputs, ...outputs }, params: { n: count }, workgroups: grid(count, kernel, device), cost: 24 * n }];
  },
  vjp: (_trace, _node, { y }) => ({ a: y!, b: y! }),
  /** Gradients that meet: a linear layer's transpose adds the first while it writes the second. */
  fuse: ({ inputs: { a } }, input, { op, inputs, attrs }) =>
    input === 'b' && op.name === linearTransposedOp.name && !inputs.add ? { op, inputs: { ...inputs, add: a }, attrs } : null,
};

/** y += x, for a persistent y. */
export const addIntoOp: Op<{ x: Tensor }, { y: Tensor }, Record<string, never>> = {
  name: 'add-into',
  infer: ({ x }) => ({ y: { shape: x.shape, dtype: 'f32' } }),
  lower: ({ inputs, outputs }, device) => {
    const n = elements(inputs.x.shape);
    return [
      { kernel: addIntoForward, bind: { ...inputs, ...outputs }, params: { n }, workgroups: grid(n, addIntoForward, device), cost: 24 * n },
    ];
  },
};

export function add(trace: Trace, a: Tensor, b: Tensor): Tensor {
  return trace.emit(addOp, { a, b }, {}).y;
}

export const sums: Sums = {
  add,
  addInto: (trace, x, into) => {
    trace.emit(addIntoOp, { x }, {}, { y: into });
  },
};
