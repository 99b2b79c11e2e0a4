/** Twins of GRPO's loss and of its entropy threshold. grpo.test.ts compares the gradient with central differences of the loss. */
import { COMPLETION_WORDS, entropyThresholdOp, GRPO_STATS, type GrpoAttrs, grpoOp } from '../ops/grpo.ts';
import { type Array64, type CaseInput, twin, zeros } from './twin.ts';

/** Sorted entropies count from a few units of rounding below the threshold: first tokens of one prompt's completions tie. */
const ROUNDING = 4e-6;

export const entropyThresholdTwin = twin(
  entropyThresholdOp,
  ({ entropy, labels, rank, fraction }) => {
    const values = [...entropy.data].filter((_, r) => labels.data[r]! >= 0).sort((a, b) => a - b);
    const low = values[rank.data[0]!] ?? 0;
    const quantile = low + fraction.data[0]! * ((values[rank.data[0]! + 1] ?? low) - low);
    const threshold = values.length === 0 ? 0 : quantile - ROUNDING * Math.max(1, Math.abs(quantile));
    const kept = values.filter((value) => value >= threshold).length;
    return { threshold: { shape: [3], data: Float64Array.of(threshold, kept, values.length) } };
  },
  [
    { title: 'between two', rank: 3, fraction: 0.25, labels: [0, 1, 2, 3, 4, 5, -100, 7] },
    { title: 'the upper of two is nearer', rank: 2, fraction: 0.75, labels: [0, 1, -100, 3, 4] },
    { title: 'the largest', rank: 4, fraction: 0, labels: [0, 1, 2, 3, 4] },
    { title: 'many rows a lane', rank: 640, fraction: 0.5, labels: Array.from({ length: 1000 }, (_, i) => (i < 900 ? i : -100)) },
    { title: 'ties', rank: 3, fraction: 0.5, labels: [0, 1, 2, 3, 4, 5], values: [0.5, 2, 2, 2, 2, 3] },
    { title: 'a value below zero', rank: 0, fraction: 0.5, labels: [0, 1, 2], values: [-1e-7, 0, 0.25] },
    { title: 'no label at all', rank: 0, fraction: 0, labels: [-100, -100] },
  ].map(({ title, rank, fraction, labels, values }) => ({
    title,
    inputs: {
      entropy: { shape: [labels.length], fill: values ? { kind: 'values', values } : { kind: 'uniform', from: 0, to: 6 } } as CaseInput,
      labels: { shape: [labels.length], dtype: 'i32', fill: { kind: 'values', values: labels } } as CaseInput,
      rank: { shape: [1], dtype: 'u32', fill: { kind: 'values', values: [rank] } } as CaseInput,
      fraction: { shape: [1], fill: { kind: 'values', values: [fraction] } } as CaseInput,
    },
    attrs: {},
  })),
);

interface Cost {
  readonly loss: number;
  readonly by_ratio: number;
  readonly by_logp: number;
  readonly weight: number;
  readonly low: boolean;
  readonly high: boolean;
}

function policyCost(r: number, drift: number, a: number, logp: number, p: GrpoAttrs): Cost {
  const none = { by_ratio: 0, by_logp: 0, weight: 0, low: false, high: false };
  const side = a >= 0 ? { k: p.k_positive, lambda: p.positive } : { k: p.k_negative, lambda: p.negative };
  if (p.policy === 'cispo') {
    const weight = Math.min(r, p.high) * a;
    return { ...none, loss: -weight * logp, by_logp: -weight, high: r > p.high && a > 0 };
  }
  if (p.policy === 'sapo') {
    const t = a > 0 ? p.positive : p.negative;
    const s = 1 / (1 + Math.exp(-t * (r - 1)));
    return { ...none, loss: (-4 / t) * s * a, by_ratio: -4 * s * (1 - s) * a };
  }
  if (p.policy === 'vespo') {
    const log_w = Math.min(20, Math.max(Math.log(1e-8), drift));
    const phi = Math.exp(side.lambda + side.k * log_w - side.lambda * Math.exp(log_w));
    return { ...none, loss: -phi * a * logp, by_logp: -phi * a, weight: phi };
  }
  const [free, clipped] = [Math.min(r, p.delta) * a, Math.min(p.high, Math.max(p.low, r)) * a];
  const by_free = r <= p.delta ? a : 0;
  const by_clipped = r >= p.low && r <= p.high ? a : 0;
  const slope = free < clipped ? by_free : clipped < free ? by_clipped : (by_free + by_clipped) / 2;
  const bounded = Math.min(r, p.delta);
  return { ...none, loss: -Math.min(free, clipped), by_ratio: -slope, low: bounded < p.low && a < 0, high: bounded > p.high && a > 0 };
}

