/** Twin of the projection to queries, keys and values, and its cases. */

import { rowLength } from '../ops/norm-down.ts';
import { qkvOp } from '../ops/qkv.ts';
import { WIDE } from '../ops/variants.ts';
import { placed } from './norm-down.ts';
import { type Array64, type CaseInput, twin, zeros } from './twin.ts';

const normal = { kind: 'normal' } as const;

export const qkvTwin = twin(
  qkvOp,
  ({ x, q_weight, k_weight, v_weight, q_bias, k_bias, v_bias, adapter }, { ups, biased }) => {
    const parts: [Array64, Array64 | undefined][] = [
      [q_weight, q_bias],
      [k_weight, k_bias],
      [v_weight, v_bias],
    ];
    const [rows, stride] = x.shape as [number, number];
    const width = q_weight.shape[1]!;
    const columns = parts.reduce((n, [w]) => n + w.shape[0]!, 0);
    const ranks = ups.reduce((n, { rank }) => n + rank, 0);
    const y = zeros([rows, columns]);
    for (let r = 0; r < rows; r++) {
      let at = r * columns;
      let h = r * stride + width;
      for (const [m, [w, bias]] of parts.entries()) {
        const up = ups[m] ?? { rank: 0, at: 0, scale: 0 };
        for (let n = 0; n < w.shape[0]!; n++, at++) {
          let sum = bias?.data[n] ?? (biased ? x.data[r * stride + width + ranks + (at % columns)]! : 0);
          for (let i = 0; i < width; i++) sum += x.data[r * stride + i]! * w.data[n * width + i]!;
          for (let i = 0; i < up.rank; i++) sum += up.scale * x.data[h + i]! * adapter!.data[up.at + n * up.rank + i]!;
          y.data[at] = sum;
        }
        h += up.rank;
      }
    }
    return { y };
  },
  [
    { title: 'one row, f32, partial tiles', rows: 1, width: 12, q: 20, kv: 8, dtype: 'f32', bias: true },
    { title: 'one row, bf16, many tiles, partial step of lanes', rows: 1, width: 264, q: 64, kv: 24, dtype: 'bf16', bias: true },
    { title: 'three rows, f32, no bias', rows: 3, width: 72, q: 32, kv: 16, dtype: 'f32', bias: false },
    { title: 'five rows, bf16', rows: 5, width: 136, q: 36, kv: 4, dtype: 'bf16', bias: true },
    { title: 'sixteen rows, bf16', rows: 16, width: 40, q: 16, kv: 8, dtype: 'bf16', bias: true },
    { title: 'one row, f32, wide', rows: 1, width: WIDE + 12, q: 20, kv: 8, dtype: 'f32', bias: true },
    { title: 'one row, bf16, wide', rows: 1, width: WIDE + 264, q: 64, kv: 24, dtype: 'bf16', bias: true },
    { title: 'five rows, bf16, wide', rows: 5, width: WIDE + 136, q: 36, kv: 4, dtype: 'bf16', bias: true },
    { title: 'sixteen rows, f32, no bias, wide', rows: 16, width: WIDE, q: 16, kv: 8, dtype: 'f32', bias: false },
    { title: 'adapter, one row, bf16, biases', rows: 1, width: 72, q: 20, kv: 8, dtype: 'bf16', bias: true, ranks: [4, 8, 4] },
    { title: 'adapter, five rows, f32, keys without one', rows: 5, width: 12, q: 36, kv: 4, dtype: 'f32', bias: false, ranks: [8, 0, 4] },
    { title: 'adapter, one row, f32, wide', rows: 1, width: WIDE + 12, q: 20, kv: 8, dtype: 'f32', bias: false, ranks: [4, 4, 4] },
    { title: 'adapter, six rows, bf16, biases, wide', rows: 6, width: WIDE, q: 36, kv: 8, dtype: 'bf16', bias: true, ranks: [72, 8, 4] },
    {
      title: 'adapter of values alone, five rows, bf16, wide',
      rows: 5,
      width: WIDE,
      q: 16,
      kv: 8,
      dtype: 'bf16',
      bias: true,
      ranks: [0, 0, 4],
    },
  ].map(({ title, rows, width, q, kv, dtype, bias, ranks }) => {
    const weight = (n: number): CaseInput => ({ shape: [n, width], dtype: dtype as 'f32' | 'bf16', fill: normal });
    const vector = (n: number): CaseInput => ({ shape: [n], fill: normal });
    const { ups, length } = placed(ranks ?? [], [q, kv, kv]);
    const stride = ranks ? rowLength(width, ups, bias ? q + 2 * kv : 0) : width;
    return {
      title,
      inputs: {
        x: { shape: [rows, stride], fill: normal },
        q_weight: weight(q),
        k_weight: weight(kv),
        v_weight: weight(kv),
        ...(ranks && { adapter: vector(length) }),
        ...(!ranks && bias && { q_bias: vector(q), k_bias: vector(kv), v_bias: vector(kv) }),
      },
      attrs: { ups, biased: ranks !== undefined && bias },
    };
  }),
);
