/**
 * The route: from each token's chosen experts to everything that grouped matmuls need, computed on the GPU and never read back.
 * A routed pair (token, k) becomes a slot; slots are sorted by expert, and within an expert keep the order of (token, k).
 *
 * It is one u32 tensor (bindings are few) with these sections, S = T * K:
 *   expert_offset [E + 1]   slots of expert e are expert_offset[e] .. expert_offset[e + 1] - 1
 *   slot_token    [S]       token of a slot
 *   slot_expert   [S]       expert of a slot
 *   token_slot    [S]       slot of (token, k), at token * K + k
 *   tile_expert   [tiles]   expert of a tile of at most `tile` slots; 0xffffffff marks a tile that is not used
 *   tile_start    [tiles]   its first slot
 * tiles = ceil(S / tile) + E, so a dispatch of that many rows of workgroups covers every expert however the tokens fall.
 */
import type { Launch, Op } from '../graph/op.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { moeRouteForward, moeRouteTilesForward } from '../kernels/moe.ts';
import { type Matrix, matrixShape } from './linear.ts';

export type RouteShape = {
  readonly tokens: number;
  /** Experts per token, K. */
  readonly perToken: number;
  readonly experts: number;
  /** Rows of a matmul tile; a multiple of 4. */
  readonly tile: number;
};

export interface Route {
  readonly map: Tensor;
  readonly shape: RouteShape;
}

export interface RouteSections {
  readonly slots: number;
  readonly tiles: number;
  readonly slot_token_at: number;
  readonly slot_expert_at: number;
  readonly token_slot_at: number;
  readonly tile_expert_at: number;
  readonly tile_start_at: number;
  readonly length: number;
}

/** Upper bound of a launch over the tiles: all of them full and of its experts. An MXFP4 product counts twice a plain one. */
export function maxCostOfTiles(route: RouteShape, matrix: Matrix): number {
  const [, n, c] = matrixShape(matrix) as [number, number, number];
  return (matrix.scales ? 2 : 1) * routeSections(route).tiles * route.tile * n * c;
}

/** Where each section begins, in words. */
export function routeSections({ tokens, perToken, experts, tile }: RouteShape): RouteSections {
  const slots = tokens * perToken;
  const tiles = Math.ceil(slots / tile) + experts;
  const slot_token_at = experts + 1;
  const tile_expert_at = slot_token_at + 3 * slots;
  return {
    slots,
    tiles,
    slot_token_at,
    slot_expert_at: slot_token_at + slots,
    token_slot_at: slot_token_at + 2 * slots,
    tile_expert_at,
    tile_start_at: tile_expert_at + tiles,
    length: tile_expert_at + 2 * tiles,
  };
}

export const moeRoute: Op<{ experts: Tensor }, { route: Tensor }, RouteShape> = {
  name: 'moe-route',
  infer: ({ experts }, shape) => {
    if (experts.shape.join() !== [shape.tokens, shape.perToken].join())
      throw new Error(`moe-route: experts [${experts.shape}] are not ${shape.perToken} of each of ${shape.tokens} tokens.`);
    return { route: { shape: [routeSections(shape).length], dtype: 'u32' } };
  },
  lower: ({ inputs, outputs, attrs }): Launch[] => {
    const { slots, tiles, slot_token_at, slot_expert_at, token_slot_at, tile_expert_at, tile_start_at } = routeSections(attrs);
    return [
      {
        kernel: moeRouteForward,
        bind: { ...inputs, ...outputs },
        params: { slots, per_token: attrs.perToken, slot_token_at, slot_expert_at, token_slot_at },
        overrides: { LANES: Math.min(128, Math.max(4, 2 ** Math.ceil(Math.log2(slots / 8)))) },
        workgroups: [attrs.experts, 1, 1],
      },
      {
        kernel: moeRouteTilesForward,
        bind: outputs,
        params: { experts: attrs.experts, tiles, tile: attrs.tile, tile_expert_at, tile_start_at },
        workgroups: [Math.ceil(tiles / 64), 1, 1],
      },
    ];
  },
};

/** Rows of a tile of the grouped matmuls. */
const TILE = 32;

/** chosen [T, K] u32, from `routeTopK`. */
export function route(trace: Trace, chosen: Tensor, experts: number): Route {
  const [tokens, perToken] = chosen.shape as [number, number];
  const shape = { tokens, perToken, experts, tile: TILE };
  return { map: trace.emit(moeRoute, { experts: chosen }, shape).route, shape };
}
