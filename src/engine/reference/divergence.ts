/** Twins of the divergence by its definition, over plain logits and through the head, and of its sums. divergence.test.ts checks the gradient. */
import { DIVERGENCE_STATS, type DivergenceAttrs, divergenceOp, divergenceSumsOp, FIGURES, headDivergenceOp } from '../ops/divergence.ts';
import { linearTransposedTwin, linearTwin } from './linear.ts';
import { type Array64, type CaseInput, twin, zeros } from './twin.ts';

const full: DivergenceAttrs = { beta: 0, clip: null, top_k: 0, top_k_of: 'teacher', tail: false, sampled: false };

function logSoftmax(z: readonly number[]): number[] {
  const top = z.reduce((a, b) => Math.max(a, b));
  const log_sum = Math.log(z.reduce((sum, v) => sum + Math.exp(v - top), 0));
  return z.map((v) => v - top - log_sum);
}

/** [value, slope in the student's log-probability]. */
function entryOf(s: number, t: number, { beta, sampled }: DivergenceAttrs): [number, number] {
  if (sampled) return [(s - t) * s, s - t];
  const [p, q] = [Math.exp(s), Math.exp(t)];
  if (beta === 0) return [q * (t - s), -q];
  if (beta === 1) return [p * (s - t), p * (s - t + 1)];
  const [a, b] = [Math.log1p(-beta) + s, Math.log(beta) + t];
  const m = Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)));
  return [beta * q * (t - m) + (1 - beta) * p * (s - m), (1 - beta) * p * (s - m)];
}

/** Indices of the entries that count. */
function choose(s: readonly number[], t: readonly number[], label: number, { sampled, top_k, top_k_of }: DivergenceAttrs): number[] {
  const all = s.map((_, i) => i);
  if (sampled) return [label];
  if (top_k === 0 || top_k >= s.length) return all;
  const of = top_k_of === 'teacher' ? t : s;
  return all.sort((i, j) => of[j]! - of[i]! || i - j).slice(0, top_k);
}

/** The entries' log-probabilities of one side, the tail's last where there is one. */
function logsOf(z: readonly number[], kept: readonly number[], attrs: DivergenceAttrs): number[] {
  if (!attrs.sampled && !attrs.tail) return logSoftmax(kept.map((i) => z[i]!));
  const whole = logSoftmax(z);
  const own = kept.map((i) => whole[i]!);
  const chosen = new Set(kept);
  const rest = whole.filter((_, i) => !chosen.has(i));
  if (attrs.sampled || rest.length === 0) return own;
  const top = rest.reduce((a, b) => Math.max(a, b));
  return [...own, top + Math.log(rest.reduce((sum, v) => sum + Math.exp(v - top), 0))];
}

/** One row: its figures, and the gradient of its divergence in the student's logits. */
function rowOf(
  s: readonly number[],
  t: readonly number[],
  label: number,
  attrs: DivergenceAttrs,
): { figures: number[]; gradient: number[] } {
  const kept = choose(s, t, label, attrs);
  const [student, teacher] = [logsOf(s, kept, attrs), logsOf(t, kept, attrs)];
  const entries = student.map((log, i) => entryOf(log, teacher[i]!, attrs));
  const clip = attrs.clip ?? Number.POSITIVE_INFINITY;
  const slopes = entries.map(([value, slope]) => (value > clip ? 0 : slope));
  const total = slopes.reduce((a, b) => a + b, 0);
  const [ps, pt] = [logSoftmax(s), logSoftmax(t)];
  const place = new Map(kept.map((i, k) => [i, k]));
  const tail = student[kept.length];
  const gradient = ps.map((log, j) => {
    const k = place.get(j);
    if (k !== undefined) return slopes[k]! - Math.exp(student[k]!) * total;
    if (!attrs.sampled && !attrs.tail) return 0;
    return (tail === undefined ? 0 : Math.exp(log - tail) * slopes[kept.length]!) - Math.exp(log) * total;
  });
  const sum = (of: (value: number) => number): number => entries.reduce((n, [value]) => n + of(value), 0);
  const entropy = (logs: readonly number[]): number => -logs.reduce((n, log) => n + Math.exp(log) * log, 0);
  const largest = t.reduce((a, b) => Math.max(a, b));
  const figures = [sum((v) => Math.min(v, clip)), sum((v) => v), sum((v) => Math.max(0, v - clip)), sum((v) => Math.max(0, v))];
  return { figures: [...figures, entropy(ps), entropy(pt), t[label] === largest ? 1 : 0, ps[label]!, pt[label]!], gradient };
}

