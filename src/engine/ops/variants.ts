/**
 * Which variant of its kernels an op launches, and from where on. The words are those of shaders, kernels and profiles:
 *   forward       many rows: register tiles of 8 rows x 4 columns
 *   wide          the same with 8 columns, which loads half as much of x for a product
 *   tail          forward for a size that is not a multiple of 4
 *   gemv          few rows (decoding) through a wide matrix: the lanes of a workgroup share the width and meet at a barrier
 *   gemv-narrow   few rows through a narrow matrix: an invocation sums alone, since a barrier costs more than the sum
 *   narrow        rows of a norm, or the keys of a row and head, that one invocation walks alone, for the same reason
 * On SwiftShader a barrier costs about 260 ns and 16 multiply-adds 3 ns (LOG.md), which is where the widths come from.
 */
import { STEP_VALUES, type WeightFormat } from '../kernels/weights.ts';

/** Widths from which lanes share a row's sum, where rows are few. */
export const WIDE = 1024;
/** Widths up to which a norm's row goes to one invocation. */
const NARROW_NORM = 1024;
/** Rows that count as few: with more, tiles that reuse every weight eight times are faster. */
export const GEMV_ROWS = 16;
/** Values of y from which wide tiles of a wide matrix are enough to keep a large GPU busy; those of a narrow one are done soon. */
const WIDE_TILES = 2 ** 20;
/** Rows from which one invocation walks the keys of a row and head alone, where that is not much. */
const NARROW_STEP_ROWS = 8;
/** Values of all heads, and of one. */
const NARROW_STEP_WIDTH = 512;
const NARROW_STEP_HEAD = 64;
/** Slots (a token's experts counted one by one) up to which no route is made: each reads its expert's weights for itself. */
export const GEMV_SLOTS = 16;
/** Slots up to which a routed product takes them one by one: spread over experts they fill few tiles of eight. */
const GROUPED_GEMV_SLOTS = 64;

export type GemvVariant = 'gemv' | 'gemv-narrow';
export type TileVariant = 'forward' | 'wide';

/** Columns of a tile. */
export const TILE_COLUMNS: Readonly<Record<TileVariant, number>> = { forward: 4, wide: 8 };

/** Columns of a workgroup, but for the grouped product. */
export const GEMV_COLUMNS: Readonly<Record<GemvVariant, number>> = { gemv: 16, 'gemv-narrow': 64 };

export function gemvVariant(width: number): GemvVariant {
  return width >= WIDE ? 'gemv' : 'gemv-narrow';
}

export function linearVariant(rows: number, columns: number, width: number, format: WeightFormat): TileVariant | 'tail' | 'gemv' {
  if (rows <= GEMV_ROWS && width >= WIDE && width % STEP_VALUES[format] === 0) return 'gemv';
  return columns % 4 === 0 ? tileVariant(rows, columns, width) : 'tail';
}

/** `width`: values that each of the sums is made of. */
export function tileVariant(rows: number, columns: number, width: number): TileVariant {
  const many = rows > GEMV_ROWS && (width < WIDE || rows * columns >= WIDE_TILES);
  return many && columns % 8 === 0 ? 'wide' : 'forward';
}

export function groupedLinearVariant(slots: number, columns: number, width: number): TileVariant | GemvVariant {
  return slots <= GROUPED_GEMV_SLOTS ? gemvVariant(width) : tileVariant(slots, columns, width);
}

export function quadVariant(size: number): 'forward' | 'tail' {
  return size % 4 === 0 ? 'forward' : 'tail';
}

/** `inner`: rows of W, over which a gradient's way back sums. */
export function transposedVariant(rows: number, columns: number, inner: number): TileVariant | 'tail' {
  return inner % 4 === 0 ? tileVariant(rows, columns, inner) : 'tail';
}

/** `spans`: into which the keys of a row are split, because they are many. */
export function attentionStepVariant(rows: number, heads: number, head_dim: number, spans: number): 'forward' | 'narrow' {
  const small = head_dim <= NARROW_STEP_HEAD && heads * head_dim <= NARROW_STEP_WIDTH;
  return rows >= NARROW_STEP_ROWS && spans === 1 && small ? 'narrow' : 'forward';
}

export function normVariant(width: number): 'forward' | 'narrow' {
  return width <= NARROW_NORM && width % 4 === 0 ? 'narrow' : 'forward';
}
