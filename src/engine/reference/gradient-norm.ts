/** Twin of the gradient norm. */
import { gradientNormOp } from '../ops/gradient-norm.ts';
import { twin, zeros } from './twin.ts';

const paths = [
  { title: 'one quad, clipped', elements: 4, max_grad_norm: 0.5 },
  { title: 'partial piece, not clipped', elements: 1012, max_grad_norm: 1e4 },
  { title: 'many pieces, the last partial', elements: 40004, max_grad_norm: 1 },
  { title: 'no limit', elements: 64, max_grad_norm: 0 },
] as const;

export const gradientNormTwin = twin(
  gradientNormOp,
  ({ gradient, hyper }) => {
    const norm = Math.sqrt(gradient.data.reduce((s, g) => s + g * g, 0));
    const limit = hyper.data[7]!;
    const data = Float64Array.of(norm, limit > 0 ? Math.min(1, limit / (norm + 1e-6)) : 1);
    return { partial: zeros([Math.ceil(gradient.data.length / 16384)]), norm: { shape: [2], data } };
  },
  paths.map(({ title, elements, max_grad_norm }) => ({
    title,
    inputs: {
      gradient: { shape: [elements], fill: { kind: 'normal' } },
      hyper: { shape: [8], fill: { kind: 'values', values: [0, 0, 0, 0, 0, 0, 0, max_grad_norm] } },
    },
    attrs: {},
  })),
  ['partial'],
);
