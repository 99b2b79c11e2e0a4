/**
 * A micro-batch of rows -> one stream of fixed length T, without a batch dimension: documents lie one after the other, each with its own
 * positions and bounds, and padding at the tail. A kernel that respects `doc_start` gives the numbers of a padded batch, without its waste.
 * Only tokens that predict a label go through the head and the loss. What the loss reads of each of them are columns: the label, and what a
 * training method adds. A method whose loss compares two prompts before the same completions lays the other one's rows into a second stream.
 */
import type { EncodedRow } from './encode.ts';

export const IGNORED = -100;

/** Fixed sizes of a packed batch: T tokens, of which at most M are trained. */
export interface Shape {
  T: number;
  M: number;
  /** Tokens of the second stream, whose trained rows are the same M; absent: there is none. */
  beside?: number;
}

export type ColumnValues = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;

export interface PackedStream {
  ids: Uint32Array<ArrayBuffer>;
  /** Restart at 0 in every document. */
  positions: Uint32Array<ArrayBuffer>;
  /** Index in the stream of the first token of this token's document. */
  doc_start: Uint32Array<ArrayBuffer>;
  /** Index one past the last token of this token's document. */
  doc_end: Uint32Array<ArrayBuffer>;
  /** Indices t whose next token is trained, then 0xffffffff up to M: padding must not name a real row, since rows are scattered back. */
  trained_rows: Uint32Array<ArrayBuffer>;
}

export interface PackedBatch extends PackedStream {
  T: number;
  M: number;
  /** The same labels in the same order, after other prompts. */
  beside?: PackedStream;
  /** By name: [M] values in the order of `trained_rows`, or [1]. `labels` is the id of each row's next token, then -100 up to M. */
  columns: { labels: Int32Array<ArrayBuffer> } & Record<string, ColumnValues>;
  /** Labels in this batch; the first `trained` entries of `trained_rows` are real. */
  trained: number;
  /** Tokens without padding. */
  tokens: number;
  /** Documents. */
  rows: number;
}

/** The shape that it was packed into. */
export function sizesOf({ T, M, beside }: PackedBatch): Shape {
  return { T, M, ...(beside && { beside: beside.ids.length }) };
}

/**
 * Packs `rows` in the order given. Every padding token is a document of its own, so that attention over it stays defined. `besideRows`: of the second
 * stream, one for each row, with the same labels.
 */
export function pack(rows: readonly EncodedRow[], shape: Shape, padId: number, besideRows?: readonly EncodedRow[]): PackedBatch {
  const { T, M, beside } = shape;
  if ((beside === undefined) !== (besideRows === undefined))
    throw new RangeError(
      `pack: the shape has ${beside ?? 'no'} tokens for a second stream, and ${besideRows ? 'there is one' : 'there is none'}`,
    );
  const { labels, trained, tokens, ...stream } = lay(rows, T, M, padId);
  const batch: PackedBatch = { T, M, ...stream, columns: { labels }, trained, tokens, rows: rows.length };
  if (beside === undefined || !besideRows) return batch;
  const { labels: others, trained: _, tokens: __, ...second } = lay(besideRows, beside, M, padId);
  const apart = others.findIndex((label, m) => label !== labels[m]);
  if (apart >= 0) throw new RangeError(`pack: label ${apart} is ${labels[apart]}, and ${others[apart]} in the second stream`);
  return { ...batch, beside: second };
}

interface Laid extends PackedStream {
  readonly labels: Int32Array<ArrayBuffer>;
  readonly trained: number;
  readonly tokens: number;
}

function lay(rows: readonly EncodedRow[], T: number, M: number, padId: number): Laid {
  const { ids, positions, doc_start, doc_end, trained_rows, labels } = emptyStream(T, M);
  let at = 0;
  let trained = 0;
  for (const row of rows) {
    const end = at + row.ids.length;
    if (end > T)
      throw new RangeError(`pack: rows of ${rows.reduce((sum, { ids }) => sum + ids.length, 0)} tokens do not fit into T = ${T}`);
    ids.set(row.ids, at);
    doc_start.fill(at, at, end);
    doc_end.fill(end, at, end);
    for (let index = 0; index < row.ids.length; index++) positions[at + index] = index;
    for (let index = 1; index < row.ids.length; index++) {
      if (!row.trained[index]) continue;
      if (trained === M) throw new RangeError(`pack: more than M = ${M} trained tokens`);
      trained_rows[trained] = at + index - 1;
      labels[trained++] = row.ids[index]!;
    }
    at = end;
  }
  for (let pad = at; pad < T; pad++) {
    ids[pad] = padId;
    doc_start[pad] = pad;
    doc_end[pad] = pad + 1;
  }
  return { ids, positions, doc_start, doc_end, trained_rows, labels, trained, tokens: at };
}

function emptyStream(T: number, M: number): PackedStream & Pick<Laid, 'labels'> {
  return {
    ids: new Uint32Array(T),
    positions: new Uint32Array(T),
    doc_start: new Uint32Array(T),
    doc_end: new Uint32Array(T),
    trained_rows: new Uint32Array(M).fill(0xffffffff),
    labels: new Int32Array(M).fill(IGNORED),
  };
}
