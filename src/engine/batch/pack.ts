/**
 * A micro-batch of rows -> one stream of fixed length T, without a batch dimension: documents lie one after the other, each with its own
 * positions and bounds, and padding at the tail. A kernel that respects `doc_start` gives the numbers of a padded batch, without its waste.
 * Only tokens that predict a label go through the head and the loss. What the loss reads of each of them are columns: the label, and what a
 * training method adds.
 */
import type { EncodedRow } from './encode.ts';

export const IGNORED = -100;

/** Fixed sizes of a packed batch: T tokens, of which at most M are trained. */
export interface Shape {
  T: number;
  M: number;
}

export type ColumnValues = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

export interface PackedBatch extends Shape {
  ids: Uint32Array<ArrayBuffer>;
  /** Restart at 0 in every document. */
  positions: Uint32Array<ArrayBuffer>;
  /** Index in the stream of the first token of this token's document. */
  doc_start: Uint32Array<ArrayBuffer>;
  /** Index one past the last token of this token's document. */
  doc_end: Uint32Array<ArrayBuffer>;
  /** Indices t whose next token is trained, then 0xffffffff up to M: padding must not name a real row, since rows are scattered back. */
  trained_rows: Uint32Array<ArrayBuffer>;
  /** By name: [M] values in the order of `trained_rows`, or [1]. `labels` is the id of each row's next token, then -100 up to M. */
  columns: { labels: Int32Array<ArrayBuffer> } & Record<string, ColumnValues>;
  /** Labels in this batch; the first `trained` entries of `trained_rows` are real. */
  trained: number;
  /** Tokens without padding. */
  tokens: number;
  /** Documents. */
  rows: number;
}

/** Packs `rows` in the order given. Every padding token is a document of its own, so that attention over it stays defined. */
export function pack(rows: readonly EncodedRow[], shape: Shape, padId: number): PackedBatch {
  const { T, M } = shape;
  const batch = emptyBatch(shape);
  let at = 0;
  for (const row of rows) {
    const end = at + row.ids.length;
    if (end > T)
      throw new RangeError(`pack: rows of ${rows.reduce((sum, { ids }) => sum + ids.length, 0)} tokens do not fit into T = ${T}`);
    batch.ids.set(row.ids, at);
    batch.doc_start.fill(at, at, end);
    batch.doc_end.fill(end, at, end);
    for (let index = 0; index < row.ids.length; index++) batch.positions[at + index] = index;
    for (let index = 1; index < row.ids.length; index++) {
      if (!row.trained[index]) continue;
      if (batch.trained === M) throw new RangeError(`pack: more than M = ${M} trained tokens`);
      batch.trained_rows[batch.trained] = at + index - 1;
      batch.columns.labels[batch.trained++] = row.ids[index]!;
    }
    at = end;
  }
  batch.tokens = at;
  batch.rows = rows.length;
  for (; at < T; at++) {
    batch.ids[at] = padId;
    batch.doc_start[at] = at;
    batch.doc_end[at] = at + 1;
  }
  return batch;
}

function emptyBatch({ T, M }: Shape): PackedBatch {
  return {
    T,
    M,
    ids: new Uint32Array(T),
    positions: new Uint32Array(T),
    doc_start: new Uint32Array(T),
    doc_end: new Uint32Array(T),
    trained_rows: new Uint32Array(M).fill(0xffffffff),
    columns: { labels: new Int32Array(M).fill(IGNORED) },
    trained: 0,
    tokens: 0,
    rows: 0,
  };
}