function run(
  inputs: Readonly<Record<'logits' | 'teacher' | 'labels' | 'weight', Array64>>,
  attrs: DivergenceAttrs,
): { dlogits: Array64; figures: Array64 } {
  const { logits, teacher, labels, weight } = inputs;
  const [rows, V] = logits.shape as [number, number];
  const [dlogits, figures] = [zeros(logits.shape), zeros([rows, FIGURES])];
  for (let r = 0; r < rows; r++) {
    const label = labels.data[r]!;
    if (label < 0) continue;
    const of = ({ data }: Array64): number[] => [...data.subarray(r * V, (r + 1) * V)];
    const own = rowOf(of(logits), of(teacher), label, attrs);
    figures.data.set(own.figures, r * FIGURES);
    dlogits.data.set(
      own.gradient.map((d) => weight.data[r]! * d),
      r * V,
    );
  }
  return { dlogits, figures };
}

interface Path {
  readonly title: string;
  readonly width: number;
  readonly labels: readonly number[];
  readonly attrs: Partial<DivergenceAttrs>;
  /** Of random logits. */
  readonly scale?: number;
  readonly logits?: readonly number[];
  readonly teacher?: readonly number[];
  readonly tolerance?: number;
}

const labels = [3, -100, 11, 0, 7];
/** Probabilities that are 0 in f32 on either side, and three tokens that both hold possible. */
const peaks = (of: Readonly<Record<number, number>>, rest: (i: number) => number) => Array.from({ length: 40 }, (_, i) => of[i] ?? rest(i));
const far = peaks({ 5: 180, 6: 179, 9: 178 }, (i) => (i * 37) % 70);
const certain = peaks({ 5: 397, 6: 398, 9: 400 }, (i) => -((i * 13) % 70));
const tied = [2, 1, 3, 1, 3, 1, -2, 1, 0.5, 1, 1];
const near = Array.from({ length: 40 }, (_, i) => ((i * 17) % 40) / 8);

