/** Twin of the launch from the residual stream to the chosen experts, and its cases. */
import { normRouteTopKOp } from '../ops/norm-route-top-k.ts';
import { twin, zeros } from './twin.ts';

const normal = { kind: 'normal' } as const;

export const normRouteTopKTwin = twin(
  normRouteTopKOp,
  ({ h, norm_weight, weight, bias }, { perToken, eps, over_all }) => {
    const [rows, width] = h.shape as [number, number];
    const count = weight.shape[0]!;
    const x = zeros(h.shape);
    const experts = zeros([rows, perToken]);
    const weights = zeros([rows, perToken]);
    for (let r = 0; r < rows; r++) {
      let squares = 0;
      for (let i = 0; i < width; i++) squares += h.data[r * width + i]! ** 2;
      for (let i = 0; i < width; i++)
        x.data[r * width + i] = (h.data[r * width + i]! / Math.sqrt(squares / width + eps)) * norm_weight.data[i]!;
      const logits = Array.from({ length: count }, (_, e) => {
        let sum = bias?.data[e] ?? 0;
        for (let i = 0; i < width; i++) sum += x.data[r * width + i]! * weight.data[e * width + i]!;
        return sum;
      });
      const order = logits.map((_, e) => e).sort((a, b) => logits[b]! - logits[a]! || a - b);
      const chosen = order.slice(0, perToken);
      const exps = chosen.map((e) => Math.exp(logits[e]! - logits[chosen[0]!]!));
      const total = (over_all ? logits.map((l) => Math.exp(l - logits[chosen[0]!]!)) : exps).reduce((a, b) => a + b, 0);
      experts.data.set(chosen, r * perToken);
      weights.data.set(
        exps.map((s) => s / total),
        r * perToken,
      );
    }
    return { x, experts, weights };
  },
  [
    { title: 'one row, as many experts as one pass takes, bf16', rows: 1, width: 136, experts: 32, perToken: 4, dtype: 'bf16', bias: true },
    { title: 'three rows, few experts, f32, no bias', rows: 3, width: 36, experts: 5, perToken: 2, dtype: 'f32', bias: false },
    { title: 'five rows, all experts chosen', rows: 5, width: 8, experts: 4, perToken: 4, dtype: 'bf16', bias: true },
    { title: 'sixteen rows, several passes, the last partial', rows: 16, width: 64, experts: 70, perToken: 8, dtype: 'bf16', bias: true },
    { title: 'more experts than lanes', rows: 1, width: 520, experts: 200, perToken: 6, dtype: 'f32', bias: true },
    { title: 'softmax over all', rows: 2, width: 40, experts: 40, perToken: 3, dtype: 'bf16', bias: false, over_all: true },
  ].map(({ title, rows, width, experts, perToken, dtype, bias, over_all }) => ({
    title,
    inputs: {
      h: { shape: [rows, width], fill: normal },
      norm_weight: { shape: [width], fill: normal },
      // Logits so near to 0 that all of them count.
      weight: { shape: [experts, width], dtype: dtype as 'f32' | 'bf16', fill: { kind: 'normal', scale: width ** -0.5 } },
      ...(bias && { bias: { shape: [experts], fill: normal } }),
    },
    attrs: { perToken, eps: 1e-5, ...(over_all && { over_all }) },
  })),
);
