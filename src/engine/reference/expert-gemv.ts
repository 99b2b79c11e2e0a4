/** Twins of the experts of a few tokens, and their cases: three encodings, biases, the same expert for several slots. */
import { expertRowsOp, expertSumOp, expertSwigluOp } from '../ops/expert-gemv.ts';
import { GPT_OSS_SWIGLU, PLAIN_SWIGLU } from '../ops/swiglu.ts';
import { WIDE } from '../ops/variants.ts';
import { keeps, ranksInput } from './own-ranks.ts';
import { type Array64, type CaseInput, twin, zeros } from './twin.ts';
import { decodeWeight } from './weights.ts';

const normal = { kind: 'normal' } as const;

type Encoding = 'f32' | 'bf16' | 'mxfp4';

interface Shape {
  title: string;
  encoding: Encoding;
  tokens: number;
  experts: number;
  /** Outputs and inputs of an expert. */
  n: number;
  c: number;
  bias: boolean;
  /** LoRA's rank; absent: no adapter. */
  rank?: number;
  /** SwiGLU neither clamped nor shifted. */
  plain?: true;
  /** By slot; K = chosen.length / tokens. */
  chosen: number[];
}

const narrow: Shape[] = [
  { title: 'one token, f32, partial tile', encoding: 'f32', tokens: 1, experts: 3, n: 12, c: 20, bias: true, chosen: [2, 0] },
  { title: 'one token, mxfp4, four experts', encoding: 'mxfp4', tokens: 1, experts: 6, n: 40, c: 96, bias: true, chosen: [5, 0, 3, 1] },
  { title: 'three tokens, bf16, no bias', encoding: 'bf16', tokens: 3, experts: 4, n: 20, c: 264, bias: false, chosen: [3, 1, 3, 0, 2, 3] },
  { title: 'five tokens, mxfp4', encoding: 'mxfp4', tokens: 5, experts: 2, n: 16, c: 32, bias: true, chosen: [0, 1, 1, 0, 1] },
  {
    title: 'sixteen slots, mxfp4',
    encoding: 'mxfp4',
    tokens: 4,
    experts: 32,
    n: 32,
    c: 64,
    bias: true,
    chosen: [31, 0, 7, 8, 1, 2, 3, 4, 9, 30, 31, 0, 5, 5, 6, 6],
  },
  { title: 'an adapter, mxfp4', encoding: 'mxfp4', tokens: 2, experts: 3, n: 24, c: 64, bias: true, rank: 8, chosen: [2, 1, 0, 2] },
  {
    title: 'plain, an adapter, bf16',
    encoding: 'bf16',
    tokens: 2,
    experts: 3,
    n: 20,
    c: 40,
    bias: false,
    rank: 4,
    plain: true,
    chosen: [0, 1, 2, 1],
  },
  { title: 'several tiles, bf16', encoding: 'bf16', tokens: 1, experts: 3, n: 140, c: 24, bias: true, chosen: [2, 1] },
];
/** The same where the lanes of a workgroup share the width. */
const shapes: Shape[] = [...narrow, ...narrow.map((s) => ({ ...s, title: `${s.title}, wide`, c: s.c + WIDE }))];

function inputsOf({ encoding, tokens, experts, n, c, bias, chosen }: Shape) {
  const weights: { weight: CaseInput; scales?: CaseInput } =
    encoding === 'mxfp4'
      ? {
          weight: { shape: [experts, n, c / 32, 16], dtype: 'u8', fill: { kind: 'integers', below: 256 } },
          scales: { shape: [experts, n, c / 32], dtype: 'u8', fill: { kind: 'uniform', from: 124, to: 130 } },
        }
      : { weight: { shape: [experts, n, c], dtype: encoding, fill: normal } };
  const ids: CaseInput = { shape: [tokens, chosen.length / tokens], dtype: 'u32', fill: { kind: 'values', values: chosen } };
  return { ...weights, ...(bias && { bias: { shape: [experts, n], fill: normal } as CaseInput }), experts: ids };
}

/** Row r of x through an expert. */
function through(w: Array64, bias: Array64 | undefined, expert: number, x: Array64, r: number): Float64Array {
  const [, n, c] = w.shape as [number, number, number];
  return Float64Array.from({ length: n }, (_, o) => {
    let sum = bias?.data[expert * n + o] ?? 0;
    for (let i = 0; i < c; i++) sum += x.data[r * c + i]! * w.data[(expert * n + o) * c + i]!;
    return sum;
  });
}

