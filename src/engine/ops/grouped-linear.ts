/**
 * The experts' linear layers as grouped matmuls over slots sorted by expert, weights [E, N, C] in f32, bf16 or MXFP4 (checkpoint order).
 *
 *   y[s] = scale * (x[row(s)] W_e^T) + bias_e + add[s]      e the expert of slot s; row(s) = its token when gathering, else s
 *
 * LoRA (PEFT's target_parameters): h = x A_e^T; y = (x W_e^T + b_e) + s * h B_e^T. Two more grouped matmuls, so one op and its vjp serve all:
 *   d add = dy;  dx[s] = scale * dy[s] W_e, summed over the slots of a token when gathering;  where W is trainable, dW_e += scale * dy_e^T x_e.
 * Through a frozen weight only dx is computed, from the packed bytes.
 */
import type { Op } from '../graph/op.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { groupedLinearKernels, groupedLinearOwnKernels } from '../kernels/moe.ts';
import { groupedLinearTransposedOp } from './grouped-linear-transposed.ts';
import { groupedLinearWeightGradientOp } from './grouped-linear-weight-gradient.ts';
import { formatOf, type LinearLayer, matrixShape } from './linear.ts';
import { moeGatherSum } from './moe-gather-sum.ts';
import { maxCostOfTiles, type Route, type RouteShape, routeSections } from './moe-route.ts';
import { checkRanks, ownInput, ownLaunch } from './own-ranks.ts';
import { groupedLinearVariant, TILE_COLUMNS } from './variants.ts';
import { bound, columnLanes, weightPieces } from './weight-pieces.ts';

type Inputs = {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly scales?: Tensor;
  readonly bias?: Tensor;
  readonly add?: Tensor;
  readonly route: Tensor;
  /** Tokens keep ranks of their own (own-ranks.ts); W is f32. */
  readonly ranks?: Tensor;
};
type Attrs = { readonly route: RouteShape; readonly gather: boolean; readonly scale: number; readonly mix?: number };

export const groupedLinearOp: Op<Inputs, { y: Tensor }, Attrs> = {
  name: 'grouped-linear',
  infer: (inputs, { route, gather, mix = 0 }) => {
    const [experts, n, c] = matrixShape(inputs) as [number, number, number];
    const { x, weight } = inputs;
    const { slots } = routeSections(route);
    if (experts !== route.experts)
      throw new Error(`grouped-linear: ${weight.name} has ${experts} experts, the route has ${route.experts}.`);
    if (c % 4 !== 0 || n % 4 !== 0)
      throw new Error(`grouped-linear: ${weight.name} is [${n}, ${c}] an expert; both must be multiples of 4.`);
    const rows = gather ? route.tokens : slots;
    if (x.shape.join() !== [rows, c].join())
      throw new Error(`grouped-linear: x is [${x.shape}], but ${weight.name} needs [${rows}, ${c}].`);
    checkRanks('grouped-linear', inputs.ranks, route.tokens, [mix]);
    return { y: { shape: [slots, n], dtype: 'f32' } };
  },
  lower: ({ inputs, outputs, attrs }, device) => {
    const [experts, n, c] = matrixShape(inputs) as [number, number, number];
    const { x, bias, add, route, ranks } = inputs;
    const { slots, tiles, slot_token_at, slot_expert_at, tile_expert_at, tile_start_at } = routeSections(attrs.route);
    const found = groupedLinearVariant(slots, n, c);
    const variant = ranks && found === 'wide' ? 'forward' : found; // ranks are few
    const tiled = variant === 'forward' || variant === 'wide' ? TILE_COLUMNS[variant] : null;
    const kernel = ranks && variant !== 'wide' ? groupedLinearOwnKernels[variant].f32 : groupedLinearKernels[variant][formatOf(inputs)];
    const own = ranks && ownLaunch(ranks, [attrs.mix ?? 0]);
    const lanes = columnLanes(n, tiled ?? 1);
    return weightPieces(inputs, device).map(({ first, count, weight, scales }) => ({
      kernel,
      bind: bound(kernel, { weight, scales, x, route, bias: bias ?? x, add: add ?? x, y: outputs.y, ranks }),
      params: {
        width: c,
        columns: n,
        first_expert: first,
        expert_count: count,
        gather: attrs.gather ? 1 : 0,
        slot_token_at,
        ...(tiled ? { tile_expert_at, tile_start_at } : { slot_expert_at }),
        has_bias: bias ? 1 : 0,
        has_add: add ? 1 : 0,
        scale: attrs.scale,
      },
      overrides: { ...(tiled && { COLUMNS: lanes }), ...own?.overrides },
      workgroups: tiled ? [Math.ceil(n / (tiled * lanes)), tiles, 1] : [variant === 'gemv' ? n / 4 : Math.ceil(n / 64), slots, 1],
      cost: (slots * n * c * count) / experts,
      maxCost: tiled ? maxCostOfTiles(attrs.route, inputs) : (inputs.scales ? 2 : 1) * slots * n * c,
    }));
  },
  vjp: (trace, { inputs, attrs }, { y: dy }) => {
    const { x, weight, scales, add, route } = inputs;
    if (weight.role === 'trainable')
      trace.emit(groupedLinearWeightGradientOp, { dy: dy!, x, route }, attrs, { dWeight: trace.gradient(weight) });
    const dx = (): Tensor => {
      const { y } = trace.emit(groupedLinearTransposedOp, { x: dy!, weight, ...(scales && { scales }), route }, attrs);
      return attrs.gather ? trace.emit(moeGatherSum, { x: y, route }, attrs).y : y;
    };
    return { ...(add && { add: dy! }), ...(x.needsGradient && { x: dx() }) };
  },
};

/**
 * x through every slot's expert, with the adapter's branch if it has one: `layer` holds weight [E, N, C], bias [E, N], A [E, R, C], B [E, N, R].
 * x is [T, C] when `gather` (each slot reads its token) or [S, C]; gives [S, N].
 */
export function groupedLinear(trace: Trace, x: Tensor, route: Route, layer: LinearLayer, { gather }: { gather: boolean }): Tensor {
  const { weight, scales, bias, lora } = layer;
  const { map, shape } = route;
  const attrs = { route: shape, gather, scale: 1 };
  const base = trace.emit(groupedLinearOp, { x, weight, ...(scales && { scales }), ...(bias && { bias }), route: map }, attrs).y;
  if (!lora) return base;
  const { own } = lora;
  const h = trace.emit(groupedLinearOp, { x, weight: lora.a, route: map, ...ownInput(own) }, { ...attrs, ...(own && { mix: own.mix }) }).y;
  return trace.emit(groupedLinearOp, { x: h, weight: lora.b, add: base, route: map }, { route: shape, gather: false, scale: lora.scale }).y;
}
