/**
 * Gathering the rows that matter (those with a label) out of a stream, and its gradient, which puts rows back among zeros.
 * Row numbers below T are distinct; anything else is padding (zeros out, nothing in).
 */
import { grid, type Launch, type Op } from '../graph/op.ts';
import { elements, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { gatherRowsForward, scatterRowsClear, scatterRowsWrite } from '../kernels/embedding.ts';

function width(x: Tensor): number {
  const w = x.shape.at(-1)!;
  if (x.shape.length !== 2 || w % 4 !== 0) throw new Error(`gather-rows: shape [${x.shape}] is not [rows, a multiple of 4].`);
  return w;
}

export const gatherRowsOp: Op<{ x: Tensor; rows: Tensor }, { y: Tensor }, Record<string, never>> = {
  name: 'gather-rows',
  infer: ({ x, rows }) => ({ y: { shape: [elements(rows.shape), width(x)], dtype: 'f32' } }),
  lower: ({ inputs, outputs: { y } }, device) => [
    {
      kernel: gatherRowsForward,
      bind: { ...inputs, y },
      params: { rows_in: inputs.x.shape[0]!, rows_out: y.shape[0]!, quads: width(y) / 4 },
      workgroups: grid(elements(y.shape) / 4, gatherRowsForward, device),
      cost: elements(y.shape),
    },
  ],
  vjp: (trace, { inputs: { x, rows } }, { y: dy }) => ({
    x: trace.emit(scatterRowsOp, { dy: dy!, rows }, { rows: x.shape[0]! }).dx,
  }),
};

/** `rows`: T, the rows of the result. */
export const scatterRowsOp: Op<{ dy: Tensor; rows: Tensor }, { dx: Tensor }, { readonly rows: number }> = {
  name: 'scatter-rows',
  infer: ({ dy }, { rows }) => ({ dx: { shape: [rows, width(dy)], dtype: 'f32' } }),
  lower: ({ inputs, outputs: { dx } }, device): Launch[] => {
    const quads = elements(dx.shape) / 4;
    return [
      { kernel: scatterRowsClear, bind: { dx }, params: { quads }, workgroups: grid(quads, scatterRowsClear, device), cost: quads },
      {
        kernel: scatterRowsWrite,
        bind: { ...inputs, dx },
        params: { rows_in: inputs.dy.shape[0]!, rows_out: dx.shape[0]!, quads: width(dx) / 4 },
        workgroups: grid(elements(inputs.dy.shape) / 4, scatterRowsWrite, device),
        cost: elements(inputs.dy.shape),
      },
    ];
  },
};

/** Rows `rows` [M] of `x` [T, C] as [M, C]; a row number >= T gives zeros. */
export function gatherRows(trace: Trace, x: Tensor, rows: Tensor): Tensor {
  return trace.emit(gatherRowsOp, { x, rows }, {}).y;
}
