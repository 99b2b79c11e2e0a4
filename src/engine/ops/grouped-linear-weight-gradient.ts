/** dWeight[e] += scale * dy_e^T x_e over the slots of each expert, into a persistent gradient [E, N, C]: for LoRA's A and B. */
import { grid, type Op } from '../graph/op.ts';
import { elements, type Tensor } from '../graph/tensor.ts';
import { groupedLinearWeightGradientForward } from '../kernels/moe.ts';
import { type RouteShape, routeSections } from './moe-route.ts';

type Attrs = { readonly route: RouteShape; readonly gather: boolean; readonly scale: number };

export const groupedLinearWeightGradientOp: Op<{ dy: Tensor; x: Tensor; route: Tensor }, { dWeight: Tensor }, Attrs> = {
  name: 'grouped-linear-weight-gradient',
  infer: ({ dy, x }, { route }) => ({ dWeight: { shape: [route.experts, dy.shape[1]!, x.shape[1]!], dtype: 'f32' } }),
  lower: ({ inputs: { dy, x, route }, outputs, attrs }, device) => {
    const outputCount = dy.shape[1]!;
    const width = x.shape[1]!;
    const { slot_token_at } = routeSections(attrs.route);
    return [
      {
        kernel: groupedLinearWeightGradientForward,
        bind: { dy, x, route, d_weight: outputs.dWeight },
        params: {
          experts: attrs.route.experts,
          width,
          outputs: outputCount,
          gather: attrs.gather ? 1 : 0,
          slot_token_at,
          scale: attrs.scale,
        },
        workgroups: grid(elements(outputs.dWeight.shape) / 16, groupedLinearWeightGradientForward, device),
        cost: 4 * elements(dy.shape) * width, // a quarter of the speed of a matrix product
      },
    ];
  },
};
