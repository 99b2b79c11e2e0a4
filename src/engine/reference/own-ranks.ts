/** Rows that keep ranks of their own (ops/own-ranks.ts), for the twins of ways down and their cases. */
import { ranksOf } from '../ops/own-ranks.ts';
import type { Array64, CaseInput } from './twin.ts';

/** Whether a row keeps a column of its x A^T. */
export function keeps(ranks: Array64 | undefined, row: number, mix: number, column: number): boolean {
  if (!ranks) return true;
  const [first, end] = ranks.data.subarray(2 * (row * ranks.shape[1]! + mix));
  return column >= 4 * first! && column < 4 * end!;
}

/** Rows that have none of the adapters, the first, the second and so on in turn. */
export function ranksInput(rows: number, mixes: readonly (readonly number[])[]): CaseInput {
  const adapters = Array.from({ length: rows }, (_, row) =>
    row % (mixes[0]!.length + 1) === 0 ? undefined : (row % (mixes[0]!.length + 1)) - 1,
  );
  return { shape: [rows, mixes.length, 2], dtype: 'u32', fill: { kind: 'values', values: [...ranksOf(adapters, mixes)] } };
}
