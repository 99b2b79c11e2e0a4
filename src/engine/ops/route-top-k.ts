/**
 * The router: each token takes the K experts with the largest logits, weighted by a softmax over those K alone (gpt-oss) or over all experts (Qwen 3
 * without norm_topk_prob, whose weights do not sum to 1); equal logits: lowest index first. The gradient flows through the weights of the chosen; the choice itself has none.
 */
import { grid, type Op } from '../graph/op.ts';
import { elements, type Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { routeTopKBackward, routeTopKForward } from '../kernels/moe.ts';
import { type Balance, balanceSums, routerBalanceGradient } from './router-balance.ts';

/** `balance`: the load-balancing loss adds its gradient to this layer's logits. */
type Attrs = { readonly perToken: number; readonly over_all?: boolean; readonly balance?: Balance };

export const routeTopKOp: Op<{ logits: Tensor }, { experts: Tensor; weights: Tensor }, Attrs> = {
  name: 'route-top-k',
  infer: ({ logits }, { perToken }) => {
    const [tokens, experts] = logits.shape;
    if (!(perToken >= 1 && perToken <= experts!)) throw new Error(`route-top-k: ${perToken} of ${experts} experts cannot be chosen.`);
    return { experts: { shape: [tokens!, perToken], dtype: 'u32' }, weights: { shape: [tokens!, perToken], dtype: 'f32' } };
  },
  lower: ({ inputs, outputs, attrs }, device) => {
    const [tokens, experts] = inputs.logits.shape as [number, number];
    const params = { tokens, experts, per_token: attrs.perToken, over_all: attrs.over_all ? 1 : 0 };
    return [{ kernel: routeTopKForward, bind: { ...inputs, ...outputs }, params, workgroups: grid(tokens, routeTopKForward, device) }];
  },
  vjp: (trace, { inputs: { logits }, outputs: { experts, weights }, attrs: { balance, over_all = false } }, { weights: dweights }) => {
    if (!dweights) return {};
    const add = trace.emit(
      routeTopKGradientOp,
      { weights, experts, dweights, ...(over_all && { logits }) },
      { experts: logits.shape[1]! },
    ).dlogits;
    if (!balance) return { logits: add };
    const { sums, count, layers, coefficient } = balance;
    return { logits: trace.emit(routerBalanceGradient, { logits, sums, count, add }, { layers, coefficient }).dlogits };
  },
};

/** `logits`: the softmax was over all of them. */
type GradientInputs = { readonly weights: Tensor; readonly experts: Tensor; readonly dweights: Tensor; readonly logits?: Tensor };

export const routeTopKGradientOp: Op<GradientInputs, { dlogits: Tensor }, { experts: number }> = {
  name: 'route-top-k-gradient',
  infer: ({ weights }, { experts }) => ({ dlogits: { shape: [weights.shape[0]!, experts], dtype: 'f32' } }),
  lower: ({ inputs, outputs, attrs }, device) => {
    const [tokens, perToken] = inputs.weights.shape as [number, number];
    const params = { tokens, experts: attrs.experts, per_token: perToken, over_all: inputs.logits ? 1 : 0 };
    const workgroups = grid(elements(outputs.dlogits.shape), routeTopKBackward, device);
    const bind = { ...inputs, logits: inputs.logits ?? inputs.weights, ...outputs };
    return [{ kernel: routeTopKBackward, bind, params, workgroups }];
  },
};

/** logits [T, E] -> experts [T, K] u32 and their weights [T, K], which sum to 1 unless the softmax is over all. */
export function routeTopK(
  trace: Trace,
  logits: Tensor,
  perToken: number,
  balance?: Balance,
  over_all = false,
): { experts: Tensor; weights: Tensor } {
  if (balance) balanceSums(trace, logits, perToken, balance);
  return trace.emit(routeTopKOp, { logits }, { perToken, over_all, ...(balance && { balance }) });
}
