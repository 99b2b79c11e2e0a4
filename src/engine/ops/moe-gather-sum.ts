/** y[t] = sum over k of x[slot of (t, k)], x [S, C] -> y [T, C]: the gradient of gathering token rows into slots. */
import { grid, type Op } from '../graph/op.ts';
import type { Tensor } from '../graph/tensor.ts';
import { moeGatherSumForward } from '../kernels/moe.ts';
import { type RouteShape, routeSections } from './moe-route.ts';

export const moeGatherSum: Op<{ x: Tensor; route: Tensor }, { y: Tensor }, { readonly route: RouteShape }> = {
  name: 'moe-gather-sum',
  infer: ({ x }, { route }) => ({ y: { shape: [route.tokens, x.shape[1]!], dtype: 'f32' } }),
  lower: ({ inputs, outputs, attrs: { route } }, device) => {
    const width = inputs.x.shape[1]!;
    const { token_slot_at } = routeSections(route);
    const params = { tokens: route.tokens, per_token: route.perToken, width, token_slot_at };
    const workgroups = grid((route.tokens * width) / 4, moeGatherSumForward, device);
    return [
      {
        kernel: moeGatherSumForward,
        bind: { ...inputs, ...outputs },
        params,
        workgroups,
        cost: 12 * route.tokens * route.perToken * width,
      },
    ];
  },
};
