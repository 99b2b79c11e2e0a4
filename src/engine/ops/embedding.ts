/**
 * Embedding: rows of a frozen table by id. No gradient: the table is not trained and nothing lies below it.
 * A table longer than the device's largest binding is read in ranges of rows, one launch each.
 */
import { grid, type Launch, type Op } from '../graph/op.ts';
import { pieces } from '../graph/pieces.ts';
import { byteLength, elements, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { embeddingForward } from '../kernels/embedding.ts';

type Inputs = { ids: Tensor; table: Tensor };

export const embeddingOp: Op<Inputs, { y: Tensor }, { readonly scale: number }> = {
  name: 'embedding',
  infer: ({ ids, table }) => {
    const width = table.shape[1] ?? 0;
    if (table.dtype !== 'f32' && table.dtype !== 'bf16') throw new Error(`embedding: a table of ${table.dtype} cannot be read.`);
    if (width === 0 || width % 4 !== 0) throw new Error(`embedding: rows of ${width} values are no multiple of 4.`);
    return { y: { shape: [elements(ids.shape), width], dtype: 'f32' } };
  },
  lower: ({ inputs: { ids, table }, outputs: { y }, attrs }, device) => {
    const [rows, width] = table.shape as [number, number];
    const kernel = embeddingForward[table.dtype as 'f32' | 'bf16']; // as checked in `infer`
    const rowBytes = byteLength(table) / rows;
    return pieces(table, device, table.name).map(
      ({ first, count }): Launch => ({
        kernel,
        bind: { weight: { tensor: table, offset: first * rowBytes, bytes: count * rowBytes }, ids, y },
        params: { tokens: elements(ids.shape), quads: width / 4, first, count, last: first + count === rows ? 1 : 0, ...attrs },
        workgroups: grid(elements(y.shape) / 4, kernel, device),
        cost: elements(y.shape),
      }),
    );
  },
};

/** The rows of `table` [V, C] (f32 or bf16) that `ids` [T] name, times `scale`, as [T, C] f32. */
export function embedding(trace: Trace, ids: Tensor, table: Tensor, scale = 1): Tensor {
  return trace.emit(embeddingOp, { ids, table }, { scale }).y;
}
