/** Twins of the loss and of its sums. */
import { crossEntropyOp, lossSumsOp, NO_LABEL } from '../ops/cross-entropy.ts';
import { twin, zeros } from './twin.ts';

interface Path {
  readonly title: string;
  readonly width: number;
  readonly scale: number;
  readonly labels: readonly number[];
  /** Logits in place of random ones. */
  readonly values?: readonly number[];
}

/** A certain row with large values, a row far below zero, an ordinary row. */
function uneven(width: number): number[] {
  const row = Array.from({ length: width }, (_, i) => i);
  return [
    ...row.map((i) => (i === 77 ? 300 : -((i * 37) % 200))),
    ...row.map((i) => ((i * 29) % 13) / 4 - 300),
    ...row.map((i) => ((i * 17) % 60) / 6),
  ];
}

const paths: readonly Path[] = [
  { title: 'one row, fewer quads than lanes', width: 64, scale: 2, labels: [17] },
  { title: 'many quads a lane, masked rows', width: 700, scale: 3, labels: [699, NO_LABEL, 0, 256, NO_LABEL] },
  { title: 'three left over, labels among them', width: 263, scale: 3, labels: [262, 259, 260, 261] },
  { title: 'one left over', width: 129, scale: 3, labels: [128, 127, NO_LABEL] },
  { title: 'two values', width: 2, scale: 1, labels: [1, 0] },
  { title: 'long rows, many lanes', width: 32772, scale: 2, labels: [32771, 5] },
  { title: 'rows of very different sizes', width: 130, scale: 1, labels: [3, 77, 129], values: uneven(130) },
  { title: 'maxima that tie: the first wins', width: 70, scale: 1, labels: [2, 3, 66, 2], values: [0, 1, 3, 3, -2, 0.5, 3] },
  { title: 'every row masked', width: 20, scale: 1, labels: [NO_LABEL, -1] },
];

export const crossEntropyTwin = twin(
  crossEntropyOp,
  ({ logits, labels, inverse_count }, { weighing }) => {
    const [rows, width] = logits.shape as [number, number];
    const [dlogits, loss, correct, entropy] = [zeros(logits.shape), zeros([rows]), zeros([rows]), zeros([rows])];
    for (let r = 0; r < rows; r++) {
      const label = labels.data[r]!;
      if (label < 0) continue;
      const z = logits.data.subarray(r * width, (r + 1) * width);
      const top = z.reduce((m, v) => Math.max(m, v));
      const sum = z.reduce((s, v) => s + Math.exp(v - top), 0);
      const log_p = z[label]! - top - Math.log(sum);
      const factor = weighing === 'dft' ? Math.exp(log_p) : 1; // held constant
      loss.data[r] = -factor * log_p;
      correct.data[r] = z.indexOf(top) === label ? 1 : 0;
      for (let i = 0; i < width; i++) {
        const p = Math.exp(z[i]! - top) / sum;
        entropy.data[r]! -= p * (z[i]! - top - Math.log(sum));
        dlogits.data[r * width + i] = (p - (i === label ? 1 : 0)) * factor * inverse_count.data[0]!;
      }
    }
    return { dlogits, loss, correct, entropy };
  },
  (['nll', 'dft'] as const).flatMap((weighing) =>
    paths.map(({ title, width, scale, labels, values }) => ({
      title: `${weighing}: ${title}`,
      inputs: {
        logits: { shape: [labels.length, width], fill: values ? { kind: 'values', values } : { kind: 'normal', scale } },
        labels: { shape: [labels.length], dtype: 'i32', fill: { kind: 'values', values: labels } },
        inverse_count: { shape: [1], fill: { kind: 'values', values: [1 / 37] } },
      },
      attrs: { weighing },
    })),
  ),
);

const sumPaths = [
  { title: 'fewer rows than lanes', labels: [4, NO_LABEL, 0] },
  { title: 'many rows a lane', labels: Array.from({ length: 1001 }, (_, i) => (i % 3 === 0 ? NO_LABEL : i)) },
] as const;

export const lossSumsTwin = twin(
  lossSumsOp,
  ({ loss, correct, entropy, labels }, _attrs, { stats }) => {
    const data = Float64Array.from(stats!.data);
    labels.data.forEach((label, r) => {
      data[0]! += loss.data[r]!;
      data[1]! += correct.data[r]!;
      data[2]! += entropy.data[r]!;
      if (label >= 0) data[3]! += 1;
    });
    return { stats: { shape: [8], data } };
  },
  sumPaths.map(({ title, labels }) => ({
    title,
    inputs: {
      loss: { shape: [labels.length], fill: { kind: 'uniform', from: 0, to: 12 } },
      correct: { shape: [labels.length], fill: { kind: 'integers', below: 2 } },
      entropy: { shape: [labels.length], fill: { kind: 'uniform', from: 0, to: 3 } },
      labels: { shape: [labels.length], dtype: 'i32', fill: { kind: 'values', values: labels } },
    },
    attrs: { width: 8 },
    into: { stats: { shape: [8], fill: { kind: 'uniform', from: 0, to: 10 } } },
  })),
);
