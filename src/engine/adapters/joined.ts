/**
 * Several adapters in one batch: of the rows that decode together, each has one of them or none (the base model), and all go through one program
 * (ops/own-ranks.ts says how). Adapters may have other ranks, scales and targets; what one of them lacks takes no ranks.
 *
 *   besideBase(layout)          the adapter in its place, for rows with it beside rows without; nothing is copied
 *   joinLayouts(weights, all)   A beside A and B beside B in an arena of their own; uploadJoined writes each adapter's scale into its B
 *
 * Either is an AdapterLayout with `own`, to be used as the adapter of a batch; a prompt's `adapter` is then an index into `all` (0 for `besideBase`).
 */
import type { AdaptableWeight } from '../files/adaptable.ts';
import type { AdapterTarget, AdapterTensors } from '../files/adapter-plan.ts';
import type { Store } from '../gpu/store.ts';
import { type AdapterLayout, layoutAdapter, paddedRank } from './lora.ts';

const ARENA = 'adapters';

/** An adapter with its values, in the engine's layouts. */
export interface JoinedAdapter {
  readonly targets: readonly AdapterTarget[];
  readonly tensors: AdapterTensors;
}

export function besideBase(layout: AdapterLayout): AdapterLayout {
  return withMixes(
    layout,
    layout.targets.map(({ r }) => [paddedRank(r)]),
  );
}

/** `weights`: what the model's family offers, in the order of the model. */
export function joinLayouts(weights: readonly AdaptableWeight[], all: readonly Pick<JoinedAdapter, 'targets'>[]): AdapterLayout {
  const ranks = all.map(({ targets }) => new Map(targets.map(({ path, r }) => [path, paddedRank(r)])));
  const mixes: number[][] = [];
  const targets = weights.flatMap((weight): AdapterTarget[] => {
    const mix = ranks.map((of) => of.get(weight.path) ?? 0);
    const r = mix.reduce((sum, rank) => sum + rank, 0);
    if (r === 0) return [];
    mixes.push(mix);
    return [{ ...weight, r, alpha: r, scale: 1, keyA: `${ARENA}:${weight.path}.A`, keyB: `${ARENA}:${weight.path}.B` }];
  });
  return withMixes(layoutAdapter(targets, ARENA), mixes);
}

/** `mixes`: by target. */
function withMixes(layout: AdapterLayout, mixes: readonly (readonly number[])[]): AdapterLayout {
  const different = new Map(mixes.map((mix) => [mix.join(), mix]));
  const names = [...different.keys()];
  const mixOf = new Map(layout.targets.map(({ path }, i) => [path, names.indexOf(mixes[i]!.join())]));
  return { ...layout, own: { count: mixes[0]!.length, mixes: [...different.values()], mixOf } };
}

/** Into the arena of the layout that `joinLayouts` made of the same adapters; a target at a time, so that the host never holds all. */
export function uploadJoined(store: Store, layout: AdapterLayout, all: readonly JoinedAdapter[]): void {
  const byPath = all.map(({ targets, tensors }) => ({ tensors, targets: new Map(targets.map((t) => [t.path, t])) }));
  for (const joined of layout.targets) {
    const a = new Float32Array(joined.experts * joined.r * joined.in);
    const b = new Float32Array(joined.experts * joined.out * joined.r);
    let at = 0;
    for (const { targets, tensors } of byPath) {
      const target = targets.get(joined.path);
      if (!target) continue;
      copyInto(joined, at, target, { a, b }, { a: tensors.get(target.keyA)!, b: tensors.get(target.keyB)! });
      at += paddedRank(target.r);
    }
    store.write(joined.keyA, a);
    store.write(joined.keyB, b);
  }
}

interface Matrices {
  /** [E, R, in] */
  readonly a: Float32Array;
  /** [E, out, R] */
  readonly b: Float32Array;
}

/** An adapter's matrices into the joined ones, from rank `at` on; B times its scale. */
function copyInto(
  { experts, r: all, in: width, out }: AdapterTarget,
  at: number,
  { r, scale }: AdapterTarget,
  to: Matrices,
  from: Matrices,
): void {
  for (let e = 0; e < experts; e++) to.a.set(from.a.subarray(e * r * width, (e + 1) * r * width), (e * all + at) * width);
  for (let row = 0; row < experts * out; row++) for (let i = 0; i < r; i++) to.b[row * all + at + i] = scale * from.b[row * r + i]!;
}

export function createJoined(store: Store, layout: AdapterLayout): void {
  store.create(layout.arena, layout.length * 4, 'adapter');
  for (const { key, offset, rows, to } of layout.placed) store.alias(key, layout.arena, offset * 4, rows * to * 4);
}

export function freeJoined(store: Store): void {
  store.free((name) => name === ARENA);
}
