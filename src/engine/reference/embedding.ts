/** Twin of the embedding. */
import { embeddingOp } from '../ops/embedding.ts';
import { twin, zeros } from './twin.ts';

const normal = { kind: 'normal' } as const;

export const embeddingTwin = twin(
  embeddingOp,
  ({ ids, table }, { scale }) => {
    const [rows, width] = table.shape as [number, number];
    const y = zeros([ids.data.length, width]);
    ids.data.forEach((id, t) => {
      if (id < rows)
        y.data.set(
          table.data.subarray(id * width, (id + 1) * width).map((x) => x * scale),
          t * width,
        );
    });
    return { y };
  },
  [
    {
      title: 'f32, partial workgroup, an id beyond the table',
      inputs: {
        ids: { shape: [5], dtype: 'u32', fill: { kind: 'values', values: [8, 0, 3, 3, 9] } },
        table: { shape: [9, 20], fill: normal },
      },
      attrs: { scale: 1 },
    },
    {
      title: 'bf16, many workgroups',
      inputs: {
        ids: { shape: [33], dtype: 'u32', fill: { kind: 'integers', below: 65 } },
        table: { shape: [65, 36], dtype: 'bf16', fill: normal },
      },
      attrs: { scale: 25.5 },
    },
    {
      title: 'one token',
      inputs: {
        ids: { shape: [1], dtype: 'u32', fill: { kind: 'integers', below: 3 } },
        table: { shape: [3, 4], dtype: 'bf16', fill: normal },
      },
      attrs: { scale: 1 },
    },
  ],
);
