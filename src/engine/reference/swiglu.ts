/** Twins of the clamped SwiGLU and its gradient; inputs go well beyond the clamp on both sides. */
import { GPT_OSS_SWIGLU, PLAIN_SWIGLU, swigluGradient, swigluOp } from '../ops/swiglu.ts';
import { type CaseInput, twin, zeros } from './twin.ts';

const attrs = GPT_OSS_SWIGLU;
const z = (rows: number, width: number): CaseInput => ({
  shape: [rows, 2 * width],
  fill: { kind: 'normal', scale: 6 },
  differentiable: true,
});
/** Gate and up exactly at the limits, just beyond, and far out. */
const edges: CaseInput = { shape: [1, 12], fill: { kind: 'values', values: [7, 7, 7.5, -7, 1, 7.5, -60, -8, -7, 3, 200, 200] } };

export const swigluTwin = twin(
  swigluOp,
  ({ z }, { alpha, limit, shift }) => {
    const y = zeros([z.shape[0]!, z.shape[1]! / 2]);
    for (let i = 0; i < y.data.length; i++) {
      const gate = Math.min(z.data[2 * i]!, limit);
      const up = Math.max(-limit, Math.min(z.data[2 * i + 1]!, limit));
      y.data[i] = ((up + shift) * gate) / (1 + Math.exp(-alpha * gate));
    }
    return { y };
  },
  [
    { title: 'partial workgroup, clamped on both sides', inputs: { z: z(7, 41) }, attrs },
    { title: 'at and beyond the limits', inputs: { z: edges }, attrs },
    { title: 'plain', inputs: { z: z(5, 12) }, attrs: PLAIN_SWIGLU },
  ],
);

export const swigluGradientTwin = twin(
  swigluGradient,
  ({ z, dy }, { alpha, limit, shift }) => {
    const dz = zeros(z.shape);
    for (let i = 0; i < dy.data.length; i++) {
      const gate = Math.min(z.data[2 * i]!, limit);
      const up = Math.max(-limit, Math.min(z.data[2 * i + 1]!, limit));
      const s = 1 / (1 + Math.exp(-alpha * gate));
      if (z.data[2 * i]! <= limit) dz.data[2 * i] = dy.data[i]! * (up + shift) * s * (1 + alpha * gate * (1 - s));
      if (Math.abs(z.data[2 * i + 1]!) <= limit) dz.data[2 * i + 1] = dy.data[i]! * gate * s;
    }
    return { dz };
  },
  [
    { title: 'partial workgroup, clamped on both sides', inputs: { z: z(7, 41), dy: { shape: [7, 41], fill: { kind: 'normal' } } }, attrs },
    { title: 'at and beyond the limits', inputs: { z: edges, dy: { shape: [1, 6], fill: { kind: 'normal' } } }, attrs },
    { title: 'plain', inputs: { z: z(5, 12), dy: { shape: [5, 12], fill: { kind: 'normal' } } }, attrs: PLAIN_SWIGLU },
  ],
);
