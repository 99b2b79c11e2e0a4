/** Twin of the rotary embedding, and its cases. */
import { ropeOp } from '../ops/rope.ts';
import { twin, zeros } from './twin.ts';

const normal = { kind: 'normal' } as const;

export const ropeTwin = twin(
  ropeOp,
  ({ x, table, positions }, { heads, head_dim, transposed }) => {
    const y = zeros(x.shape);
    const half = head_dim / 2;
    for (let at = 0; at < x.data.length; at += head_dim) {
      const turn = positions.data[Math.floor(at / (heads * head_dim))]! * head_dim;
      for (let i = 0; i < half; i++) {
        const cos = table.data[turn + 2 * i]!;
        const sin = table.data[turn + 2 * i + 1]! * (transposed ? -1 : 1);
        const [x1, x2] = [x.data[at + i]!, x.data[at + half + i]!];
        y.data[at + i] = x1 * cos - x2 * sin;
        y.data[at + half + i] = x2 * cos + x1 * sin;
      }
    }
    return { y };
  },
  [
    { title: 'one token, one head', tokens: 1, heads: 1, head_dim: 16, transposed: false },
    { title: 'many tokens, partial workgroup', tokens: 13, heads: 3, head_dim: 20, transposed: false },
    { title: 'transposed', tokens: 7, heads: 2, head_dim: 64, transposed: true },
  ].map(({ title, tokens, ...attrs }) => ({
    title,
    inputs: {
      x: { shape: [tokens, attrs.heads * attrs.head_dim], fill: normal, differentiable: true },
      table: { shape: [9, attrs.head_dim / 2, 2], fill: normal },
      positions: { shape: [tokens], dtype: 'u32', fill: { kind: 'integers', below: 9 } },
    },
    attrs,
  })),
);
