/**
 * What every file format becomes: numbered raw rows that can be read again by position. A source keeps byte offsets, not rows, so that a file
 * of any size costs about 20 bytes a row; values are parsed when they are read.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { DatasetFormat } from '../../protocol/dataset.ts';

/** A row as the file has it. Values are untrusted: read them with `own` (fields.ts), never by a bare key. */
export interface RawRow {
  /** Number in the file, 1-based. */
  row: number;
  /** Absent when the row could not be parsed. */
  value?: Readonly<Record<string, unknown>>;
  /** Why not, as the rest of a sentence that begins "Row 7 ...". */
  fault?: string;
}

export interface RowSource {
  readonly format: DatasetFormat;
  readonly length: number;
  /** Findings about the file as a whole, as the rest of a sentence that begins "Row N ...". */
  readonly notes: readonly { row: number; text: string }[];
  rowNumber(index: number): number;
  /** Rows `start` to `start + count`, in order. */
  read(start: number, count: number): Promise<RawRow[]>;
  /** How many rows from `start` on make a piece of a few megabytes; at least 1. */
  pieceLength(start: number): number;
  /** Lets go of what reads it; absent where nothing is held. */
  close?(): void;
}

/** Readers of formats whose decoders are not ours, where they run so that they can be ended. */
export interface ForeignReaders {
  unpack(blob: Blob, name: string): Promise<Blob>;
  parquet(blob: Blob, name: string): Promise<RowSource>;
}

export interface ReadOptions {
  /** false: the first record of a CSV or TSV is a row like the others, and columns are numbered. */
  header?: false;
  signal?: AbortSignal | undefined;
  /** Bytes done and bytes in all. */
  onProgress?: ((done: number, total: number) => void) | undefined;
  /** Absent: this thread reads everything itself. */
  foreign?: ForeignReaders | undefined;
}

/** No single row may be larger; reading one is what decides how much memory is needed. */
export const MAX_ROW_BYTES = 64 * 2 ** 20;
/** More rows than this would need more bookkeeping than a page should hold. */
export const MAX_ROWS = 2_000_000;
/** More columns than this are no text to train on, and each would be an object's key in every row. */
export const MAX_COLUMNS = 10_000;

export function tooManyColumns(name: string, count: number): MotherTongueError {
  return new MotherTongueError('DatasetError', `${name} has ${count} columns, more than ${MAX_COLUMNS}; keep those that train.`);
}
