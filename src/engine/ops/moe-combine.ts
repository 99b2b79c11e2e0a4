/** The weighted sum of the experts' answers: out[t] = sum over k of w[t, k] * y[slot of (t, k)]. */
import { grid, type Op } from '../graph/op.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { moeCombineBackward, moeCombineForward } from '../kernels/moe.ts';
import { type Route, type RouteShape, routeSections } from './moe-route.ts';

type Inputs = { readonly y: Tensor; readonly weights: Tensor; readonly route: Tensor };
type Attrs = { readonly route: RouteShape };

export const moeCombine: Op<Inputs, { out: Tensor }, Attrs> = {
  name: 'moe-combine',
  infer: ({ y }, { route }) => ({ out: { shape: [route.tokens, y.shape[1]!], dtype: 'f32' } }),
  lower: ({ inputs, outputs, attrs: { route } }, device) => {
    const width = inputs.y.shape[1]!;
    const { token_slot_at } = routeSections(route);
    const params = { tokens: route.tokens, per_token: route.perToken, width, token_slot_at };
    const workgroups = grid((route.tokens * width) / 4, moeCombineForward, device);
    return [
      { kernel: moeCombineForward, bind: { ...inputs, ...outputs }, params, workgroups, cost: 12 * route.tokens * route.perToken * width },
    ];
  },
  vjp: (trace, { inputs, attrs }, { out: dout }) => {
    const { dy, dweights } = trace.emit(moeCombineGradient, { ...inputs, dout: dout! }, attrs);
    return { y: dy, weights: dweights };
  },
};

export const moeCombineGradient: Op<Inputs & { readonly dout: Tensor }, { dy: Tensor; dweights: Tensor }, Attrs> = {
  name: 'moe-combine-gradient',
  infer: ({ y, weights }) => ({ dy: { shape: y.shape, dtype: 'f32' }, dweights: { shape: weights.shape, dtype: 'f32' } }),
  lower: ({ inputs, outputs, attrs: { route } }, device) => {
    const { slots, token_slot_at } = routeSections(route);
    const params = { slots, per_token: route.perToken, width: inputs.y.shape[1]!, token_slot_at };
    return [
      {
        kernel: moeCombineBackward,
        bind: { ...inputs, ...outputs },
        params,
        workgroups: grid(slots, moeCombineBackward, device),
        cost: 16 * slots * params.width,
      },
    ];
  },
};

/** y [S, C], weights [T, K] -> [T, C]. */
export function combineExperts(trace: Trace, y: Tensor, weights: Tensor, route: Route): Tensor {
  return trace.emit(moeCombine, { y, weights, route: route.map }, { route: route.shape }).out;
}
