/**
 * The load-balancing loss of mixture-of-experts models (transformers `load_balancing_loss_func`), pooled over all layers:
 *   aux = E sum_e f_e P_e,  f_e: picks of e over tokens x layers,  P_e: mean probability of e over the same; not divided by K.
 * Layers add to `sums` on the way forward (`balanceSums`); the gradient reads the finished sums, so it is emitted only in the backward, by
 * route-top-k's vjp. Padding at the tail of a stream is not counted.
 */
import { grid, type Op } from '../graph/op.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { routerBalanceBackward, routerBalanceLoss, routerBalanceSums } from '../kernels/moe.ts';

export interface Balance {
  /** [2, E] state, zero before every micro-batch. */
  readonly sums: Tensor;
  /** [1] u32: real tokens of the stream. */
  readonly count: Tensor;
  readonly layers: number;
  readonly coefficient: number;
}

export const routerBalanceSumsOp: Op<{ logits: Tensor; count: Tensor }, { sums: Tensor }, { readonly perToken: number }> = {
  name: 'router-balance-sums',
  infer: ({ logits }) => ({ sums: { shape: [2, logits.shape[1]!], dtype: 'f32' } }),
  lower: ({ inputs, outputs, attrs }) => {
    const experts = inputs.logits.shape[1]!;
    const params = { experts, per_token: attrs.perToken };
    return [{ kernel: routerBalanceSums, bind: { ...inputs, ...outputs }, params, workgroups: [experts, 1, 1] }];
  },
};

/** `at`: where in the `width` stats of a micro-batch the loss is added. */
type BalanceLossAttrs = { readonly layers: number; readonly width: number; readonly at: number };

export const routerBalanceLossOp: Op<{ sums: Tensor; count: Tensor }, { stats: Tensor }, BalanceLossAttrs> = {
  name: 'router-balance-loss',
  infer: (_inputs, { width }) => ({ stats: { shape: [width], dtype: 'f32' } }),
  lower: ({ inputs, outputs, attrs: { layers, at } }) => {
    const params = { experts: inputs.sums.shape[1]!, layers, at };
    return [{ kernel: routerBalanceLoss, bind: { ...inputs, ...outputs }, params, workgroups: [1, 1, 1] }];
  },
};

type GradientInputs = { readonly logits: Tensor; readonly sums: Tensor; readonly count: Tensor; readonly add: Tensor };

export const routerBalanceGradient: Op<GradientInputs, { dlogits: Tensor }, { readonly layers: number; readonly coefficient: number }> = {
  name: 'router-balance-gradient',
  infer: ({ logits }) => ({ dlogits: { shape: logits.shape, dtype: 'f32' } }),
  lower: ({ inputs, outputs, attrs }, device) => {
    const [tokens, experts] = inputs.logits.shape as [number, number];
    const params = { tokens, experts, ...attrs };
    return [
      { kernel: routerBalanceBackward, bind: { ...inputs, ...outputs }, params, workgroups: grid(tokens, routerBalanceBackward, device) },
    ];
  },
};

/** Adds one layer's picks and probabilities. */
export function balanceSums(trace: Trace, logits: Tensor, perToken: number, { sums, count }: Balance): void {
  trace.emit(routerBalanceSumsOp, { logits, count }, { perToken }, { sums });
}

/** stats[at] += aux, after the last layer. */
export function balanceLoss(trace: Trace, { sums, count, layers }: Balance, stats: Tensor, at: number): void {
  trace.emit(routerBalanceLossOp, { sums, count }, { layers, width: stats.shape[0]!, at }, { stats });
}
