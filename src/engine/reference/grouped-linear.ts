/** Twins of the experts' grouped matmuls. Cases cover the three encodings, both forward kernels, gathering, and every optional input. */

import { groupedLinearOp } from '../ops/grouped-linear.ts';
import { groupedLinearTransposedOp } from '../ops/grouped-linear-transposed.ts';
import { groupedLinearWeightGradientOp } from '../ops/grouped-linear-weight-gradient.ts';
import { moeGatherSum } from '../ops/moe-gather-sum.ts';
import { type RouteShape, routeSections } from '../ops/moe-route.ts';
import { crowd, routeInput, routeOf } from './moe-route.ts';
import { keeps, ranksInput } from './own-ranks.ts';
import { type Array64, type CaseInput, twin, zeros } from './twin.ts';
import { decodeWeight } from './weights.ts';

const normal = { kind: 'normal' } as const;

function weights(encoding: Encoding, e: number, n: number, c: number): { weight: CaseInput; scales?: CaseInput } {
  if (encoding !== 'mxfp4') return { weight: { shape: [e, n, c], dtype: encoding, fill: normal } };
  return {
    weight: { shape: [e, n, c / 32, 16], dtype: 'u8', fill: { kind: 'integers', below: 256 } },
    scales: { shape: [e, n, c / 32], dtype: 'u8', fill: { kind: 'uniform', from: 124, to: 130 } },
  };
}

const rows = (r: number, width: number): CaseInput => ({ shape: [r, width], fill: normal, differentiable: true });

/** Expert, token and row of x of every slot. */
function slotsOf(route: Array64, shape: RouteShape, gather: boolean): { expert: number; token: number; row: number }[] {
  const { slots, slot_expert_at, slot_token_at } = routeSections(shape);
  return Array.from({ length: slots }, (_, s) => ({
    expert: route.data[slot_expert_at + s]!,
    token: route.data[slot_token_at + s]!,
    row: gather ? route.data[slot_token_at + s]! : s,
  }));
}

const large: RouteShape = { tokens: 130, perToken: 2, experts: 5, tile: 32 };
/** One of 32 experts has every slot; each of four has every token, the others none. */
const all: RouteShape = { tokens: 130, perToken: 1, experts: 32, tile: 32 };
const four: RouteShape = { tokens: 70, perToken: 4, experts: 32, tile: 32 };

interface Options {
  readonly gather: boolean;
  readonly bias?: boolean;
  readonly add?: boolean;
  readonly trainable?: boolean;
  readonly scale?: number;
  readonly unused?: readonly number[];
  /** All tokens go to this expert and those after it. */
  readonly hot?: number;
  /** Tokens have adapters of their own, of the last mix. */
  readonly mixes?: readonly (readonly number[])[];
}

function routing(route: RouteShape, { unused, hot }: Partial<Options>): CaseInput {
  return hot === undefined ? routeInput(route, unused) : routeOf(route, crowd(route, hot));
}

type Encoding = 'f32' | 'bf16' | 'mxfp4';

function linearCase(title: string, route: RouteShape, encoding: Encoding, n: number, c: number, options: Options) {
  const { gather, bias, add, trainable, scale = 1, mixes } = options;
  const { slots } = routeSections(route);
  const w = weights(encoding, route.experts, n, c);
  return {
    title,
    inputs: {
      x: rows(gather ? route.tokens : slots, c),
      ...w,
      ...(trainable && { weight: { ...w.weight, differentiable: true } }),
      ...(bias && { bias: { shape: [route.experts, n], fill: normal } }),
      ...(add && { add: rows(slots, n) }),
      route: routing(route, options),
      ...(mixes && { ranks: ranksInput(route.tokens, mixes), x: { shape: [gather ? route.tokens : slots, c], fill: normal } }),
    },
    attrs: { route, gather, scale, ...(mixes && { mix: mixes.length - 1 }) },
  };
}

function transposedCase(title: string, route: RouteShape, encoding: Encoding, n: number, c: number, options: Partial<Options> = {}) {
  const { scale = 1 } = options;
  const x = rows(routeSections(route).slots, n);
  return { title, inputs: { x, ...weights(encoding, route.experts, n, c), route: routing(route, options) }, attrs: { route, scale } };
}

function weightGradientCase(title: string, route: RouteShape, n: number, c: number, options: Options) {
  const { gather, scale = 1 } = options;
  const { slots } = routeSections(route);
  return {
    title,
    inputs: { dy: rows(slots, n), x: rows(gather ? route.tokens : slots, c), route: routing(route, options) },
    attrs: { route, gather, scale },
    into: { dWeight: { shape: [route.experts, n, c], fill: normal } },
  };
}

