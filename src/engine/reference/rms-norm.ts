/** Twins of RMSNorm, and the cases for its two kernels. */
import { rmsNorm, rmsNormGradient } from '../ops/rms-norm.ts';
import { twin, zeros } from './twin.ts';

const normal = { kind: 'normal' } as const;

function shapes(rows: number, width: number, heads = 1) {
  return {
    x: { shape: [rows, heads * width], fill: normal, differentiable: true },
    weight: { shape: [width], fill: { kind: 'uniform', from: 0.5, to: 1.5 } },
  } as const;
}

const rows: readonly { title: string; rows: number; width: number; heads?: number; add?: true }[] = [
  { title: 'one row', rows: 1, width: 8 },
  { title: 'width below the workgroup', rows: 5, width: 12 },
  { title: 'narrow, more rows than a workgroup', rows: 70, width: 140 },
  { title: 'wide, not a multiple of the workgroup', rows: 3, width: 1100 },
  { title: 'narrow, but no multiple of 4', rows: 4, width: 70 },
  { title: 'head by head', rows: 5, width: 12, heads: 3 },
  { title: 'narrow, with a residual', rows: 6, width: 20, add: true },
  { title: 'wide, with a residual', rows: 2, width: 1056, add: true },
];

export const rmsNormTwin = twin(
  rmsNorm,
  ({ x, weight, add }, { eps }) => {
    const width = weight.shape[0]!;
    const y = zeros(x.shape);
    for (let base = 0; base < x.data.length; base += width) {
      let squares = 0;
      for (let i = 0; i < width; i++) squares += x.data[base + i]! ** 2;
      const scale = 1 / Math.sqrt(squares / width + eps);
      for (let i = 0; i < width; i++) y.data[base + i] = x.data[base + i]! * scale * weight.data[i]! + (add?.data[base + i] ?? 0);
    }
    return { y };
  },
  rows.map(({ title, rows: r, width, heads, add }) => ({
    title,
    inputs: { ...shapes(r, width, heads), ...(add && { add: { shape: [r, width], fill: normal, differentiable: true } }) },
    attrs: { eps: 1e-5 },
  })),
);

export const rmsNormGradientTwin = twin(
  rmsNormGradient,
  ({ x, weight, dy }, { eps }) => {
    const width = weight.shape[0]!;
    const dx = zeros(x.shape);
    for (let base = 0; base < x.data.length; base += width) {
      let squares = 0;
      let dot = 0;
      for (let i = 0; i < width; i++) {
        squares += x.data[base + i]! ** 2;
        dot += dy.data[base + i]! * weight.data[i]! * x.data[base + i]!;
      }
      const scale = 1 / Math.sqrt(squares / width + eps);
      for (let i = 0; i < width; i++) {
        dx.data[base + i] = scale * (dy.data[base + i]! * weight.data[i]! - (x.data[base + i]! * scale * scale * dot) / width);
      }
    }
    return { dx };
  },
  rows.map(({ title, rows: r, width, heads = 1 }) => ({
    title,
    inputs: { ...shapes(r, width, heads), dy: { shape: [r, heads * width], fill: normal } },
    attrs: { eps: 1e-5 },
  })),
);
