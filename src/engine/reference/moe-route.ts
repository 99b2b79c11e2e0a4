/** Twin of the route, and the same for the cases of ops that take a route as input. */
import { moeRoute, type RouteShape, routeSections } from '../ops/moe-route.ts';
import { type CaseInput, twin } from './twin.ts';

/** The route of chosen experts [T * K]. */
function routeMap(shape: RouteShape, chosen: ArrayLike<number>): number[] {
  const { slots, tiles, length, ...at } = routeSections(shape);
  const map = new Array<number>(length).fill(0);
  let slot = 0;
  let tile = 0;
  for (let e = 0; e < shape.experts; e++) {
    map[e] = slot;
    const start = slot;
    for (let i = 0; i < slots; i++) {
      if (chosen[i] !== e) continue;
      map[at.slot_token_at + slot] = Math.floor(i / shape.perToken);
      map[at.slot_expert_at + slot] = e;
      map[at.token_slot_at + i] = slot++;
    }
    for (let s = start; s < slot; s += shape.tile) {
      map[at.tile_expert_at + tile] = e;
      map[at.tile_start_at + tile++] = s;
    }
  }
  map[shape.experts] = slot;
  for (; tile < tiles; tile++) map[at.tile_expert_at + tile] = 0xffffffff;
  return map;
}

/** K different experts a token, never one of `unused`. */
function choose({ tokens, perToken, experts }: RouteShape, unused: readonly number[] = []): number[] {
  const pool = Array.from({ length: experts }, (_, e) => e).filter((e) => !unused.includes(e));
  return Array.from({ length: tokens * perToken }, (_, i) => {
    const t = Math.floor(i / perToken);
    return pool[((t * t + 3 * t) * 5 + (i % perToken)) % pool.length]!;
  });
}

/** Every token goes to the expert `hot`, and with its other choices to the K - 1 experts after it; all further experts stay empty. */
export function crowd({ tokens, perToken, experts }: RouteShape, hot: number): number[] {
  return Array.from({ length: tokens * perToken }, (_, i) => (hot + (i % perToken)) % experts);
}

export function routeInput(shape: RouteShape, unused: readonly number[] = []): CaseInput {
  return routeOf(shape, choose(shape, unused));
}

export function routeOf(shape: RouteShape, chosen: readonly number[]): CaseInput {
  return { shape: [routeSections(shape).length], dtype: 'u32', fill: { kind: 'values', values: routeMap(shape, chosen) } };
}

function routeCase(title: string, shape: RouteShape, values: readonly number[]) {
  return {
    title,
    inputs: { experts: { shape: [shape.tokens, shape.perToken], dtype: 'u32', fill: { kind: 'values', values } } },
    attrs: shape,
  } as const;
}

const several: RouteShape = { tokens: 211, perToken: 3, experts: 11, tile: 8 };
const one: RouteShape = { tokens: 1, perToken: 4, experts: 32, tile: 32 };
const many: RouteShape = { tokens: 300, perToken: 8, experts: 128, tile: 32 };
const wide: RouteShape = { tokens: 70, perToken: 4, experts: 32, tile: 32 };
const full: RouteShape = { tokens: 64, perToken: 1, experts: 4, tile: 32 };

export const moeRouteTwin = twin(
  moeRoute,
  ({ experts }, shape) => {
    const map = routeMap(shape, experts.data);
    return { route: { shape: [map.length], data: Float64Array.from(map) } };
  },
  [
    routeCase('several tiles an expert, partial tiles', several, choose(several)),
    routeCase('empty experts, first and last among them', several, choose(several, [0, 4, 5, 10])),
    routeCase('one token', one, [7, 31, 0, 8]),
    routeCase('128 experts, most tiles unused', many, choose(many)),
    routeCase('all tokens to one expert, whole tiles', full, new Array(64).fill(2)),
    routeCase('32 experts, every token to the same four, the last of them partial', wide, crowd(wide, 29)),
    routeCase('32 experts, all but five empty', wide, choose(wide, [...Array(27).keys()])),
    routeCase('all tokens to the last of 32 experts', { ...wide, perToken: 1 }, crowd({ ...wide, perToken: 1 }, 31)),
  ],
);