const betas = [0, 0.3, 0.5, 1] as const;
const plain: readonly Path[] = [
  ...betas.flatMap((beta): Path[] => [
    { title: `beta ${beta}, a row without a label`, width: 61, labels, attrs: { beta }, scale: 2 },
    { title: `beta ${beta}, entries that the clip cuts`, width: 61, labels, attrs: { beta, clip: 0.05 }, scale: 2 },
    { title: `beta ${beta}, underflow on both sides`, width: 40, labels: [5, 9], attrs: { beta }, logits: far, teacher: certain },
    { title: `beta ${beta}, k of the teacher`, width: 61, labels, attrs: { beta, top_k: 7 }, scale: 2 },
    {
      title: `beta ${beta}, k of the student, tail`,
      width: 61,
      labels,
      attrs: { beta, top_k: 7, top_k_of: 'student', tail: true, clip: 0.2 },
      scale: 2,
    },
  ]),
  { title: 'beta close to 0', width: 61, labels, attrs: { beta: 1e-5 }, scale: 2 },
  { title: 'beta close to 1', width: 61, labels, attrs: { beta: 1 - 1e-5 }, scale: 2 },
  // All of it is below what f32 holds, so 0 is right: no further from 1e-60 than by all of it.
  { title: 'beta that is 0 in f32', width: 40, labels: [5, 9], attrs: { beta: 1e-60 }, logits: far, teacher: certain, tolerance: 1 },
  {
    title: 'a student close to its teacher',
    width: 40,
    labels: [5],
    attrs: { beta: 0.5 },
    logits: near,
    teacher: near.map((z, i) => z + ((i % 3) - 1) / 256),
  },
  { title: 'long rows, many lanes', width: 32772, labels: [32771, 5], attrs: { beta: 0.5, clip: 0.001 }, scale: 3 },
  { title: 'k of long rows', width: 32772, labels: [32771, 5], attrs: { beta: 0, top_k: 100 }, scale: 3 },
  { title: 'k of ties: the first are taken', width: 11, labels: [3], attrs: { top_k: 5 }, logits: tied.toReversed(), teacher: tied },
  {
    title: 'k of ties, tail',
    width: 11,
    labels: [3],
    attrs: { beta: 1, top_k: 4, top_k_of: 'student', tail: true },
    logits: tied,
    teacher: tied.toReversed(),
  },
  {
    title: 'the largest alone, and all the rest',
    width: 40,
    labels: [5, 9],
    attrs: { beta: 0.5, top_k: 1, tail: true },
    logits: far,
    teacher: certain,
  },
  {
    title: 'k of the student far from the teacher',
    width: 40,
    labels: [5, 9],
    attrs: { beta: 0, top_k: 3, top_k_of: 'student' },
    logits: far,
    teacher: certain,
  },
  { title: 'all but one', width: 40, labels: [5, 9], attrs: { beta: 1, top_k: 39, tail: true }, logits: near, teacher: far },
  {
    title: 'k of the whole vocabulary, tail',
    width: 11,
    labels: [3],
    attrs: { beta: 0.5, top_k: 11, tail: true },
    logits: tied.toReversed(),
    teacher: tied,
  },
  { title: 'more than there are', width: 11, labels: [3], attrs: { top_k: 50 }, logits: tied.toReversed(), teacher: tied },
  { title: 'the sampled token', width: 61, labels, attrs: { sampled: true }, scale: 2 },
  { title: 'two values', width: 2, labels: [1, 0], attrs: { beta: 0.3, clip: 0.1 }, scale: 1 },
  { title: 'every row without a label', width: 20, labels: [-100, -1], attrs: { beta: 0.5 }, scale: 1 },
];

const values = (list: readonly number[]): CaseInput['fill'] => ({ kind: 'values', values: list });

function inputsOf({ width, labels, scale = 1, logits, teacher }: Path) {
  const rows = (of: readonly number[] | undefined, times: number): CaseInput => ({
    shape: [labels.length, width],
    fill: of ? values(of) : { kind: 'normal', scale: times },
  });
  return {
    logits: rows(logits, scale),
    teacher: rows(teacher, 1.5 * scale),
    labels: { shape: [labels.length], dtype: 'i32', fill: values(labels) } as CaseInput,
    weight: { shape: [labels.length], fill: values([1 / 37, 0.5, 1, 0, 2]) } as CaseInput,
  };
}

export const divergenceTwin = twin(
  divergenceOp,
  (inputs, attrs) => ({ ...run(inputs, attrs), sums: zeros([0]), partials: zeros([0]), border: zeros([0]) }),
  plain.map(({ attrs, tolerance, ...path }) => ({
    title: path.title,
    inputs: inputsOf({ ...path, attrs }),
    attrs: { ...full, ...attrs },
    ...(tolerance && { tolerance }),
  })),
  ['sums', 'partials', 'border'],
);

function throughHead(rows: number, width: number, V: number, dtype: 'f32' | 'bf16') {
  const normal = { kind: 'normal' } as const;
  return {
    hidden: { shape: [rows, width], fill: normal } as CaseInput,
    teacher: { shape: [rows, width], fill: normal } as CaseInput,
    head: { shape: [V, width], dtype, fill: normal } as CaseInput,
    labels: { shape: [rows], dtype: 'i32', fill: values([3, -100, V - 1, 0, 7]) } as CaseInput,
    weight: { shape: [rows], fill: values([1 / 37, 0.5, 1, 0, 2]) } as CaseInput,
  };
}