export const groupedLinearTwin = twin(
  groupedLinearOp,
  ({ x, weight, scales, bias, add, route, ranks }, { route: shape, gather, scale, mix = 0 }) => {
    const w = decodeWeight(weight, scales);
    const [, n, c] = w.shape as [number, number, number];
    const slots = slotsOf(route, shape, gather);
    const y = zeros([slots.length, n]);
    slots.forEach(({ expert, token, row }, s) => {
      for (let o = 0; o < n; o++) {
        let sum = 0;
        for (let i = 0; i < c; i++) sum += x.data[row * c + i]! * w.data[(expert * n + o) * c + i]!;
        const product = keeps(ranks, token, mix, o) ? sum * scale + (bias?.data[expert * n + o] ?? 0) : 0;
        y.data[s * n + o] = product + (add?.data[s * n + o] ?? 0);
      }
    });
    return { y };
  },
  [
    linearCase('one partial tile, one column block, f32', { tokens: 70, perToken: 1, experts: 1, tile: 32 }, 'f32', 8, 12, {
      gather: false,
    }),
    linearCase('empty experts, partial tiles, bf16, bias, gathered', large, 'bf16', 68, 36, { gather: true, bias: true, unused: [0, 3] }),
    linearCase('many column blocks, mxfp4, bias, gathered', large, 'mxfp4', 128, 64, { gather: true, bias: true }),
    linearCase('wide tiles, empty experts, bf16, bias and add', large, 'bf16', 136, 36, {
      gather: false,
      bias: true,
      add: true,
      unused: [0, 3],
    }),
    linearCase('mxfp4, not gathered', large, 'mxfp4', 20, 32, { gather: false }),
    linearCase('trainable, narrow, gathered', { ...large, tokens: 40 }, 'f32', 8, 20, { gather: true, trainable: true }),
    linearCase('trainable, scaled, with add', { ...large, tokens: 40 }, 'f32', 12, 4, {
      gather: false,
      trainable: true,
      add: true,
      scale: 2.5,
    }),
    linearCase('one slot', { tokens: 1, perToken: 1, experts: 3, tile: 32 }, 'f32', 4, 4, { gather: true }),
    linearCase('few slots, lone slots, mxfp4, bias', { tokens: 1, perToken: 4, experts: 8, tile: 32 }, 'mxfp4', 12, 160, {
      gather: true,
      bias: true,
    }),
    linearCase('few slots, an empty expert, bf16, bias, add', { tokens: 7, perToken: 2, experts: 3, tile: 32 }, 'bf16', 68, 12, {
      gather: false,
      bias: true,
      add: true,
      unused: [1],
    }),
    linearCase('few slots, wide, lone slots, mxfp4, bias', { tokens: 1, perToken: 4, experts: 8, tile: 32 }, 'mxfp4', 12, 1056, {
      gather: true,
      bias: true,
    }),
    linearCase('few slots, wide, more than four an expert, bf16, add', { tokens: 7, perToken: 2, experts: 3, tile: 32 }, 'bf16', 8, 1028, {
      gather: false,
      bias: true,
      add: true,
      unused: [1],
    }),
    linearCase('all tokens to the last of 32 experts, mxfp4, bias, gathered', all, 'mxfp4', 20, 32, { gather: true, bias: true, hot: 31 }),
    linearCase('all tokens to the same four of 32 experts, mxfp4, bias, gathered', four, 'mxfp4', 20, 64, {
      gather: true,
      bias: true,
      hot: 30,
    }),
    linearCase('all tokens to the same four of 32 experts, trainable, with add', four, 'f32', 12, 8, {
      gather: false,
      trainable: true,
      add: true,
      hot: 3,
    }),
    linearCase('few slots, all to one of 32 experts, mxfp4, bias', { ...all, tokens: 7 }, 'mxfp4', 12, 64, {
      gather: true,
      bias: true,
      hot: 17,
    }),
    linearCase('few slots, wide, f32, scaled', { tokens: 8, perToken: 3, experts: 5, tile: 32 }, 'f32', 20, 1024, {
      gather: true,
      scale: 0.5,
    }),
    linearCase('own ranks of three adapters, empty experts, gathered', large, 'f32', 24, 36, {
      gather: true,
      unused: [0, 3],
      mixes: [
        [4, 4, 0],
        [4, 8, 12],
      ],
    }),
    linearCase('own ranks of one adapter, not gathered', { ...large, tokens: 40 }, 'f32', 8, 12, { gather: false, mixes: [[8]] }),
    linearCase('own ranks, few slots', { tokens: 7, perToken: 2, experts: 3, tile: 32 }, 'f32', 72, 12, { gather: true, mixes: [[64, 8]] }),
    linearCase('own ranks, few slots, wide, more than four an expert', { tokens: 7, perToken: 2, experts: 3, tile: 32 }, 'f32', 8, 1028, {
      gather: false,
      unused: [1],
      mixes: [[4, 4]],
    }),
    linearCase('own ranks, few slots, wide, lone slots', { tokens: 3, perToken: 2, experts: 8, tile: 32 }, 'f32', 12, 1056, {
      gather: true,
      mixes: [
        [0, 12],
        [8, 4],
      ],
    }),
  ],
);

