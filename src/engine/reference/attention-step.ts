/** Twin of attention of one new token per row, with its rotation and its write into the cache; cases for both kernels. */
import { attentionStepOp } from '../ops/attention-step.ts';
import { dot } from './attention.ts';
import { type Array64, twin, zeros } from './twin.ts';

const normal = { kind: 'normal' } as const;

interface Shape {
  title: string;
  lengths: number[];
  capacity: number;
  /** H, G, D */
  heads: [number, number, number];
  window?: number;
  sinks?: false;
  /** Queries and keys are normed; no sinks then. */
  norms?: true;
  /** Nothing is rotated. */
  rotary?: false;
  /** Keys of a prompt that all rows share, which lies behind their own. */
  shared?: number;
}

const shapes: Shape[] = [
  { title: 'one row, one key', lengths: [1], capacity: 3, heads: [2, 1, 16] },
  { title: 'rows of different length, one at rest, one full', lengths: [5, 0, 40, 17], capacity: 40, heads: [4, 2, 32] },
  { title: 'window', lengths: [5, 40], capacity: 40, heads: [4, 2, 12], window: 8 },
  { title: 'window in a long cache, first keys not read', lengths: [600, 130], capacity: 640, heads: [8, 1, 16], window: 128 },
  { title: 'no sinks', lengths: [9, 70], capacity: 80, heads: [2, 2, 24], sinks: false },
  { title: 'several chunks, the last partial', lengths: [301], capacity: 510, heads: [8, 1, 16] },
  { title: 'spans, the last partial, one row at rest, one in the first span', lengths: [1037, 0, 7], capacity: 1100, heads: [8, 1, 16] },
  { title: 'spans without sinks, keys that end with a span', lengths: [512], capacity: 513, heads: [2, 1, 8], sinks: false },
  { title: 'spans of a window', lengths: [900], capacity: 1000, heads: [2, 2, 8], window: 700 },
  { title: 'heads in part of a quad', lengths: [33, 12], capacity: 40, heads: [10, 2, 20] },
  { title: 'head size 64, eight heads of one key', lengths: [200], capacity: 200, heads: [16, 2, 64] },
  { title: 'head size 128, eight heads of one key', lengths: [70], capacity: 70, heads: [8, 1, 128] },
  { title: 'head size 256, seven heads of one key in two groups', lengths: [30, 4], capacity: 30, heads: [7, 1, 256], sinks: false },
  { title: 'groups and spans with sinks', lengths: [520], capacity: 600, heads: [12, 1, 96] },
  { title: 'not rotated', lengths: [6, 40], capacity: 40, heads: [6, 2, 20], sinks: false, rotary: false },
  { title: 'norms', lengths: [7, 0, 40], capacity: 40, heads: [6, 2, 20], norms: true },
  { title: 'norms, not rotated, window', lengths: [25], capacity: 30, heads: [3, 3, 12], window: 5, norms: true, rotary: false },
  { title: 'norms, groups and spans', lengths: [530, 3], capacity: 640, heads: [5, 1, 256], norms: true },
  { title: 'a prompt that is shared', lengths: [40, 9, 0, 8], capacity: 40, heads: [4, 2, 16], shared: 7 },
  {
    title: 'a prompt that is shared, in a window, with norms',
    lengths: [30, 12],
    capacity: 30,
    heads: [3, 1, 16],
    window: 9,
    norms: true,
    shared: 5,
  },
  { title: 'a prompt that is shared, spans', lengths: [700, 400], capacity: 700, heads: [2, 1, 8], shared: 300 },
  { title: 'many rows of small heads, one at rest', lengths: [5, 0, 40, 17, 1, 2, 33, 8, 40], capacity: 40, heads: [4, 2, 32] },
  { title: 'many rows, window, norms', lengths: [25, 1, 9, 30, 5, 4, 6, 0], capacity: 30, heads: [6, 2, 20], window: 5, norms: true },
  {
    title: 'many rows, a prompt that is shared, no sinks',
    lengths: [9, 30, 8, 12, 20, 29, 10, 11],
    capacity: 30,
    heads: [3, 1, 64],
    sinks: false,
    shared: 7,
  },
  {
    title: 'many rows, not rotated, a prompt in a window',
    lengths: [9, 30, 8, 12, 20, 29, 7, 11],
    capacity: 30,
    heads: [8, 8, 8],
    rotary: false,
    window: 6,
    shared: 4,
  },
  { title: 'sixteen rows', lengths: Array.from({ length: 16 }, (_, i) => 3 * i), capacity: 48, heads: [2, 1, 8] },
];

