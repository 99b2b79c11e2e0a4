/**
 * The chosen experts of a few tokens (decoding), without a route: every slot (token, k) finds its expert itself.
 *   expert-swiglu: x [T, C] -> [T*K, F], gate_up and SwiGLU in one launch a group of experts (see expert-weights.ts)
 *   expert-sum: those [T*K, F] -> [T, C], down, the weighted sum over k and the residual in one launch a group
 * No gradients, and no slots share the weights they read; streams of many tokens go through `moe-linear`.
 */
import type { Op } from '../graph/op.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { expertSumFewRows, expertSwigluFewSlots } from '../kernels/moe.ts';
import { STEP_VALUES } from '../kernels/weights.ts';
import { bound, expertGroups } from './expert-weights.ts';
import { formatOf, type LinearLayer, type Matrix, matrixShape } from './linear.ts';

type Weights = { readonly weight: Tensor; readonly scales?: Tensor; readonly bias?: Tensor };
type SwigluInputs = Weights & { readonly x: Tensor; readonly experts: Tensor };
type SumInputs = SwigluInputs & { readonly weights: Tensor; readonly add: Tensor };

/** Columns of a workgroup. */
const TILE = 16;

/** Whether the kernels can read this matrix. */
export function hasWholeSteps(m: Matrix): boolean {
  return matrixShape(m)[2]! % STEP_VALUES[formatOf(m)] === 0;
}

function check(op: string, { x, ...m }: SwigluInputs, rows: number): void {
  const [, n, c] = matrixShape(m) as [number, number, number];
  if (!hasWholeSteps(m)) throw new Error(`${op}: the width ${c} of ${m.weight.name} is no multiple of ${STEP_VALUES[formatOf(m)]}.`);
  if (n % 4 !== 0) throw new Error(`${op}: ${m.weight.name} has ${n} outputs; they must be a multiple of 4.`);
  if (x.shape.join() !== [rows, c].join()) throw new Error(`${op}: x is [${x.shape}], but ${m.weight.name} needs [${rows}, ${c}].`);
}

export const expertSwigluOp: Op<SwigluInputs, { y: Tensor }, { readonly alpha: number; readonly limit: number }> = {
  name: 'expert-swiglu',
  infer: (inputs) => {
    const [tokens, perToken] = inputs.experts.shape as [number, number];
    check('expert-swiglu', inputs, tokens);
    return { y: { shape: [tokens * perToken, matrixShape(inputs)[1]! / 2], dtype: 'f32' } };
  },
  lower: ({ inputs, outputs, attrs }, device) => {
    const [experts, columns, width] = matrixShape(inputs) as [number, number, number];
    const [tokens, perToken] = inputs.experts.shape as [number, number];
    const slots = tokens * perToken;
    const kernel = expertSwigluFewSlots[formatOf(inputs)];
    const has_bias = inputs.bias ? 1 : 0;
    return expertGroups(inputs, device).map(({ first, count, ...group }) => ({
      kernel,
      bind: bound(kernel, { ...inputs, bias: inputs.bias ?? inputs.x, ...group, ...outputs }),
      params: { width, columns, per_token: perToken, first_expert: first, expert_count: count, has_bias, ...attrs },
      workgroups: [Math.ceil(columns / TILE), slots, 1],
      cost: (slots * columns * width * count) / experts,
      most: slots * columns * width,
    }));
  },
};

export const expertSumOp: Op<SumInputs, { y: Tensor }> = {
  name: 'expert-sum',
  infer: (inputs) => {
    const [tokens, perToken] = inputs.experts.shape as [number, number];
    check('expert-sum', inputs, tokens * perToken);
    return { y: { shape: [tokens, matrixShape(inputs)[1]!], dtype: 'f32' } };
  },
  lower: ({ inputs, outputs }, device) => {
    const [experts, columns, width] = matrixShape(inputs) as [number, number, number];
    const [tokens, perToken] = inputs.experts.shape as [number, number];
    const kernel = expertSumFewRows[formatOf(inputs)];
    const has_bias = inputs.bias ? 1 : 0;
    return expertGroups(inputs, device).map(({ first, count, ...group }, i) => ({
      kernel,
      bind: bound(kernel, { ...inputs, bias: inputs.bias ?? inputs.x, ...group, ...outputs }),
      params: { width, columns, per_token: perToken, first_expert: first, expert_count: count, has_bias, more: i > 0 ? 1 : 0 },
      workgroups: [Math.ceil(columns / TILE), tokens, 1],
      cost: (tokens * perToken * columns * width * count) / experts,
      most: tokens * perToken * columns * width,
    }));
  },
};

function weightsOf({ weight, scales, bias }: LinearLayer): Weights {
  return { weight, ...(scales && { scales }), ...(bias && { bias }) };
}

/** x [T, C] through the gate_up [E, 2F, C] of the chosen experts [T, K] and gpt-oss's SwiGLU -> [T*K, F]. */
export function expertSwiglu(trace: Trace, x: Tensor, experts: Tensor, gate_up: LinearLayer, limit = 7): Tensor {
  return trace.emit(expertSwigluOp, { x, experts, ...weightsOf(gate_up) }, { alpha: 1.702, limit }).y;
}

/** x [T*K, F] through the down [E, C, F] of the chosen experts [T, K], weighted by [T, K], plus `add` [T, C]. */
export function expertSum(trace: Trace, x: Tensor, experts: Tensor, weights: Tensor, down: LinearLayer, add: Tensor): Tensor {
  return trace.emit(expertSumOp, { x, experts, weights, add, ...weightsOf(down) }, {}).y;
}
