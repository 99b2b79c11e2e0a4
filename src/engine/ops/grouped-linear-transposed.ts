/** y[s] = scale * (x[s] W_e), x [S, N] -> y [S, C]: how gradients pass a grouped matmul, from the same packed bytes. */
import type { Op } from '../graph/op.ts';
import type { Tensor } from '../graph/tensor.ts';
import { groupedLinearTransposed as kernels } from '../kernels/moe.ts';
import { formatOf, matrixShape } from './linear.ts';
import { maxCostOfTiles, type RouteShape, routeSections } from './moe-route.ts';
import { TILE_COLUMNS, tileVariant } from './variants.ts';
import { bound, columnLanes, weightPieces } from './weight-pieces.ts';

type Inputs = { readonly x: Tensor; readonly weight: Tensor; readonly scales?: Tensor; readonly route: Tensor };

export const groupedLinearTransposedOp: Op<Inputs, { y: Tensor }, { readonly route: RouteShape; readonly scale: number }> = {
  name: 'grouped-linear-transposed',
  infer: (inputs) => ({ y: { shape: [inputs.x.shape[0]!, matrixShape(inputs)[2]!], dtype: 'f32' } }),
  lower: ({ inputs, outputs, attrs }, device) => {
    const [experts, n, c] = matrixShape(inputs) as [number, number, number];
    const { x, route } = inputs;
    const { slots, tiles, tile_expert_at, tile_start_at } = routeSections(attrs.route);
    const variant = tileVariant(slots, c, n);
    const kernel = kernels[variant][formatOf(inputs)];
    const lanes = columnLanes(c, TILE_COLUMNS[variant]);
    return weightPieces(inputs, device).map(({ first, count, weight, scales }) => ({
      kernel,
      bind: bound(kernel, { weight, scales, x, route, y: outputs.y }),
      params: { inner: n, width: c, first_expert: first, expert_count: count, tile_expert_at, tile_start_at, scale: attrs.scale },
      overrides: { COLUMNS: lanes },
      workgroups: [Math.ceil(c / (TILE_COLUMNS[variant] * lanes)), tiles, 1],
      cost: (slots * n * c * count) / experts,
      maxCost: maxCostOfTiles(attrs.route, inputs),
    }));
  },
};
