/** Twins of the load-balancing loss, its sums and its gradient. The gradient's own check is the one against TRL, since sums are not differentiated. */
import { routerBalanceGradient, routerBalanceLossOp, routerBalanceSumsOp } from '../ops/router-balance.ts';
import { type CaseInput, twin, zeros } from './twin.ts';

const logits = (tokens: number, experts: number): CaseInput => ({ shape: [tokens, experts], fill: { kind: 'normal', scale: 2 } });
const count = (n: number): CaseInput => ({ shape: [1], dtype: 'u32', fill: { kind: 'values', values: [n] } });
const sums = (experts: number): CaseInput => ({ shape: [2, experts], fill: { kind: 'uniform', from: 1, to: 40 } });

function softmax(row: Float64Array): Float64Array {
  const top = row.reduce((m, v) => Math.max(m, v));
  const exps = row.map((v) => Math.exp(v - top));
  const total = exps.reduce((a, b) => a + b);
  return exps.map((v) => v / total);
}

export const routerBalanceSumsTwin = twin(
  routerBalanceSumsOp,
  ({ logits, count }, { perToken }, { sums: before }) => {
    const experts = logits.shape[1]!;
    const sums = zeros([2, experts]);
    if (before) sums.data.set(before.data);
    for (let t = 0; t < count.data[0]!; t++) {
      const row = logits.data.slice(t * experts, (t + 1) * experts);
      const order = [...row.keys()].sort((a, b) => row[b]! - row[a]! || a - b).slice(0, perToken);
      for (const e of order) sums.data[e]! += 1;
      for (const [e, p] of softmax(row).entries()) sums.data[experts + e]! += p;
    }
    return { sums };
  },
  [
    { title: 'padding at the tail', inputs: { logits: logits(90, 5), count: count(77) }, attrs: { perToken: 2 }, into: { sums: sums(5) } },
    {
      title: 'equal logits, fewer tokens than lanes',
      inputs: { logits: { shape: [3, 4], fill: { kind: 'values', values: [1, 1, 0, 1] } }, count: count(3) },
      attrs: { perToken: 2 },
      into: { sums: sums(4) },
    },
  ],
);

export const routerBalanceLossTwin = twin(
  routerBalanceLossOp,
  ({ sums, count }, { layers, at }, { stats: before }) => {
    const experts = sums.shape[1]!;
    const n = count.data[0]! * layers;
    const stats = zeros([8]);
    if (before) stats.data.set(before.data);
    for (let e = 0; e < experts; e++) stats.data[at]! += (experts * sums.data[e]! * sums.data[experts + e]!) / (n * n);
    return { stats };
  },
  [
    {
      title: 'one loss',
      inputs: { sums: sums(6), count: count(31) },
      attrs: { layers: 3, width: 8, at: 4 },
      into: { stats: { shape: [8], fill: { kind: 'normal' } } },
    },
  ],
);

export const routerBalanceGradientTwin = twin(
  routerBalanceGradient,
  ({ logits, sums, count, add }, { layers, coefficient }) => {
    const [tokens, experts] = logits.shape as [number, number];
    const n = count.data[0]! * layers;
    const dlogits = zeros(logits.shape);
    for (let t = 0; t < tokens; t++) {
      const p = softmax(logits.data.slice(t * experts, (t + 1) * experts));
      const mean = p.reduce((a, v, e) => a + v * sums.data[e]!, 0);
      for (let e = 0; e < experts; e++) {
        const own = t < count.data[0]! ? ((coefficient * experts) / (n * n)) * p[e]! * (sums.data[e]! - mean) : 0;
        dlogits.data[t * experts + e] = add.data[t * experts + e]! + own;
      }
    }
    return { dlogits };
  },
  [
    {
      title: 'padding at the tail',
      inputs: { logits: logits(70, 5), sums: sums(5), count: count(66), add: { shape: [70, 5], fill: { kind: 'normal', scale: 1e-3 } } },
      attrs: { layers: 3, coefficient: 5 },
    },
  ],
);
