/** Twins of linear layers. Cases cover the three encodings, both forward kernels, and every optional input. */
import { linearLoraOp, linearOp, linearTransposedOp, linearWeightGradientOp } from '../ops/linear.ts';
import { keeps, ranksInput } from './own-ranks.ts';
import { type CaseInput, twin, zeros } from './twin.ts';
import { decodeWeight } from './weights.ts';

const normal = { kind: 'normal' } as const;
type Encoding = 'f32' | 'bf16' | 'mxfp4';

function weight(encoding: Encoding, n: number, k: number, trainable = false): { weight: CaseInput; scales?: CaseInput } {
  if (encoding !== 'mxfp4') return { weight: { shape: [n, k], dtype: encoding, fill: normal, differentiable: trainable } };
  return {
    weight: { shape: [n, k / 32, 16], dtype: 'u8', fill: { kind: 'integers', below: 256 } },
    scales: { shape: [n, k / 32], dtype: 'u8', fill: { kind: 'uniform', from: 120, to: 131 } },
  };
}

const x = (t: number, k: number): CaseInput => ({ shape: [t, k], fill: normal, differentiable: true });
const fixed = (t: number, k: number): CaseInput => ({ shape: [t, k], fill: normal });

export const linearTwin = twin(
  linearOp,
  ({ x, weight, scales, bias, add, ranks }, { scale, mix = 0 }) => {
    const w = decodeWeight(weight, scales);
    const [n, k] = w.shape as [number, number];
    const t = x.shape[0]!;
    const y = zeros([t, n]);
    for (let r = 0; r < t; r++) {
      for (let c = 0; c < n; c++) {
        let sum = 0;
        for (let i = 0; i < k; i++) sum += x.data[r * k + i]! * w.data[c * k + i]!;
        const product = keeps(ranks, r, mix, c) ? scale * (sum + (bias?.data[c] ?? 0)) : 0;
        y.data[r * n + c] = product + (add?.data[r * n + c] ?? 0);
      }
    }
    return { y };
  },
  [
    { title: 'one partial tile, f32', inputs: { x: x(17, 12), ...weight('f32', 5, 12) }, attrs: { scale: 1 } },
    {
      title: 'many tiles, bf16, bias and add',
      inputs: { x: x(130, 36), ...weight('bf16', 70, 36), bias: { shape: [70], fill: normal }, add: x(130, 70) },
      attrs: { scale: 1 },
    },
    { title: 'whole columns, mxfp4', inputs: { x: x(33, 64), ...weight('mxfp4', 44, 64) }, attrs: { scale: 1 } },
    {
      title: 'many tiles, mxfp4',
      inputs: { x: x(67, 96), ...weight('mxfp4', 41, 96), bias: { shape: [41], fill: normal } },
      attrs: { scale: 1 },
    },
    { title: 'many tiles, f32, whole columns', inputs: { x: x(75, 20), ...weight('f32', 76, 20), add: x(75, 76) }, attrs: { scale: 1 } },
    {
      title: 'wide tiles, partly filled, bf16, bias and add',
      inputs: { x: x(130, 36), ...weight('bf16', 136, 36), bias: { shape: [136], fill: normal }, add: x(130, 136) },
      attrs: { scale: 1 },
    },
    { title: 'wide tiles, mxfp4', inputs: { x: x(67, 96), ...weight('mxfp4', 40, 96) }, attrs: { scale: 0.5 } },
    {
      title: 'many columns for few rows',
      inputs: { x: x(7, 12), ...weight('bf16', 300, 12), bias: { shape: [300], fill: normal } },
      attrs: { scale: 1 },
    },
    { title: 'narrow, odd columns, bf16', inputs: { x: x(9, 12), ...weight('bf16', 7, 12) }, attrs: { scale: 1 } },
    { title: 'narrow, odd columns, mxfp4', inputs: { x: x(9, 32), ...weight('mxfp4', 7, 32) }, attrs: { scale: 1 } },
    { title: 'trainable weight, scaled', inputs: { x: x(19, 8), ...weight('f32', 6, 8, true), add: x(19, 6) }, attrs: { scale: 2.5 } },
    { title: 'one row, f32', inputs: { x: x(1, 8), ...weight('f32', 3, 8) }, attrs: { scale: 0.5 } },
    {
      title: 'few rows, bf16, bias and add',
      inputs: { x: x(5, 1032), ...weight('bf16', 9, 1032), bias: { shape: [9], fill: normal }, add: x(5, 9) },
      attrs: { scale: 1 },
    },
    { title: 'few wide rows, f32', inputs: { x: x(3, 1024), ...weight('f32', 6, 1024) }, attrs: { scale: 1 } },
    { title: 'one wide row, f32', inputs: { x: x(1, 1036), ...weight('f32', 19, 1036), add: x(1, 19) }, attrs: { scale: 2 } },
    {
      title: 'many rows, f32, bias and add, scaled',
      inputs: { x: x(20, 12), ...weight('f32', 8, 12), bias: { shape: [8], fill: normal }, add: x(20, 8) },
      attrs: { scale: 0.25 },
    },
    {
      title: 'odd columns, f32, bias and add, scaled',
      inputs: { x: x(20, 12), ...weight('f32', 7, 12), bias: { shape: [7], fill: normal }, add: x(20, 7) },
      attrs: { scale: 0.25 },
    },
    {
      title: 'one wide row, f32, bias and add, scaled',
      inputs: { x: x(1, 1024), ...weight('f32', 8, 1024), bias: { shape: [8], fill: normal }, add: x(1, 8) },
      attrs: { scale: 0.25 },
    },
    { title: 'one wide row, bf16', inputs: { x: x(1, 1032), ...weight('bf16', 33, 1032) }, attrs: { scale: 1 } },
    { title: 'sixteen rows, f32', inputs: { x: x(16, 1024), ...weight('f32', 5, 1024) }, attrs: { scale: 1 } },
    { title: 'few rows, mxfp4', inputs: { x: x(6, 1024), ...weight('mxfp4', 10, 1024) }, attrs: { scale: 1 } },
    {
      title: 'own ranks of three adapters, the second mix, partial tile',
      inputs: {
        x: fixed(21, 12),
        ...weight('f32', 24, 12),
        ranks: ranksInput(21, [
          [4, 4, 4],
          [4, 8, 12],
        ]),
      },
      attrs: { scale: 1, mix: 1 },
    },
    {
      title: 'own ranks of one adapter, many tiles',
      inputs: { x: fixed(70, 36), ...weight('f32', 8, 36), ranks: ranksInput(70, [[8]]) },
      attrs: { scale: 0.5, mix: 0 },
    },
    {
      title: 'own ranks, few wide rows, an adapter without the matrix',
      inputs: {
        x: fixed(7, 1028),
        ...weight('f32', 20, 1028),
        ranks: ranksInput(7, [
          [4, 0, 16],
          [4, 0, 0],
        ]),
      },
      attrs: { scale: 1, mix: 0 },
    },
    {
      title: 'own ranks, one wide row of the base model',
      inputs: { x: fixed(1, 1024), ...weight('f32', 4, 1024), ranks: ranksInput(1, [[4]]) },
      attrs: { scale: 1, mix: 0 },
    },
  ],
);

