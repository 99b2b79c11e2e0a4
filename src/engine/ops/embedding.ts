/**
 * Embedding: rows of a frozen table by id. No gradient: the table is not trained and nothing lies below it.
 * A table longer than the device's largest binding is read in ranges of rows, one launch each.
 */
import { type Capabilities, grid, type Launch, type Op } from '../graph/op.ts';
import { byteLength, elements, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { embeddingForwardBf16, embeddingForwardF32 } from '../kernels/embedding.ts';

const OFFSET_ALIGNMENT = 256;

type Inputs = { ids: Tensor; table: Tensor };

export const embeddingOp: Op<Inputs, { y: Tensor }, Record<string, never>> = {
  name: 'embedding',
  infer: ({ ids, table }) => {
    const width = table.shape[1] ?? 0;
    if (table.dtype !== 'f32' && table.dtype !== 'bf16') throw new Error(`embedding: a table of ${table.dtype} cannot be read.`);
    if (width === 0 || width % 4 !== 0) throw new Error(`embedding: rows of ${width} values are no multiple of 4.`);
    return { y: { shape: [elements(ids.shape), width], dtype: 'f32' } };
  },
  lower: ({ inputs: { ids, table }, outputs: { y } }, device) => {
    const [rows, width] = table.shape as [number, number];
    const perLaunch = rowsPerLaunch(table, device);
    const launches: Launch[] = [];
    for (let first = 0; first < rows; first += perLaunch) {
      const count = Math.min(perLaunch, rows - first);
      const rowBytes = byteLength(table) / rows;
      launches.push({
        kernel: table.dtype === 'bf16' ? embeddingForwardBf16 : embeddingForwardF32,
        bind: { weight: { tensor: table, offset: first * rowBytes, bytes: count * rowBytes }, ids, y },
        params: { tokens: elements(ids.shape), quads: width / 4, first, count, last: first + count === rows ? 1 : 0 },
        workgroups: grid(elements(y.shape) / 4, 64, device),
        cost: elements(y.shape),
      });
    }
    return launches;
  },
};

/** As many rows as one binding holds, so that every range starts at an aligned byte. */
function rowsPerLaunch(table: Tensor, device: Capabilities): number {
  const rows = table.shape[0]!;
  const rowBytes = byteLength(table) / rows;
  if (rows * rowBytes <= device.maxStorageBufferBindingSize) return rows;
  let unit = 1;
  while ((unit * rowBytes) % OFFSET_ALIGNMENT !== 0) unit *= 2;
  return Math.max(unit, Math.floor(device.maxStorageBufferBindingSize / rowBytes / unit) * unit);
}

/** The rows of `table` [V, C] (f32 or bf16) that `ids` [T] name, as [T, C] f32. */
export function embedding(trace: Trace, ids: Tensor, table: Tensor): Tensor {
  return trace.emit(embeddingOp, { ids, table }, {}).y;
}