/** The head of `size` values from `at`, normed where there is a weight. */
function normed(x: Array64, at: number, size: number, weight: Array64 | undefined, eps: number): Float64Array {
  const head = x.data.slice(at, at + size);
  if (!weight) return head;
  const factor = 1 / Math.sqrt(head.reduce((sum, v) => sum + v * v, 0) / size + eps);
  return head.map((v, i) => v * factor * weight.data[i]!);
}

/** A head rotated by the angles of a position. */
function rotate(x: Float64Array, table: Array64 | undefined, position: number): Float64Array {
  if (!table) return x;
  const size = x.length;
  const half = size / 2;
  const out = new Float64Array(size);
  for (let i = 0; i < half; i++) {
    const cos = table.data[position * size + 2 * i]!;
    const sin = table.data[position * size + 2 * i + 1]!;
    const [x1, x2] = [x[i]!, x[half + i]!];
    out[i] = x1 * cos - x2 * sin;
    out[half + i] = x2 * cos + x1 * sin;
  }
  return out;
}

export const attentionStepTwin = twin(
  attentionStepOp,
  ({ qkv, table, sinks, q_norm, k_norm, places }, { heads, kv_heads, head_dim, window, scale, eps = 0 }, previous) => {
    const rows = places.shape[0]!;
    const y = zeros([rows, heads * head_dim]);
    const k_cache = { ...previous.k_cache!, data: previous.k_cache!.data.slice() };
    const v_cache = { ...previous.v_cache!, data: previous.v_cache!.data.slice() };
    for (let row = 0; row < rows; row++) {
      const [length, first, prompt, own] = places.data.slice(4 * row) as unknown as [number, number, number, number];
      if (length === 0) continue;
      const part = (n: number): number => (row * (heads + 2 * kv_heads) + n) * head_dim;
      const lineAt = (j: number, kv: number): number => ((j < prompt ? first + j : own + j - prompt) * kv_heads + kv) * head_dim;
      for (let kv = 0; kv < kv_heads; kv++) {
        k_cache.data.set(rotate(normed(qkv, part(heads + kv), head_dim, k_norm, eps), table, length - 1), lineAt(length - 1, kv));
        const v = part(heads + kv_heads + kv);
        v_cache.data.set(qkv.data.subarray(v, v + head_dim), lineAt(length - 1, kv));
      }
      for (let h = 0; h < heads; h++) {
        const q = { shape: [head_dim], data: rotate(normed(qkv, part(h), head_dim, q_norm, eps), table, length - 1) };
        const kv = Math.floor((h * kv_heads) / heads);
        const at = (row * heads + h) * head_dim;
        let sum = sinks ? Math.exp(sinks.data[h]!) : 0;
        for (let j = Math.max(0, length - (window ?? length)); j < length; j++) {
          const e = Math.exp(scale * dot(q, 0, k_cache, lineAt(j, kv), head_dim));
          sum += e;
          for (let d = 0; d < head_dim; d++) y.data[at + d]! += e * v_cache.data[lineAt(j, kv) + d]!;
        }
        for (let d = 0; d < head_dim; d++) y.data[at + d]! /= sum;
      }
    }
    return { y, k_cache, v_cache };
  },
  shapes.map(({ title, lengths, capacity, heads: [H, G, D], window, sinks, norms, rotary, shared = 0 }) => ({
    title,
    inputs: {
      qkv: { shape: [lengths.length, (H + 2 * G) * D], fill: normal },
      ...(rotary === false ? {} : { table: { shape: [capacity, D / 2, 2], fill: { kind: 'uniform', from: -1, to: 1 } } }),
      ...(sinks === false || norms ? {} : { sinks: { shape: [H], fill: normal } }),
      ...(norms && { q_norm: { shape: [D], fill: normal }, k_norm: { shape: [D], fill: normal } }),
      places: {
        shape: [lengths.length, 4],
        dtype: 'u32',
        fill: { kind: 'values', values: lengths.flatMap((length, row) => [length, lengths.length * capacity, shared, row * capacity]) },
      },
    },
    attrs: {
      heads: H,
      kv_heads: G,
      head_dim: D,
      window: window ?? null,
      scale: D ** -0.5,
      capacity,
      lines: lengths.length * capacity + shared,
      eps: 1e-5,
    },
    into: {
      k_cache: { shape: [lengths.length * capacity + shared, G * D], fill: normal },
      v_cache: { shape: [lengths.length * capacity + shared, G * D], fill: normal },
    },
  })),
  ['partial'],
);
