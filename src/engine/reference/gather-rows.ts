/** Twins of gathering rows and of its gradient. */
import { gatherRowsOp, scatterRowsOp } from '../ops/gather-rows.ts';
import { twin, zeros } from './twin.ts';

const normal = { kind: 'normal' } as const;
const PADDING = 0xffffffff;

const paths = [
  { title: 'partial workgroup with padding', tokens: 7, width: 20, rows: [6, 0, 3, PADDING, 7] },
  { title: 'one row', tokens: 5, width: 4, rows: [4] },
  { title: 'every row, many workgroups', tokens: 29, width: 36, rows: Array.from({ length: 29 }, (_, i) => (i * 12) % 29) },
  { title: 'padding alone', tokens: 3, width: 8, rows: [PADDING, PADDING] },
] as const;

export const gatherRowsTwin = twin(
  gatherRowsOp,
  ({ x, rows }) => {
    const [tokens, width] = x.shape as [number, number];
    const y = zeros([rows.data.length, width]);
    rows.data.forEach((row, m) => {
      if (row < tokens) y.data.set(x.data.subarray(row * width, (row + 1) * width), m * width);
    });
    return { y };
  },
  paths.map(({ title, tokens, width, rows }) => ({
    title,
    inputs: {
      x: { shape: [tokens, width], fill: normal, differentiable: true },
      rows: { shape: [rows.length], dtype: 'u32', fill: { kind: 'values', values: rows } },
    },
    attrs: {},
  })),
);

export const scatterRowsTwin = twin(
  scatterRowsOp,
  ({ dy, rows }, { rows: tokens }) => {
    const width = dy.shape[1]!;
    const dx = zeros([tokens, width]);
    rows.data.forEach((row, m) => {
      if (row < tokens) for (let i = 0; i < width; i++) dx.data[row * width + i]! += dy.data[m * width + i]!;
    });
    return { dx };
  },
  paths.map(({ title, tokens, width, rows }) => ({
    title,
    inputs: {
      dy: { shape: [rows.length, width], fill: normal },
      rows: { shape: [rows.length], dtype: 'u32', fill: { kind: 'values', values: rows } },
    },
    attrs: { rows: tokens },
  })),
);
