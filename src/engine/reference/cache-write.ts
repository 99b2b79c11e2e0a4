/** Twin of the write into the key/value cache, and its cases. */
import { cacheWriteOp } from '../ops/cache-write.ts';
import { twin } from './twin.ts';

const normal = { kind: 'normal' } as const;

export const cacheWriteTwin = twin(
  cacheWriteOp,
  ({ k, v, row, position }, { rows, capacity }, { k_cache, v_cache }) => {
    const width = k.shape[1]!;
    const [keys, values] = [k_cache!.data.slice(), v_cache!.data.slice()];
    row.data.forEach((r, t) => {
      const p = position.data[t]!;
      if (r >= rows || p >= capacity) return;
      for (let i = 0; i < width; i++) {
        keys[(r * capacity + p) * width + i] = k.data[t * width + i]!;
        values[(r * capacity + p) * width + i] = v.data[t * width + i]!;
      }
    });
    return { k_cache: { shape: k_cache!.shape, data: keys }, v_cache: { shape: v_cache!.shape, data: values } };
  },
  [
    { title: 'one token', rows: 2, capacity: 5, width: 16, row: [1], position: [4] },
    {
      title: 'rows in part, padding rows and positions skipped',
      rows: 3,
      capacity: 8,
      width: 24,
      row: [0, 0, 2, 3, 1],
      position: [6, 7, 0, 1, 8],
    },
  ].map(({ title, rows, capacity, width, row, position }) => ({
    title,
    inputs: {
      k: { shape: [row.length, width], fill: normal },
      v: { shape: [row.length, width], fill: normal },
      row: { shape: [row.length], dtype: 'u32', fill: { kind: 'values', values: row } },
      position: { shape: [row.length], dtype: 'u32', fill: { kind: 'values', values: position } },
    },
    attrs: { rows, capacity },
    into: { k_cache: { shape: [rows, capacity, width], fill: normal }, v_cache: { shape: [rows, capacity, width], fill: normal } },
  })),
);
