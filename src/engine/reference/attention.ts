/** Twins of attention and its gradient, by the definition (each row's softmax over its visible keys and the sink), and the cases for their kernels. */
import { type AttentionAttrs, type AttentionInputs, attentionGradient, attentionOp } from '../ops/attention.ts';
import { type Array64, type CaseInput, twin, zeros } from './twin.ts';

type Arrays = { readonly [K in keyof AttentionInputs]: undefined extends AttentionInputs[K] ? Array64 | undefined : Array64 };

/** Calls back for every (query row, visible key) with offsets into [T, H], [T, H*D] and [T, G*D]. */
function eachVisible(
  { q, doc_start }: Arrays,
  { heads, kv_heads, head_dim, window }: AttentionAttrs,
  visit: (row: number, at: number, key: number) => void,
): void {
  for (let t = 0; t < q.shape[0]!; t++) {
    for (let h = 0; h < heads; h++) {
      const kv = Math.floor((h * kv_heads) / heads);
      for (let j = Math.max(doc_start.data[t]!, window === null ? 0 : t - window + 1); j <= t; j++) {
        visit(t * heads + h, (t * heads + h) * head_dim, (j * kv_heads + kv) * head_dim);
      }
    }
  }
}

export function dot(a: Array64, at: number, b: Array64, bt: number, n: number): number {
  let sum = 0;
  for (let d = 0; d < n; d++) sum += a.data[at + d]! * b.data[bt + d]!;
  return sum;
}

/** A document per length: its first and one past its last index, for each of its tokens. */
function documents(lengths: readonly number[]): { tokens: number; doc_start: CaseInput; doc_end: CaseInput } {
  const starts: number[] = [];
  const ends: number[] = [];
  for (const n of lengths) {
    const start = starts.length;
    for (let i = 0; i < n; i++) {
      starts.push(start);
      ends.push(start + n);
    }
  }
  const input = (values: number[]): CaseInput => ({ shape: [values.length], dtype: 'u32', fill: { kind: 'values', values } });
  return { tokens: starts.length, doc_start: input(starts), doc_end: input(ends) };
}

interface Shape {
  title: string;
  documents: number[];
  /** H, G, D */
  heads: [number, number, number];
  window?: number;
  sinks?: false;
  /** Of the queries, so that scores differ by much. */
  spread?: number;
}

const shapes: Shape[] = [
  { title: 'one token', documents: [1], heads: [2, 1, 16] },
  { title: 'a few tokens', documents: [8], heads: [4, 1, 16] },
  { title: 'steps in part, one head each', documents: [21], heads: [2, 2, 24] },
  { title: 'many steps', documents: [75], heads: [4, 2, 32] },
  { title: 'small window', documents: [70], heads: [4, 2, 16], window: 5 },
  { title: 'wide window', documents: [90], heads: [1, 1, 16], window: 41 },
  { title: 'documents that end inside a step', documents: [13, 40, 3, 22], heads: [4, 2, 16] },
  { title: 'documents and window', documents: [9, 30, 35], heads: [4, 2, 16], window: 12 },
  { title: 'padding, a document per token', documents: [37, 1, 1, 1], heads: [2, 1, 16] },
  { title: 'rows of several tokens in a step', documents: [19, 18], heads: [6, 2, 20] },
  { title: 'no sinks', documents: [40], heads: [2, 1, 16], sinks: false },
  { title: 'scores far apart', documents: [70], heads: [2, 1, 16], spread: 10 },
  { title: 'head size 64', documents: [40], heads: [8, 1, 64] },
  { title: 'head size above the columns of an invocation, 128', documents: [20], heads: [2, 1, 128] },
  { title: 'head size 256, seven heads of one key', documents: [11, 6], heads: [7, 1, 256], sinks: false },
  { title: 'columns in part, head size 36', documents: [17], heads: [3, 1, 36], sinks: false, window: 6 },
];

