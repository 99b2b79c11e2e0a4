/** Twin of the projection to queries, keys and values, and its cases. */

import { qkvOp } from '../ops/qkv.ts';
import { WIDE } from '../ops/variants.ts';
import { type Array64, type CaseInput, twin, zeros } from './twin.ts';

const normal = { kind: 'normal' } as const;

export const qkvTwin = twin(
  qkvOp,
  ({ x, q_weight, k_weight, v_weight, q_bias, k_bias, v_bias }) => {
    const parts: [Array64, Array64 | undefined][] = [
      [q_weight, q_bias],
      [k_weight, k_bias],
      [v_weight, v_bias],
    ];
    const [rows, width] = x.shape as [number, number];
    const columns = parts.reduce((n, [w]) => n + w.shape[0]!, 0);
    const y = zeros([rows, columns]);
    for (let r = 0; r < rows; r++) {
      let at = r * columns;
      for (const [w, bias] of parts) {
        for (let n = 0; n < w.shape[0]!; n++, at++) {
          let sum = bias?.data[n] ?? 0;
          for (let i = 0; i < width; i++) sum += x.data[r * width + i]! * w.data[n * width + i]!;
          y.data[at] = sum;
        }
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
  ].map(({ title, rows, width, q, kv, dtype, bias }) => {
    const weight = (n: number): CaseInput => ({ shape: [n, width], dtype: dtype as 'f32' | 'bf16', fill: normal });
    const vector = (n: number): CaseInput => ({ shape: [n], fill: normal });
    return {
      title,
      inputs: {
        x: { shape: [rows, width], fill: normal },
        q_weight: weight(q),
        k_weight: weight(kv),
        v_weight: weight(kv),
        ...(bias && { q_bias: vector(q), k_bias: vector(kv), v_bias: vector(kv) }),
      },
      attrs: {},
    };
  }),
);
