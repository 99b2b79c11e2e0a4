/** Twins of the labels' log-probabilities and entropies, of their gradient, and of both through the head. */
import { headLogProbsOp, logProbsGradientOp, logProbsOp } from '../ops/log-probs.ts';
import { linearTwin } from './linear.ts';
import { type CaseInput, twin, zeros } from './twin.ts';

interface Path {
  readonly title: string;
  readonly width: number;
  readonly scale: number;
  readonly labels: readonly number[];
}

const paths: readonly Path[] = [
  { title: 'one row, fewer quads than lanes', width: 64, scale: 2, labels: [17] },
  { title: 'many quads a lane, rows without a label', width: 700, scale: 3, labels: [699, -100, 0, 256, -1] },
  { title: 'three left over', width: 263, scale: 3, labels: [262, 259, 1] },
  { title: 'two values', width: 2, scale: 1, labels: [1, 0] },
  { title: 'long rows, many lanes', width: 32772, scale: 2, labels: [32771, 5] },
];

const labelsOf = (labels: readonly number[]): CaseInput => ({
  shape: [labels.length],
  dtype: 'i32',
  fill: { kind: 'values', values: labels },
});

export const logProbsTwin = twin(
  logProbsOp,
  ({ logits, labels }) => {
    const [rows, width] = logits.shape as [number, number];
    const [logps, entropy, top, log_sum] = [zeros([rows]), zeros([rows]), zeros([rows]), zeros([rows])];
    for (let r = 0; r < rows; r++) {
      const label = labels.data[r]!;
      if (label < 0) continue;
      const z = logits.data.subarray(r * width, (r + 1) * width);
      top.data[r] = z.reduce((m, v) => Math.max(m, v));
      log_sum.data[r] = Math.log(z.reduce((s, v) => s + Math.exp(v - top.data[r]!), 0));
      const log_p = z.map((v) => v - top.data[r]! - log_sum.data[r]!);
      logps.data[r] = log_p[label]!;
      entropy.data[r] = -log_p.reduce((s, v) => s + v * Math.exp(v), 0);
    }
    return { logps, entropy, top, log_sum };
  },
  paths.map(({ title, width, scale, labels }) => ({
    title,
    inputs: { logits: { shape: [labels.length, width], fill: { kind: 'normal', scale } }, labels: labelsOf(labels) },
    attrs: {},
  })),
);

export const logProbsGradientTwin = twin(
  logProbsGradientOp,
  ({ logits, labels, top, log_sum, entropy, gradients }) => {
    const [rows, width] = logits.shape as [number, number];
    const dlogits = zeros(logits.shape);
    for (let r = 0; r < rows; r++) {
      const label = labels.data[r]!;
      if (label < 0) continue;
      const [c, e] = [gradients.data[2 * r]!, gradients.data[2 * r + 1]!];
      for (let i = 0; i < width; i++) {
        const log_p = logits.data[r * width + i]! - top.data[r]! - log_sum.data[r]!;
        dlogits.data[r * width + i] = (i === label ? c : 0) - Math.exp(log_p) * (c + e * (log_p + entropy.data[r]!));
      }
    }
    return { dlogits };
  },
  paths.map(({ title, width, scale, labels }) => ({
    title,
    inputs: {
      logits: { shape: [labels.length, width], fill: { kind: 'normal', scale } },
      labels: labelsOf(labels),
      top: { shape: [labels.length], fill: { kind: 'uniform', from: 3 * scale, to: 4 * scale } },
      log_sum: { shape: [labels.length], fill: { kind: 'uniform', from: 1, to: 2 } },
      entropy: { shape: [labels.length], fill: { kind: 'uniform', from: 0, to: 5 } },
      gradients: { shape: [labels.length, 2], fill: { kind: 'normal' } },
    },
    attrs: {},
  })),
);

function throughHead(rows: number, width: number, vocabulary: number, dtype: 'f32' | 'bf16') {
  const normal = { kind: 'normal' } as const;
  return {
    hidden: { shape: [rows, width], fill: normal } as CaseInput,
    weight: { shape: [vocabulary, width], dtype, fill: normal } as CaseInput,
    labels: { shape: [rows], dtype: 'i32', fill: { kind: 'values', values: [3, -100, vocabulary - 1, 0, 7] } } as CaseInput,
  };
}

export const headLogProbsTwin = twin(
  headLogProbsOp,
  ({ hidden, weight, labels }, { scale }) => {
    const logits = linearTwin.run({ x: hidden, weight }, { scale }, {}).y!;
    return {
      ...(logProbsTwin.run({ logits, labels }, {}, {}) as {
        logps: typeof logits;
        entropy: typeof logits;
        top: typeof logits;
        log_sum: typeof logits;
      }),
      logits,
    };
  },
  [
    { title: 'one chunk, fewer rows than it holds', inputs: throughHead(5, 8, 37, 'f32'), attrs: { chunk: 64, scale: 1 } },
    {
      title: 'three chunks, the last partial, at a temperature',
      inputs: throughHead(150, 12, 50, 'bf16'),
      attrs: { chunk: 64, scale: 1 / 0.7 },
    },
  ],
  ['logits'],
);