export const expertSwigluTwin = twin(
  expertSwigluOp,
  ({ x, weight, scales, bias, experts, h, up }, { alpha, limit, shift, lora_scale }) => {
    const w = decodeWeight(weight, scales);
    const perToken = experts.shape[1]!;
    const width = w.shape[1]! / 2;
    const y = zeros([experts.data.length, width]);
    experts.data.forEach((e, s) => {
      const z = through(w, bias, e, x, Math.floor(s / perToken));
      const branch = up && through(up, undefined, e, h!, s);
      branch?.forEach((b, o) => {
        z[o]! += lora_scale * b;
      });
      for (let f = 0; f < width; f++) {
        const g = Math.min(z[2 * f]!, limit);
        const u = Math.max(-limit, Math.min(limit, z[2 * f + 1]!));
        y.data[s * width + f] = ((u + shift) * g) / (1 + Math.exp(-alpha * g));
      }
    });
    return { y };
  },
  shapes.map((shape) => ({
    title: shape.title,
    inputs: {
      // Sums of a wide row stay where SwiGLU bends instead of far beyond its limit.
      x: { shape: [shape.tokens, shape.c], fill: { kind: 'normal', scale: shape.c >= WIDE ? shape.c ** -0.5 : 1 } },
      ...inputsOf(shape),
      ...(shape.rank !== undefined && {
        h: { shape: [shape.chosen.length, shape.rank], fill: normal } as CaseInput,
        up: { shape: [shape.experts, shape.n, shape.rank], fill: normal } as CaseInput,
      }),
    },
    attrs: { ...(shape.plain ? PLAIN_SWIGLU : GPT_OSS_SWIGLU), lora_scale: 0.5 },
  })),
);

export const expertSumTwin = twin(
  expertSumOp,
  ({ x, weight, scales, bias, experts, weights, add }, { scale }) => {
    const w = decodeWeight(weight, scales);
    const perToken = experts.shape[1]!;
    const n = w.shape[1]!;
    const y = { shape: add.shape, data: add.data.slice() };
    experts.data.forEach((e, s) => {
      const at = Math.floor(s / perToken) * n;
      through(w, undefined, e, x, s).forEach((v, o) => {
        y.data[at + o]! += weights.data[s]! * (scale * v + (bias?.data[e * n + o] ?? 0));
      });
    });
    return { y };
  },
  shapes.map((shape) => {
    const { tokens, chosen, n, c } = shape;
    return {
      title: shape.title,
      inputs: {
        x: { shape: [chosen.length, c], fill: normal },
        ...inputsOf(shape),
        weights: { shape: [tokens, chosen.length / tokens], fill: { kind: 'uniform', from: 0, to: 1 } } as CaseInput,
        add: { shape: [tokens, n], fill: normal } as CaseInput,
      },
      attrs: { scale: shape.rank === undefined ? 1 : 2.5 },
    };
  }),
);

interface RowsShape extends Pick<Shape, 'title' | 'experts' | 'n' | 'c' | 'chosen'> {
  /** Of x. */
  readonly rows: number;
  readonly tokens?: number;
  /** Of adapters whose tokens are mixed. */
  readonly mixes?: number[][];
  readonly mix?: number;
}

export const expertRowsTwin = twin(
  expertRowsOp,
  ({ x, weight, experts, ranks }, { mix = 0 }) => {
    const slots = experts.data.length;
    const y = zeros([slots, weight.shape[1]!]);
    const perRow = slots / x.shape[0]!;
    experts.data.forEach((e, s) => {
      const token = Math.floor(s / experts.shape[1]!);
      const all = through(weight, undefined, e, x, Math.floor(s / perRow));
      y.data.set(
        all.map((v, n) => (keeps(ranks, token, mix, n) ? v : 0)),
        s * weight.shape[1]!,
      );
    });
    return { y };
  },
  [
    { title: 'a row for each token', rows: 2, experts: 4, n: 8, c: 136, chosen: [3, 0, 1, 3] },
    { title: 'a row for each slot, several tiles', rows: 3, experts: 2, n: 72, c: 20, chosen: [1, 0, 1] },
    { title: 'a row for each token, wide', rows: 2, experts: 4, n: 8, c: WIDE + 136, chosen: [3, 0, 1, 3] },
    { title: 'a row for each slot, several tiles, wide', rows: 3, experts: 2, n: 36, c: WIDE + 20, chosen: [1, 0, 1] },
    ...[20, WIDE + 20].flatMap((c) => [
      {
        title: `own ranks of two adapters, a row for each token, ${c} wide`,
        ...{
          rows: 4,
          experts: 3,
          n: 20,
          c,
          chosen: [2, 0, 1, 2, 0, 1, 1, 2],
          mixes: [
            [4, 4],
            [8, 12],
          ],
          mix: 1,
        },
      },
      {
        title: `own ranks of one adapter, a row for each of a token's slots, ${c} wide`,
        ...{ rows: 6, tokens: 2, experts: 3, n: 72, c, chosen: [2, 0, 1, 0, 2, 1], mixes: [[72]], mix: 0 },
      },
    ]),
  ].map(({ title, rows, tokens = rows, experts, n, c, chosen, mixes, mix = 0 }: RowsShape) => ({
    title,
    inputs: {
      ...(mixes && { ranks: ranksInput(tokens, mixes) }),
      x: { shape: [rows, c], fill: normal },
      weight: { shape: [experts, n, c], fill: normal },
      experts: { shape: [tokens, chosen.length / tokens], dtype: 'u32', fill: { kind: 'values', values: chosen } },
    },
    attrs: { mix },
  })),
);
