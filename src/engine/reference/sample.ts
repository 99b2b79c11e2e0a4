/** Twin of sampling: the rules written out plainly, by sorting, and the same generator, so that ids are equal. */
import { type RowSampling, sampleOp, samplingParams } from '../ops/sample.ts';
import { twin, zeros } from './twin.ts';

type Rules = Pick<RowSampling, 'temperature' | 'top_k' | 'top_p' | 'min_p'>;

/** The distribution that transformers' processors leave of `logits`; values that tie at a border stay together. Greedy: the first maximum. */
export function distribution(logits: Float64Array, { temperature, top_k, top_p, min_p }: Rules): Float64Array {
  const top = logits.reduce((m, v) => Math.max(m, v));
  if (temperature === 0) return logits.map((_, i) => (i === logits.indexOf(top) ? 1 : 0));
  const mass = logits.map((v) => Math.exp((v - top) / temperature));
  const keep = (rule: (i: number) => boolean): void => {
    for (let i = 0; i < mass.length; i++) if (!rule(i)) mass[i] = 0;
  };
  if (top_k > 0) {
    const count = above(
      logits,
      mass.map(() => 1),
    );
    keep((i) => count[i]! < top_k);
  }
  if (top_p < 1) {
    const all = mass.reduce((s, w) => s + w, 0);
    const higher = above(logits, mass);
    keep((i) => logits[i] === top || higher[i]! < top_p * all);
  }
  if (min_p > 0) keep((i) => logits[i] === top || mass[i]! >= min_p);
  const left = mass.reduce((s, w) => s + w, 0);
  return mass.map((w) => w / left);
}

/** For each value, the sum of the weights of strictly higher ones. */
function above(values: Float64Array, weights: Float64Array): Float64Array {
  const order = [...values.keys()].sort((i, j) => values[j]! - values[i]!);
  const sums = new Float64Array(values.length);
  let run = 0;
  order.forEach((i, at) => {
    const before = order[at - 1];
    sums[i] = before !== undefined && values[before] === values[i] ? sums[before]! : run;
    run += weights[i]!;
  });
  return sums;
}

/** pcg3d of (seed, salt, step), 24 bits, in [0, 1). */
export function uniform01(seed: number, salt: number, step: number): number {
  let [x, y, z] = [seed, salt, step].map((v) => (Math.imul(v, 1664525) + 1013904223) | 0) as [number, number, number];
  x = (x + Math.imul(y, z)) | 0;
  y = (y + Math.imul(z, x)) | 0;
  z = (z + Math.imul(x, y)) | 0;
  x ^= x >>> 16;
  y ^= y >>> 16;
  z ^= z >>> 16;
  x = (x + Math.imul(y, z)) | 0;
  return (x >>> 8) / 16777216;
}

const plain = { temperature: 1, top_k: 0, top_p: 1, min_p: 0, seed: 7, salt: 0 } as const;

/** Rows that take every path: each rule alone, all together, nothing but the first left, greedy. */
const rows: readonly RowSampling[] = [
  plain,
  { ...plain, temperature: 0 },
  { ...plain, temperature: 0.3, salt: 1 },
  { ...plain, temperature: 2.5, salt: 2 },
  { ...plain, top_k: 1, salt: 3 },
  { ...plain, top_k: 5, temperature: 1.5, salt: 4 },
  { ...plain, top_p: 0.5, salt: 5 },
  { ...plain, top_p: 0, salt: 6 },
  { ...plain, min_p: 0.2, salt: 7 },
  { ...plain, min_p: 1, salt: 8 },
  { ...plain, temperature: 0.8, top_k: 20, top_p: 0.9, min_p: 0.05, seed: 0xfffffff0, salt: 9 },
  { ...plain, top_k: 100000, top_p: 0.95, salt: 0x80000001 },
  { ...plain, salt: 12, began: 4 },
  { ...plain, salt: 13, began: -9 },
];

const normal = { kind: 'normal', scale: 2 } as const;
const paths = [
  { title: 'fewer values than lanes', vocabulary: 41, text: 41, rows, fill: normal },
  { title: 'many values a lane, a tail without text', vocabulary: 1500, text: 1431, rows, fill: normal },
  {
    title: 'the maximum has no text',
    vocabulary: 100,
    text: 90,
    rows,
    fill: { kind: 'values', values: Array.from({ length: 100 }, (_, i) => (i * i) / 900) },
  },
  {
    title: 'equal values: the first when greedy, all kept at a border',
    vocabulary: 70,
    text: 70,
    rows,
    fill: { kind: 'values', values: [-1, 2, 0, 2, -3, 1, 2] },
  },
  { title: 'one id', vocabulary: 1, text: 1, rows: [plain, { ...plain, top_k: 3, top_p: 0.2 }], fill: normal },
  { title: 'long rows, many lanes', vocabulary: 33000, text: 32999, rows: [plain, rows[6]!, rows[10]!], fill: normal },
] as const;

export const sampleTwin = twin(
  sampleOp,
  ({ logits, sampling, step }, { vocabulary_with_text: text }) => {
    const [count, vocabulary] = logits.shape as [number, number];
    const params = Uint32Array.from(sampling.data);
    const floats = new Float32Array(params.buffer);
    const next_id = zeros([count]);
    for (let row = 0; row < count; row++) {
      const at = row * 8;
      const rules = { temperature: floats[at]!, top_k: params[at + 1]!, top_p: floats[at + 2]!, min_p: floats[at + 3]! };
      const p = distribution(logits.data.slice(row * vocabulary, row * vocabulary + text), rules);
      const goal = uniform01(params[at + 4]!, params[at + 5]!, step.data[0]! - params[at + 6]!);
      let run = p[0]!;
      let id = 0;
      while (run <= goal && id + 1 < text) {
        id++;
        run += p[id]!;
      }
      next_id.data[row] = id;
    }
    return { next_id };
  },
  paths.map(({ title, vocabulary, text, rows: r, fill }) => ({
    title,
    inputs: {
      logits: { shape: [r.length, vocabulary], fill },
      sampling: { shape: [r.length, 8], dtype: 'u32', fill: { kind: 'values', values: [...samplingParams(r)] } },
      step: { shape: [1], dtype: 'u32', fill: { kind: 'values', values: [11] } },
    },
    attrs: { vocabulary_with_text: text },
  })),
);