function inputsOf({ documents: lengths, heads: [H, G, D], sinks, spread }: Shape) {
  const { tokens, doc_start, doc_end } = documents(lengths);
  const normal = { kind: 'normal' } as const;
  return {
    q: { shape: [tokens, H * D], fill: { kind: 'normal', scale: spread ?? 1 }, differentiable: true } as const,
    k: { shape: [tokens, G * D], fill: normal, differentiable: true },
    v: { shape: [tokens, G * D], fill: normal, differentiable: true },
    ...(sinks === false ? {} : { sinks: { shape: [H], fill: normal } }),
    doc_start,
    doc_end,
  };
}

function attrsOf({ heads: [heads, kv_heads, head_dim], window }: Shape): AttentionAttrs {
  return { heads, kv_heads, head_dim, window: window ?? null, scale: head_dim ** -0.5 };
}

/** `lse` is called workspace here because no cotangent may enter it; attention.gpu.test.ts compares it all the same. */
export const attentionTwin = twin(
  attentionOp,
  (inputs, attrs) => {
    const { q, k, v, sinks } = inputs;
    const { heads, head_dim, scale } = attrs;
    const y = zeros(q.shape);
    const peak = new Float64Array(q.shape[0]! * heads).map((_, row) => sinks?.data[row % heads] ?? Number.NEGATIVE_INFINITY);
    eachVisible(inputs, attrs, (row, at, key) => {
      peak[row] = Math.max(peak[row]!, scale * dot(q, at, k, key, head_dim));
    });
    const sum = peak.map((m, row) => (sinks ? Math.exp(sinks.data[row % heads]! - m) : 0));
    eachVisible(inputs, attrs, (row, at, key) => {
      sum[row]! += Math.exp(scale * dot(q, at, k, key, head_dim) - peak[row]!);
    });
    const lse = { shape: [q.shape[0]!, heads], data: peak.map((m, row) => m + Math.log(sum[row]!)) };
    eachVisible(inputs, attrs, (row, at, key) => {
      const p = Math.exp(scale * dot(q, at, k, key, head_dim) - lse.data[row]!);
      for (let d = 0; d < head_dim; d++) y.data[at + d]! += p * v.data[key + d]!;
    });
    return { y, lse };
  },
  shapes.map((shape) => ({ title: shape.title, inputs: inputsOf(shape), attrs: attrsOf(shape) })),
  ['lse'],
);

export const attentionGradientTwin = twin(
  attentionGradient,
  (inputs, attrs) => {
    const { q, k, v, y, lse, dy } = inputs;
    const { head_dim: n, scale } = attrs;
    const [dq, dk, dv, stats] = [zeros(q.shape), zeros(k.shape), zeros(v.shape), zeros([...lse.shape, 2])];
    lse.data.forEach((l, row) => {
      stats.data.set([l, dot(dy, row * n, y, row * n, n)], row * 2);
    });
    eachVisible(inputs, attrs, (row, at, key) => {
      const p = Math.exp(scale * dot(q, at, k, key, n) - stats.data[row * 2]!);
      const ds = p * (dot(dy, at, v, key, n) - stats.data[row * 2 + 1]!);
      for (let d = 0; d < n; d++) {
        dq.data[at + d]! += scale * ds * k.data[key + d]!;
        dk.data[key + d]! += scale * ds * q.data[at + d]!;
        dv.data[key + d]! += p * dy.data[at + d]!;
      }
    });
    return { dq, dk, dv, stats };
  },
  shapes.map((shape) => {
    const { sinks: _, ...inputs } = inputsOf(shape);
    const [tokens, width] = inputs.q.shape as readonly [number, number];
    const wide: CaseInput = { shape: [tokens, width], fill: { kind: 'normal' } };
    return {
      title: shape.title,
      // Any lse will do: the formulas hold for whatever weights follow from it.
      inputs: {
        ...inputs,
        q: wide,
        y: wide,
        dy: wide,
        lse: { shape: [tokens, shape.heads[0]], fill: { kind: 'uniform', from: 1, to: 4 } },
      },
      attrs: attrsOf(shape),
    };
  }),
);