export const headDivergenceTwin = twin(
  headDivergenceOp,
  ({ hidden, teacher, head: weight, labels, weight: rows }, { scale, chunk: _, gradient, ...attrs }) => {
    const logitsOf = (x: Array64): Array64 => linearTwin.run({ x, weight }, { scale }, {}).y!;
    const logits = logitsOf(hidden);
    const made = run({ logits, teacher: logitsOf(teacher), labels, weight: rows }, attrs as unknown as DivergenceAttrs);
    const dhidden = linearTransposedTwin.run({ x: made.dlogits, weight }, { scale }, {}).y!;
    const none = zeros([0]);
    return { figures: made.figures, logits, teacher_logits: none, sums: none, partials: none, border: none, ...(gradient && { dhidden }) };
  },
  [
    {
      title: 'one chunk, fewer rows than it holds',
      inputs: throughHead(5, 8, 37, 'f32'),
      attrs: { ...full, chunk: 64, scale: 1, gradient: true },
    },
    {
      title: 'three chunks, the last partial, at a temperature',
      inputs: throughHead(150, 12, 50, 'bf16'),
      attrs: { ...full, beta: 0.5, clip: 0.05, chunk: 64, scale: 1 / 1.1, gradient: true },
    },
    {
      title: 'two chunks, k of the teacher',
      inputs: throughHead(100, 12, 50, 'f32'),
      attrs: { ...full, top_k: 9, tail: true, chunk: 64, scale: 1, gradient: true },
    },
    {
      title: 'the sampled token, two chunks',
      inputs: throughHead(100, 12, 50, 'f32'),
      attrs: { ...full, sampled: true, chunk: 64, scale: 1, gradient: true },
    },
    { title: 'no gradient', inputs: throughHead(70, 12, 50, 'f32'), attrs: { ...full, beta: 1, chunk: 64, scale: 1, gradient: false } },
    {
      title: 'a vocabulary of 201,088 rows',
      inputs: throughHead(5, 16, 201088, 'f32'),
      attrs: { ...full, beta: 0.5, clip: 0.01, chunk: 64, scale: 1 / 1.1, gradient: true },
    },
  ],
  ['logits', 'teacher_logits', 'sums', 'partials', 'border'],
);

export const divergenceSumsTwin = twin(
  divergenceSumsOp,
  ({ figures, weight }, _attrs, { stats }) => {
    const rows = weight.shape[0]!;
    const column = (at: number): Array64 => ({
      shape: [rows],
      data: Float64Array.from({ length: rows }, (_, r) => figures.data[r * FIGURES + at]!),
    });
    const data = Float64Array.from(stats!.data);
    weight.data.forEach((w, r) => {
      if (w === 0) return;
      data[0]! += w * figures.data[r * FIGURES]!;
      for (let s = 0; s < 7; s++) data[s + 1]! += figures.data[r * FIGURES + s]!;
      data[DIVERGENCE_STATS.length - 1]! += 1;
    });
    return { divergence: column(0), logps: column(7), teacher_logps: column(8), stats: { shape: stats!.shape, data } };
  },
  [5, 1001].map((rows) => ({
    title: rows < 64 ? 'fewer rows than lanes' : 'many rows a lane',
    inputs: {
      figures: { shape: [rows, FIGURES], fill: { kind: 'uniform', from: 0, to: 3 } } as CaseInput,
      weight: { shape: [rows], fill: values([0.5, 0, 1 / 37, 0]) } as CaseInput,
    },
    attrs: { width: 12 },
    into: { stats: { shape: [12], fill: { kind: 'uniform', from: 0, to: 10 } } },
  })),
);
