/** Twin of the decode form of attention, and the cases for its kernel. */
import type { AttentionAttrs } from '../ops/attention.ts';
import { attentionDecodeOp } from '../ops/attention-decode.ts';
import { dot } from './attention.ts';
import { twin, zeros } from './twin.ts';

const normal = { kind: 'normal' } as const;

interface Shape {
  title: string;
  lengths: number[];
  capacity: number;
  /** H, G, D */
  heads: [number, number, number];
  window?: number;
  sinks?: false;
}

const shapes: Shape[] = [
  { title: 'one row, one key', lengths: [1], capacity: 3, heads: [2, 1, 16] },
  { title: 'rows of different length, one at rest, one full', lengths: [5, 0, 40, 17], capacity: 40, heads: [4, 2, 32] },
  { title: 'window', lengths: [5, 40], capacity: 40, heads: [4, 2, 16], window: 8 },
  { title: 'no sinks', lengths: [9, 70], capacity: 80, heads: [2, 2, 24], sinks: false },
  { title: 'several chunks, the last partial', lengths: [1100], capacity: 1101, heads: [2, 1, 16] },
  { title: 'head size that does not divide the workgroup', lengths: [33, 12], capacity: 40, heads: [6, 2, 20] },
  { title: 'head size 64', lengths: [100], capacity: 100, heads: [8, 1, 64] },
  { title: 'head size 128', lengths: [70], capacity: 70, heads: [2, 1, 128] },
];

export const attentionDecodeTwin = twin(
  attentionDecodeOp,
  ({ q, k_cache, v_cache, sinks, lengths }, { heads, kv_heads, head_dim, window, scale }) => {
    const y = zeros(q.shape);
    const capacity = k_cache.shape[1]!;
    lengths.data.forEach((length, row) => {
      for (let h = 0; h < heads; h++) {
        const at = (row * heads + h) * head_dim;
        const kv = Math.floor((h * kv_heads) / heads);
        const keyAt = (j: number): number => ((row * capacity + j) * kv_heads + kv) * head_dim;
        let sum = sinks ? Math.exp(sinks.data[h]!) : 0;
        for (let j = Math.max(0, length - (window ?? length)); j < length; j++) {
          const e = Math.exp(scale * dot(q, at, k_cache, keyAt(j), head_dim));
          sum += e;
          for (let d = 0; d < head_dim; d++) y.data[at + d]! += e * v_cache.data[keyAt(j) + d]!;
        }
        for (let d = 0; d < head_dim && sum > 0; d++) y.data[at + d]! /= sum;
      }
    });
    return { y };
  },
  shapes.map(({ title, lengths, capacity, heads: [H, G, D], window, sinks }) => ({
    title,
    inputs: {
      q: { shape: [lengths.length, H * D], fill: normal },
      k_cache: { shape: [lengths.length, capacity, G * D], fill: normal },
      v_cache: { shape: [lengths.length, capacity, G * D], fill: normal },
      ...(sinks === false ? {} : { sinks: { shape: [H], fill: normal } }),
      lengths: { shape: [lengths.length], dtype: 'u32', fill: { kind: 'values', values: lengths } },
    },
    attrs: { heads: H, kv_heads: G, head_dim: D, window: window ?? null, scale: D ** -0.5 } satisfies AttentionAttrs,
  })),
);
