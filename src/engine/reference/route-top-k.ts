/** Twins of the router's choice and its gradient. */
import { routeTopKGradientOp, routeTopKOp } from '../ops/route-top-k.ts';
import { type CaseInput, twin, zeros } from './twin.ts';

const logits = (tokens: number, experts: number): CaseInput => ({
  shape: [tokens, experts],
  fill: { kind: 'normal', scale: 2 },
  differentiable: true,
});

/** Logits of 32 experts; those of `hot` lie far above all others at every token. */
function crowded(tokens: number, hot: readonly number[]): CaseInput {
  const values = Array.from({ length: tokens * 32 }, (_, i) => (hot.includes(i % 32) ? 8 : 0) + ((i * 37) % 101) / 50);
  return { shape: [tokens, 32], fill: { kind: 'values', values }, differentiable: true };
}

export const routeTopKTwin = twin(
  routeTopKOp,
  ({ logits }, { perToken, over_all }) => {
    const [tokens, count] = logits.shape as [number, number];
    const experts = zeros([tokens, perToken]);
    const weights = zeros([tokens, perToken]);
    for (let t = 0; t < tokens; t++) {
      const row = logits.data.subarray(t * count, (t + 1) * count);
      const order = [...row.keys()].sort((a, b) => row[b]! - row[a]! || a - b).slice(0, perToken);
      const exps = order.map((e) => Math.exp(row[e]! - row[order[0]!]!));
      const sum = (over_all ? [...row].map((l) => Math.exp(l - row[order[0]!]!)) : exps).reduce((a, b) => a + b);
      experts.data.set(order, t * perToken);
      weights.data.set(
        exps.map((s) => s / sum),
        t * perToken,
      );
    }
    return { experts, weights };
  },
  [
    { title: 'several tokens, partial workgroup', inputs: { logits: logits(70, 6) }, attrs: { perToken: 2 } },
    { title: 'one token, 128 experts', inputs: { logits: logits(1, 128) }, attrs: { perToken: 8 } },
    {
      title: 'equal logits go to the lowest index',
      inputs: { logits: { shape: [3, 5], fill: { kind: 'values', values: [1, 2, 2, 1, 2, 0, 0, 0, 0, 0, -1, -1, 3, -1, 3] } } },
      attrs: { perToken: 4 },
    },
    { title: 'all experts chosen', inputs: { logits: logits(9, 3) }, attrs: { perToken: 3 } },
    { title: '32 experts, one has nearly all the weight at every token', inputs: { logits: crowded(70, [5]) }, attrs: { perToken: 4 } },
    { title: '32 experts, the same four at every token', inputs: { logits: crowded(70, [0, 9, 30, 31]) }, attrs: { perToken: 4 } },
    { title: 'softmax over all', inputs: { logits: logits(9, 7) }, attrs: { perToken: 3, over_all: true } },
    { title: 'softmax over all, one expert a token', inputs: { logits: logits(5, 4) }, attrs: { perToken: 1, over_all: true } },
    { title: 'one expert a token has no gradient', inputs: { logits: logits(5, 4) }, attrs: { perToken: 1 } },
  ],
);

export const routeTopKGradientTwin = twin(
  routeTopKGradientOp,
  ({ weights, experts, dweights, logits }, { experts: count }) => {
    const [tokens, perToken] = weights.shape as [number, number];
    const dlogits = zeros([tokens, count]);
    for (let t = 0; t < tokens; t++) {
      for (let e = 0; logits && e < count; e++) {
        const [first, best] = [t * perToken, experts.data[t * perToken]!];
        const p = weights.data[first]! * Math.exp(logits.data[t * count + e]! - logits.data[t * count + best]!);
        for (let j = first; j < first + perToken; j++) {
          const own = experts.data[j] === e ? 1 : 0;
          dlogits.data[t * count + e]! += weights.data[j]! * (own - p) * dweights.data[j]!;
        }
      }
      for (let k = 0; !logits && k < perToken; k++) {
        for (let j = 0; j < perToken; j++) {
          const jacobian = weights.data[t * perToken + j]! * ((j === k ? 1 : 0) - weights.data[t * perToken + k]!);
          dlogits.data[t * count + experts.data[t * perToken + k]!]! += jacobian * dweights.data[t * perToken + j]!;
        }
      }
    }
    return { dlogits };
  },
  [
    {
      title: 'several tokens, partial workgroup',
      inputs: {
        weights: { shape: [3, 2], fill: { kind: 'values', values: [0.75, 0.25, 0.5, 0.5, 1, 0] } },
        experts: { shape: [3, 2], dtype: 'u32', fill: { kind: 'values', values: [4, 1, 0, 2, 3, 4] } },
        dweights: { shape: [3, 2], fill: { kind: 'normal' } },
      },
      attrs: { experts: 5 },
    },
    {
      title: 'softmax over all',
      inputs: {
        // Of each token's logits the first chosen has the weight that it has among all.
        weights: { shape: [1, 2], fill: { kind: 'values', values: [0.5, 0.25] } },
        experts: { shape: [1, 2], dtype: 'u32', fill: { kind: 'values', values: [2, 0] } },
        dweights: { shape: [1, 2], fill: { kind: 'normal' } },
        logits: { shape: [1, 4], fill: { kind: 'values', values: [0, -Math.LN2, Math.LN2, -Math.LN2] } },
      },
      attrs: { experts: 4 },
    },
  ],
);
