/** Twin of joining columns, and its cases. */
import { joinColumnsOp } from '../ops/join-columns.ts';
import { twin, zeros } from './twin.ts';

const normal = { kind: 'normal' } as const;

export const joinColumnsTwin = twin(
  joinColumnsOp,
  ({ a, b, c }) => {
    const rows = a.shape[0]!;
    const parts = [a, b, c].map(({ shape, data }) => ({ width: shape[1]!, data }));
    const y = zeros([rows, parts.reduce((n, { width }) => n + width, 0)]);
    let at = 0;
    for (let r = 0; r < rows; r++) for (const { width, data } of parts) for (let i = 0; i < width; i++) y.data[at++] = data[r * width + i]!;
    return { y };
  },
  [
    { title: 'one row', rows: 1, widths: [5, 3, 2] },
    { title: 'rows over several workgroups', rows: 5, widths: [32, 8, 8] },
  ].map(({ title, rows, widths: [a, b, c] }) => ({
    title,
    inputs: {
      a: { shape: [rows, a!], fill: normal },
      b: { shape: [rows, b!], fill: normal },
      c: { shape: [rows, c!], fill: normal },
    },
    attrs: {},
  })),
);