const floats = (bits: number): number => new Float32Array(Uint32Array.of(bits).buffer)[0]!;

export const grpoTwin = twin(
  grpoOp,
  ({ logps: l, old: o, ref_logps: ref, entropy: h, threshold, completions }, p, { stats: before }) => {
    const tokens = l.data.length;
    const gradients = zeros([tokens, 2]);
    const sums = new Float64Array(GRPO_STATS.length);
    const bonus = p.bonus / Math.max(1, threshold.data[1]!);
    let low_min: number | null = null;
    for (let c = 0; c < tokens; c++) {
      const [first, last, a, w] = [...completions.data.subarray(COMPLETION_WORDS * c, COMPLETION_WORDS * (c + 1))] as [
        number,
        number,
        number,
        number,
      ];
      if (first === last) break;
      const [advantage, weight] = [floats(a), floats(w)];
      const n = last - first;
      const own = Array.from({ length: n }, (_, i) => l.data[first + i]! - o.data[first + i]!);
      const mean = own.reduce((x, y) => x + y, 0) / n;
      const drift = own.reduce((x, y) => x + Math.min(20, Math.max(-20, y)), 0);
      const clips = [0, 0, 0];
      let [by_mean, phi] = [0, 0];
      for (let t = first; t < last; t++) {
        const r = Math.exp(p.sequence ? mean : own[t - first]!);
        const reach = h.data[t]! >= threshold.data[0]! ? 1 : 0;
        const keep = advantage >= 0 || -mean <= p.off_policy ? reach : 0;
        const cost = policyCost(r, drift, advantage, l.data[t]!, p);
        const e = ref.data[t]! - l.data[t]!;
        const kl = Math.exp(e) - e - 1;
        const correction = p.correct_kl ? r : 1;
        const by_ratio = weight * (keep * cost.by_ratio + (p.correct_kl ? p.beta * kl : 0)) * r;
        gradients.data[2 * t] = weight * (keep * cost.by_logp + p.beta * (1 - Math.exp(e)) * correction) + (p.sequence ? 0 : by_ratio);
        gradients.data[2 * t + 1] = -bonus * reach;
        by_mean += by_ratio;
        sums[0]! += weight * (keep * cost.loss + p.beta * kl * correction) - bonus * reach * h.data[t]!;
        sums[1]! += h.data[t]!;
        sums[2]! += kl * correction;
        phi = cost.weight;
        [cost.low, cost.high, cost.low || cost.high].forEach((is, i) => {
          clips[i]! += is ? 1 : 0;
        });
      }
      if (p.sequence) for (let t = first; t < last; t++) gradients.data[2 * t]! += by_mean / n;
      const each = clips.map((count) => count / n);
      (p.sequence ? each : clips).forEach((count, i) => {
        sums[3 + i]! += count;
      });
      low_min = Math.min(low_min ?? 1, each[0]!);
      sums[7] = Math.max(sums[7]!, each[1]!);
      sums[8]! += phi;
    }
    sums[6] = low_min ?? 0;
    const stats: Array64 = {
      shape: [p.width],
      data: Float64Array.from({ length: p.width }, (_, i) => (before?.data[i] ?? 0) + (sums[i] ?? 0)),
    };
    return { gradients, stats };
  },
  cases(),
);