export const linearLoraTwin = twin(
  linearLoraOp,
  ({ x, weight, scales, bias, add, h, up }, { scale, lora_scale }) => {
    const w = decodeWeight(weight, scales);
    const [n, k] = w.shape as [number, number];
    const rank = up.shape[1]!;
    const y = zeros([x.shape[0]!, n]);
    for (let at = 0; at < y.data.length; at++) {
      const [r, c] = [Math.floor(at / n), at % n];
      let sum = bias?.data[c] ?? 0;
      for (let i = 0; i < k; i++) sum += x.data[r * k + i]! * w.data[c * k + i]!;
      for (let i = 0; i < rank; i++) sum += lora_scale * h.data[r * rank + i]! * up.data[c * rank + i]!;
      y.data[at] = scale * sum + (add?.data[at] ?? 0);
    }
    return { y };
  },
  [
    { title: 'one row, f32, odd columns', rows: 1, width: 12, columns: 7, encoding: 'f32' as const, rank: 4 },
    { title: 'five rows, bf16, bias and add', rows: 5, width: 40, columns: 72, encoding: 'bf16' as const, rank: 8, more: true },
    { title: 'six rows, f32, odd columns', rows: 6, width: 20, columns: 70, encoding: 'f32' as const, rank: 12 },
    { title: 'three rows, mxfp4', rows: 3, width: 64, columns: 12, encoding: 'mxfp4' as const, rank: 4 },
    { title: 'one wide row, bf16, bias and add', rows: 1, width: 1032, columns: 33, encoding: 'bf16' as const, rank: 4, more: true },
    {
      title: 'six wide rows, f32, a rank above the lanes',
      rows: 6,
      width: 1036,
      columns: 20,
      encoding: 'f32' as const,
      rank: 72,
      more: true,
    },
    { title: 'two wide rows, mxfp4', rows: 2, width: 1024, columns: 10, encoding: 'mxfp4' as const, rank: 8 },
  ].map(({ title, rows, width, columns, encoding, rank, more }) => ({
    title,
    inputs: {
      ...{ x: x(rows, width), ...weight(encoding, columns, width), h: x(rows, rank), up: { shape: [columns, rank], fill: normal } },
      ...(more && { bias: { shape: [columns], fill: normal }, add: x(rows, columns) }),
    },
    attrs: { scale: 0.5, lora_scale: 3 },
  })),
);

