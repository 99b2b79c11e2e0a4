/**
 * The chosen experts of a few tokens (decoding), without a route: every slot (token, k) finds its expert itself.
 *   expert-rows: x -> A_e x, one launch; LoRA's way down, for both of the others
 *   expert-swiglu: x [T, C] -> [T*K, F], gate_up and SwiGLU in one launch a group of experts (see weight-pieces.ts)
 *   expert-sum: those [T*K, F] -> [T, C], down, the weighted sum over k and the residual in one launch a group
 * No gradients, and no slots share the weights they read; streams of many tokens go through `grouped-linear`.
 */
import type { Op } from '../graph/op.ts';
import { elements, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { expertRowsKernels, expertSumKernels, expertSwigluKernels } from '../kernels/moe.ts';
import { STEP_VALUES } from '../kernels/weights.ts';
import { type Branch, formatOf, type LinearLayer, type Matrix, matrixShape } from './linear.ts';
import { checkRanks, ownInput, ownLaunch } from './own-ranks.ts';
import { GPT_OSS_SWIGLU, type SwigluForm } from './swiglu.ts';
import { GEMV_COLUMNS, gemvVariant } from './variants.ts';
import { bound, weightPieces } from './weight-pieces.ts';

type Weights = { readonly weight: Tensor; readonly scales?: Tensor; readonly bias?: Tensor };
type SwigluInputs = Weights & {
  readonly x: Tensor;
  readonly experts: Tensor;
  /** LoRA: A_e x [T*K, R] and B [E, 2F, R], both or none. */
  readonly h?: Tensor;
  readonly up?: Tensor;
};
type SumInputs = Weights & { readonly x: Tensor; readonly experts: Tensor; readonly weights: Tensor; readonly add: Tensor };

const tilesOf = (columns: number, width: number): number => Math.ceil(columns / GEMV_COLUMNS[gemvVariant(width)]);

/** Whether the kernels can read this matrix. */
export function hasWholeSteps(m: Matrix): boolean {
  return matrixShape(m)[2]! % STEP_VALUES[formatOf(m)] === 0;
}

function check(op: string, { x, ...m }: Weights & { readonly x: Tensor }, rows: number): void {
  const [, n, c] = matrixShape(m) as [number, number, number];
  if (!hasWholeSteps(m)) throw new Error(`${op}: the width ${c} of ${m.weight.name} is no multiple of ${STEP_VALUES[formatOf(m)]}.`);
  if (n % 4 !== 0) throw new Error(`${op}: ${m.weight.name} has ${n} outputs; they must be a multiple of 4.`);
  if (x.shape.join() !== [rows, c].join()) throw new Error(`${op}: x is [${x.shape}], but ${m.weight.name} needs [${rows}, ${c}].`);
}

type SwigluAttrs = SwigluForm & { /** Of the adapter's branch. */ readonly lora_scale: number };

export const expertSwigluOp: Op<SwigluInputs, { y: Tensor }, SwigluAttrs> = {
  name: 'expert-swiglu',
  infer: (inputs) => {
    const [tokens, perToken] = inputs.experts.shape as [number, number];
    check('expert-swiglu', inputs, tokens);
    const { h, up } = inputs;
    if (h && up && (h.shape[1] !== up.shape[2] || up.shape[1] !== matrixShape(inputs)[1])) {
      throw new Error(`expert-swiglu: an adapter [${up.shape}] over [${h.shape}] does not fit ${inputs.weight.name}.`);
    }
    return { y: { shape: [tokens * perToken, matrixShape(inputs)[1]! / 2], dtype: 'f32' } };
  },
  lower: ({ inputs, outputs, attrs }, device) => {
    const [experts, columns, width] = matrixShape(inputs) as [number, number, number];
    const [tokens, perToken] = inputs.experts.shape as [number, number];
    const slots = tokens * perToken;
    const kernel = expertSwigluKernels[gemvVariant(width)][formatOf(inputs)];
    const has_bias = inputs.bias ? 1 : 0;
    return weightPieces(inputs, device).map(({ first, count, ...group }) => ({
      kernel,
      bind: bound(kernel, { h: inputs.x, up: inputs.x, ...inputs, bias: inputs.bias ?? inputs.x, ...group, ...outputs }),
      params: {
        width,
        columns,
        per_token: perToken,
        first_expert: first,
        expert_count: count,
        has_bias,
        rank: inputs.h?.shape[1] ?? 0,
        ...attrs,
      },
      workgroups: [tilesOf(columns, width), slots, 1],
      cost: (slots * columns * width * count) / experts,
      maxCost: slots * columns * width,
    }));
  },
};

export const expertSumOp: Op<SumInputs, { y: Tensor }, { readonly scale: number }> = {
  name: 'expert-sum',
  infer: (inputs) => {
    const [tokens, perToken] = inputs.experts.shape as [number, number];
    check('expert-sum', inputs, tokens * perToken);
    return { y: { shape: [tokens, matrixShape(inputs)[1]!], dtype: 'f32' } };
  },
  lower: ({ inputs, outputs, attrs }, device) => {
    const [experts, columns, width] = matrixShape(inputs) as [number, number, number];
    const [tokens, perToken] = inputs.experts.shape as [number, number];
    const kernel = expertSumKernels[gemvVariant(width)][formatOf(inputs)];
    const has_bias = inputs.bias ? 1 : 0;
    return weightPieces(inputs, device).map(({ first, count, ...group }, i) => ({
      kernel,
      bind: bound(kernel, { ...inputs, bias: inputs.bias ?? inputs.x, ...group, ...outputs }),
      params: { width, columns, per_token: perToken, first_expert: first, expert_count: count, has_bias, more: i > 0 ? 1 : 0, ...attrs },
      workgroups: [tilesOf(columns, width), tokens, 1],
      cost: (tokens * perToken * columns * width * count) / experts,
      maxCost: tokens * perToken * columns * width,
    }));
  },
};

type RowsInputs = { readonly x: Tensor; readonly weight: Tensor; readonly experts: Tensor; readonly ranks?: Tensor };

/**
 * y [S, N] = W_e x of the expert of each slot, W [E, N, C] f32; x [T, C], as many slots in a row of x as fit. `ranks`: tokens keep ranks of their own
 * (own-ranks.ts).
 */
export const expertRowsOp: Op<RowsInputs, { y: Tensor }, { readonly mix?: number }> = {
  name: 'expert-rows',
  infer: ({ x, weight, experts, ranks }, { mix = 0 }) => {
    const slots = elements(experts.shape);
    const [, n, c] = weight.shape as [number, number, number];
    if (weight.dtype !== 'f32' || x.shape[1] !== c || slots % x.shape[0]! !== 0 || c % 4 !== 0) {
      throw new Error(`expert-rows: x [${x.shape}] does not fit ${weight.name} [${weight.shape}] for ${slots} slots.`);
    }
    checkRanks('expert-rows', ranks, experts.shape[0]!, [mix]);
    return { y: { shape: [slots, n], dtype: 'f32' } };
  },
  lower: ({ inputs, outputs, attrs: { mix = 0 } }) => {
    const [slots, columns] = outputs.y.shape as [number, number];
    const [rows, width] = inputs.x.shape as [number, number];
    return [
      {
        kernel: expertRowsKernels[inputs.ranks ? 'own' : 'all'][gemvVariant(width)].f32,
        bind: { ...inputs, ...outputs },
        params: { width, columns, per_row: slots / rows, per_token: inputs.experts.shape[1]! },
        ...(inputs.ranks && { overrides: ownLaunch(inputs.ranks, [mix]).overrides }),
        workgroups: [tilesOf(columns, width), slots, 1],
        cost: slots * columns * width,
      },
    ];
  },
};

function weightsOf({ weight, scales, bias }: LinearLayer): Weights {
  return { weight, ...(scales && { scales }), ...(bias && { bias }) };
}

function wayDown(trace: Trace, x: Tensor, experts: Tensor, { a, own }: Branch): Tensor {
  return trace.emit(expertRowsOp, { x, weight: a, experts, ...ownInput(own) }, own ? { mix: own.mix } : {}).y;
}

/** x [T, C] through the gate_up [E, 2F, C] of the chosen experts [T, K], its adapter if it has one, and SwiGLU -> [T*K, F]. */
export function expertSwiglu(trace: Trace, x: Tensor, experts: Tensor, gate_up: LinearLayer, form = GPT_OSS_SWIGLU): Tensor {
  const { lora } = gate_up;
  const branch = lora && { h: wayDown(trace, x, experts, lora), up: lora.b };
  const attrs = { ...form, lora_scale: lora?.scale ?? 0 };
  return trace.emit(expertSwigluOp, { x, experts, ...weightsOf(gate_up), ...branch }, attrs).y;
}

/** x [T*K, F] through the down [E, C, F] of the chosen experts [T, K], with its adapter if it has one, weighted by [T, K], plus `add` [T, C]. */
export function expertSum(trace: Trace, x: Tensor, experts: Tensor, weights: Tensor, down: LinearLayer, add: Tensor): Tensor {
  const { lora } = down;
  const base = trace.emit(expertSumOp, { x, experts, weights, add, ...weightsOf(down) }, { scale: 1 }).y;
  if (!lora) return base;
  const h = wayDown(trace, x, experts, lora);
  return trace.emit(expertSumOp, { x: h, experts, weights, add: base, weight: lora.b }, { scale: lora.scale }).y;
}