/** Completions of these lengths one after the other, each with an advantage and a weight. */
function listed(tokens: number, completions: readonly (readonly [length: number, advantage: number, weight: number])[]): CaseInput {
  const words = new Uint32Array(tokens * COMPLETION_WORDS);
  const bits = new Float32Array(words.buffer);
  let first = 0;
  completions.forEach(([length, advantage, weight], c) => {
    words.set([first, first + length], COMPLETION_WORDS * c);
    bits.set([advantage, weight], COMPLETION_WORDS * c + 2);
    first += length;
  });
  return { shape: [tokens, COMPLETION_WORDS], dtype: 'u32', fill: { kind: 'values', values: [...words] } };
}

function cases() {
  const plain: GrpoAttrs = {
    policy: 'clip',
    sequence: false,
    correct_kl: true,
    beta: 0,
    low: 0.8,
    high: 1.2,
    delta: 3.4e38,
    positive: 1,
    negative: 1.05,
    k_positive: 2,
    k_negative: 3,
    off_policy: 3.4e38,
    bonus: 0,
    width: 12,
  };
  const paths: readonly {
    title: string;
    attrs: Partial<GrpoAttrs>;
    tokens?: number;
    lists?: readonly (readonly [number, number, number])[];
    drift?: number;
  }[] = [
    { title: 'clip', attrs: {} },
    { title: 'clip below delta', attrs: { delta: 1.1, high: 1.3 } },
    { title: 'clip, KL', attrs: { beta: 0.2 } },
    { title: 'clip, KL uncorrected, entropy', attrs: { beta: 0.2, correct_kl: false, bonus: 0.3 } },
    { title: 'clip, sequence, KL', attrs: { sequence: true, beta: 0.2, low: 0.97, high: 1.02 } },
    { title: 'clip, off policy', attrs: { off_policy: 0.01 } },
    { title: 'cispo', attrs: { policy: 'cispo', high: 1.1 } },
    { title: 'cispo, sequence, KL uncorrected', attrs: { policy: 'cispo', high: 1, sequence: true, beta: 0.1, correct_kl: false } },
    { title: 'sapo', attrs: { policy: 'sapo' } },
    { title: 'sapo, sequence', attrs: { policy: 'sapo', sequence: true } },
    { title: 'vespo', attrs: { policy: 'vespo', positive: 3, negative: 2 }, drift: 0.1 },
    { title: 'vespo, bounds', attrs: { policy: 'vespo', positive: 3, negative: 2 }, drift: 9 },
    { title: 'no completion', attrs: {}, tokens: 5, lists: [] },
    {
      title: 'more completions than lanes',
      attrs: { beta: 0.1 },
      tokens: 200,
      lists: Array.from({ length: 90 }, (_, c) => [1 + (c % 3), Math.sin(c), 0.01 * (1 + (c % 5))] as const),
    },
  ];
  const some = [
    [7, 1.3, 0.05],
    [1, -0.4, 0.2],
    [11, -1.1, 0.02],
    [5, 0, 0.1],
    [3, 0.6, 0.07],
  ] as const;
  return paths.map(({ title, attrs, tokens = 32, lists = some, drift = 0.2 }) => {
    const n = lists.reduce((sum, [length]) => sum + length, 0);
    const row = (fill: CaseInput['fill']): CaseInput => ({ shape: [tokens], fill });
    // log-probabilities near -1, so that ratios lie on both sides of the clip
    const near = (): CaseInput => row({ kind: 'uniform', from: -1 - drift, to: -1 + drift });
    return {
      title,
      inputs: {
        logps: near(),
        old: near(),
        ref_logps: near(),
        entropy: row({ kind: 'uniform', from: 0, to: 4 }),
        threshold: { shape: [3], fill: { kind: 'values', values: [1.5, Math.ceil(0.6 * n), n] } } as CaseInput,
        completions: listed(tokens, lists),
      },
      attrs: { ...plain, ...attrs } as GrpoAttrs,
      into: { stats: { shape: [12], fill: { kind: 'uniform', from: 0, to: 2 } } as CaseInput },
    };
  });
}