export const linearTransposedTwin = twin(
  linearTransposedOp,
  ({ x, weight, scales, add }, { scale }) => {
    const w = decodeWeight(weight, scales);
    const [n, k] = w.shape as [number, number];
    const t = x.shape[0]!;
    const y = zeros([t, k]);
    for (let r = 0; r < t; r++) {
      for (let c = 0; c < k; c++) {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += x.data[r * n + i]! * w.data[i * k + c]!;
        y.data[r * k + c] = sum * scale + (add?.data[r * k + c] ?? 0);
      }
    }
    return { y };
  },
  [
    { title: 'one row, odd inner size', inputs: { x: x(1, 5), ...weight('f32', 5, 8) }, attrs: { scale: 1 } },
    { title: 'whole quads, f32, add', inputs: { x: x(77, 32), ...weight('f32', 32, 68), add: x(77, 68) }, attrs: { scale: 0.25 } },
    { title: 'whole quads, bf16', inputs: { x: x(30, 40), ...weight('bf16', 40, 8) }, attrs: { scale: 1 } },
    { title: 'few rows, bf16', inputs: { x: x(15, 40), ...weight('bf16', 40, 8) }, attrs: { scale: 1 } },
    { title: 'few rows, mxfp4', inputs: { x: x(9, 40), ...weight('mxfp4', 40, 64) }, attrs: { scale: 1 } },
    {
      title: 'wide tiles, partly filled, f32, add',
      inputs: { x: x(77, 36), ...weight('f32', 36, 136), add: x(77, 136) },
      attrs: { scale: 0.25 },
    },
    { title: 'odd inner size, mxfp4', inputs: { x: x(9, 5), ...weight('mxfp4', 5, 64) }, attrs: { scale: 1 } },
    { title: 'many tiles, bf16, add', inputs: { x: x(77, 30), ...weight('bf16', 30, 68), add: x(77, 68) }, attrs: { scale: 0.25 } },
    { title: 'many tiles, mxfp4', inputs: { x: x(66, 40), ...weight('mxfp4', 40, 64) }, attrs: { scale: 1 } },
  ],
);

export const linearWeightGradientTwin = twin(
  linearWeightGradientOp,
  ({ dy, x }, { scale }, { dWeight }) => {
    const [t, n] = dy.shape as [number, number];
    const k = x.shape[1]!;
    const sum = zeros([n, k]);
    for (let r = 0; r < t; r++) {
      for (let i = 0; i < n; i++) for (let j = 0; j < k; j++) sum.data[i * k + j]! += scale * dy.data[r * n + i]! * x.data[r * k + j]!;
    }
    return { dWeight: { shape: [n, k], data: sum.data.map((v, i) => v + dWeight!.data[i]!) }, partial: zeros([1, n, k]) };
  },
  [
    {
      title: 'fewer tokens than lanes, partial tile',
      inputs: { dy: x(9, 6), x: x(9, 8) },
      attrs: { scale: 2 },
      into: { dWeight: { shape: [6, 8], fill: normal } },
    },
    {
      title: 'many tokens',
      inputs: { dy: x(150, 40), x: x(150, 36) },
      attrs: { scale: 1 },
      into: { dWeight: { shape: [40, 36], fill: normal } },
    },
  ],
  ['partial'],
);
