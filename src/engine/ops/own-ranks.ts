/**
 * Several adapters in one batch, of which a row has one or none. Their A lie beside each other along the rank, [A1; A2; ..], and so do their B; of
 * h = x A^T a row keeps the ranks of its own adapter and has 0 in the others, so that h B^T is its adapter's branch and the base model's rows get 0.
 * One product for all rows, no further launch: the ways down (linear, norm-down, expert-rows, grouped-linear) write the zeros (linear/own-ranks.wgsl).
 * Matrices differ in whose ranks they hold; a `mix` is one such list.
 */
import type { Tensor } from '../graph/tensor.ts';

export interface OwnRanks {
  /** [T, C, 2] u32: by row and mix, the first quad of ranks that the row keeps and the one behind the last. */
  readonly ranks: Tensor;
  readonly mix: number;
}

/** What an op reads of it, and nothing where every row goes through all ranks. */
export function ownInput(own: OwnRanks | undefined): { readonly ranks?: Tensor } {
  return own ? { ranks: own.ranks } : {};
}

export function checkRanks(op: string, ranks: Tensor | undefined, rows: number, mixes: readonly number[]): void {
  if (!ranks) return;
  const [tokens, count] = ranks.shape as [number, number];
  if (tokens !== rows || ranks.shape[2] !== 2 || mixes.some((mix) => !(mix >= 0 && mix < count)))
    throw new Error(`${op}: ranks [${ranks.shape}] have no mix ${mixes} of ${rows} rows.`);
}

/** What a launch whose kernel has own-ranks in front binds and sets; `mixes`: of its matrices in order. */
export function ownLaunch(ranks: Tensor, mixes: readonly number[]): { bind: { ranks: Tensor }; overrides: Record<string, number> } {
  const [first = 0, second = 0, third = 0] = mixes;
  return { bind: { ranks }, overrides: { MIXES: ranks.shape[1]!, MIX_0: first, MIX_1: second, MIX_2: third } };
}

/** The values of `ranks`: `rows` names the adapter of each (absent: none), `mixes` the ranks of every adapter, multiples of 4, 0 where it has none. */
export function ranksOf(rows: readonly (number | undefined)[], mixes: readonly (readonly number[])[]): Uint32Array<ArrayBuffer> {
  const first = (mix: readonly number[], adapter: number): number => mix.slice(0, adapter).reduce((n, rank) => n + rank / 4, 0);
  const own = mixes.map((mix) => mix.map((_, adapter) => [first(mix, adapter), first(mix, adapter + 1)] as const));
  return Uint32Array.from(rows.flatMap((adapter) => own.flatMap((mix) => (adapter === undefined ? [0, 0] : mix[adapter]!))));
}
