/** Twins of the clamped SwiGLU and its gradient; inputs go well beyond the clamp on both sides. */
import { swigluGradient, swigluOp } from '../ops/swiglu.ts';
import { type CaseInput, twin, zeros } from './twin.ts';

const attrs = { alpha: 1.702, limit: 7 };
const z = (rows: number, width: number): CaseInput => ({
  shape: [rows, 2 * width],
  fill: { kind: 'normal', scale: 6 },
  differentiable: true,
});
/** Gate and up exactly at the limits, just beyond, and far out. */
const edges: CaseInput = { shape: [1, 12], fill: { kind: 'values', values: [7, 7, 7.5, -7, 1, 7.5, -60, -8, -7, 3, 200, 200] } };

export const swigluTwin = twin(
  swigluOp,
  ({ z }, { alpha, limit }) => {
    const y = zeros([z.shape[0]!, z.shape[1]! / 2]);
    for (let i = 0; i < y.data.length; i++) {
      const gate = Math.min(z.data[2 * i]!, limit);
      const up = Math.max(-limit, Math.min(z.data[2 * i + 1]!, limit));
      y.data[i] = ((up + 1) * gate) / (1 + Math.exp(-alpha * gate));
    }
    return { y };
  },
  [
    { title: 'partial workgroup, clamped on both sides', inputs: { z: z(7, 41) }, attrs },
    { title: 'at and beyond the limits', inputs: { z: edges }, attrs },
  ],
);

export const swigluGradientTwin = twin(
  swigluGradient,
  ({ z, dy }, { alpha, limit }) => {
    const dz = zeros(z.shape);
    for (let i = 0; i < dy.data.length; i++) {
      const gate = Math.min(z.data[2 * i]!, limit);
      const up = Math.max(-limit, Math.min(z.data[2 * i + 1]!, limit));
      const s = 1 / (1 + Math.exp(-alpha * gate));
      if (z.data[2 * i]! <= limit) dz.data[2 * i] = dy.data[i]! * (up + 1) * s * (1 + alpha * gate * (1 - s));
      if (Math.abs(z.data[2 * i + 1]!) <= limit) dz.data[2 * i + 1] = dy.data[i]! * gate * s;
    }
    return { dz };
  },
  [
    { title: 'partial workgroup, clamped on both sides', inputs: { z: z(7, 41), dy: { shape: [7, 41], fill: { kind: 'normal' } } }, attrs },
    { title: 'at and beyond the limits', inputs: { z: edges, dy: { shape: [1, 6], fill: { kind: 'normal' } } }, attrs },
  ],
);