export const groupedLinearTransposedTwin = twin(
  groupedLinearTransposedOp,
  ({ x, weight, scales, route }, { route: shape, scale }) => {
    const w = decodeWeight(weight, scales);
    const [, n, c] = w.shape as [number, number, number];
    const slots = slotsOf(route, shape, false);
    const y = zeros([slots.length, c]);
    slots.forEach(({ expert }, s) => {
      for (let i = 0; i < c; i++) {
        let sum = 0;
        for (let o = 0; o < n; o++) sum += x.data[s * n + o]! * w.data[(expert * n + o) * c + i]!;
        y.data[s * c + i] = sum * scale;
      }
    });
    return { y };
  },
  [
    transposedCase('empty experts, partial tiles, f32, narrow, scaled', large, 'f32', 20, 8, { scale: 0.5, unused: [1, 4] }),
    transposedCase('many column blocks, bf16', large, 'bf16', 36, 132),
    transposedCase('empty experts, f32, columns that are no whole wide tile', large, 'f32', 20, 12, { unused: [2] }),
    transposedCase('wide tiles, partly filled, bf16', large, 'bf16', 36, 136),
    transposedCase('few slots of several experts, mxfp4', { tokens: 7, perToken: 2, experts: 3, tile: 32 }, 'mxfp4', 36, 64),
    transposedCase('several tiles an expert, mxfp4', large, 'mxfp4', 64, 128),
    transposedCase('all tokens to the first of 32 experts, mxfp4', all, 'mxfp4', 20, 64, { hot: 0 }),
    transposedCase('all tokens to the same four of 32 experts, mxfp4', four, 'mxfp4', 8, 32, { hot: 14 }),
    transposedCase('one slot, mxfp4', { tokens: 1, perToken: 1, experts: 3, tile: 32 }, 'mxfp4', 4, 32),
  ],
);

export const groupedLinearWeightGradientTwin = twin(
  groupedLinearWeightGradientOp,
  ({ dy, x, route }, { route: shape, gather, scale }, { dWeight }) => {
    const n = dy.shape[1]!;
    const c = x.shape[1]!;
    const sum = { shape: dWeight!.shape, data: dWeight!.data.slice() };
    slotsOf(route, shape, gather).forEach(({ expert, row }, s) => {
      for (let o = 0; o < n; o++) {
        for (let i = 0; i < c; i++) sum.data[(expert * n + o) * c + i]! += scale * dy.data[s * n + o]! * x.data[row * c + i]!;
      }
    });
    return { dWeight: sum };
  },
  [
    weightGradientCase('more slots than lanes, empty experts, gathered', { ...large, tokens: 150 }, 8, 36, {
      gather: true,
      unused: [0, 2],
    }),
    weightGradientCase('all tokens to one of 32 experts, gathered', all, 8, 12, { gather: true, hot: 5 }),
    weightGradientCase('all tokens to the same four of 32 experts', four, 12, 8, { gather: false, hot: 28 }),
    weightGradientCase('fewer slots than lanes, scaled', { tokens: 9, perToken: 2, experts: 3, tile: 32 }, 12, 8, {
      gather: false,
      scale: 2,
    }),
  ],
);

export const moeGatherSumTwin = twin(
  moeGatherSum,
  ({ x, route }, { route: shape }) => {
    const width = x.shape[1]!;
    const y = zeros([shape.tokens, width]);
    slotsOf(route, shape, true).forEach(({ row }, s) => {
      for (let i = 0; i < width; i++) y.data[row * width + i]! += x.data[s * width + i]!;
    });
    return { y };
  },
  [{ title: 'partial workgroup', inputs: { x: rows(260, 12), route: routeInput(large) }, attrs: { route: large } }],
);
