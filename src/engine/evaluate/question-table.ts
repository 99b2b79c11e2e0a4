/**
 * A file of any format that data/ reads -> named columns and rows, for reading questions from. Whether the first record of a table is a header is
 * decided here, by what evaluation sets hold: published sets often have none, and their first question must not be lost to it.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import { uniqueNames } from '../data/column-names.ts';
import type { Row } from '../data/fields.ts';
import { gunzip } from '../data/gunzip.ts';
import { openRows } from '../data/open-rows.ts';
import type { ReadOptions, RowSource } from '../data/row-source.ts';
import { GOLD_NAMES, OTHER_GOLD_NAMES, OTHER_QUESTION_NAMES, QUESTION_NAMES } from './question-columns.ts';
import { type CellRow, recordsOf, tabRows } from './table-lines.ts';
import { isValue } from './values.ts';

/** `row`: its number in the file. */
export interface QuestionRow {
  readonly row: number;
  /** Absent where it could not be read. */
  readonly value?: Row;
  /** Rest of a sentence that begins "Row 7 ...". */
  readonly fault?: string;
  readonly note?: string;
}

export interface QuestionTable {
  readonly columns: readonly string[];
  readonly rows: readonly QuestionRow[];
  /** Columns have names of their own, not numbers. */
  readonly named: boolean;
  /** About the file, each one sentence. */
  readonly notes: readonly string[];
}

/** More questions than anybody asks a model in a browser. */
const MOST_QUESTIONS = 200_000;

export async function openTable(given: Blob, givenName: string, options: ReadOptions): Promise<QuestionTable> {
  const { blob, name } = await unpacked(given, givenName, options);
  const source = await openRows(blob, name, { ...options, header: false });
  try {
    if (source.length > MOST_QUESTIONS)
      throw new MotherTongueError(
        'DatasetError',
        `${name} has ${source.length} rows, more than ${MOST_QUESTIONS}; keep the questions that are asked.`,
      );
    if (source.format === 'csv' || source.format === 'tsv') return cellTable(await cellRows(source, blob, name), name);
    return objectTable(source, name);
  } finally {
    source.close?.();
  }
}

async function unpacked(blob: Blob, name: string, options: ReadOptions): Promise<{ blob: Blob; name: string }> {
  const [first, second] = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  if (first !== 0x1f || second !== 0x8b) return { blob, name };
  const inside = options.foreign ? await options.foreign.unpack(blob, name) : await gunzip(blob, name, options);
  return { blob: inside, name: name.replace(/\.gz$/i, '') };
}

async function objectTable(source: RowSource, name: string): Promise<QuestionTable> {
  const rows: QuestionRow[] = [];
  for (let start = 0; start < source.length; ) {
    const piece = await source.read(start, source.pieceLength(start));
    rows.push(...piece);
    start += piece.length;
  }
  const columns = [...new Set(rows.flatMap(({ value }) => Object.keys(value ?? {})))];
  if (columns.length === 0) {
    const fault = rows.find((row) => row.fault !== undefined);
    throw new MotherTongueError(
      'DatasetError',
      `No row of ${name} can be read: row ${fault?.row ?? 1} ${fault?.fault ?? 'has no fields'}.`,
    );
  }
  return { columns, rows, named: true, notes: source.notes.map(({ row, text }) => `Row ${row} ${text}.`) };
}

async function cellRows(source: RowSource, blob: Blob, name: string): Promise<CellRow[]> {
  const records = await recordsOf(source);
  const head = (await blob.slice(0, 2 ** 16).text()).replace(/^\uFEFF/, '').trimStart();
  const isTabs = source.format === 'tsv' || head.slice(0, head.search(/\r|\n|$/)).includes('\t');
  return isTabs ? tabRows(blob, name, records) : records;
}

function cellTable(rows: readonly CellRow[], name: string): QuestionTable {
  const filled = rows.map((row) => ({ ...row, cells: withoutTail(row.cells) }));
  const head = headerOf(filled);
  const data = head ? rows.slice(1) : filled;
  const width = head ? head.names.length : commonWidth(filled);
  if (width < 2)
    throw new MotherTongueError(
      'DatasetError',
      `${name} has one column and no answers: nothing can be scored; put the answer beside each question.`,
    );
  const { names: columns, doubled } = uniqueNames(Array.from({ length: width }, (_, at) => head?.names[at]?.trim() || `column ${at + 1}`));
  return {
    columns,
    rows: data.map((row) => rowOf(row, columns)),
    named: head !== null,
    notes: [
      ...(head?.guessed ? [`Row 1 (${head.names.join(', ')}) is taken as the header of ${name}, not as a question.`] : []),
      ...doubled.map((one) => `${name} names the column "${one.name}" twice; the later one is read as "${one.unique}".`),
    ],
  };
}

/** Empty cells at the end are no columns. */
function withoutTail(cells: readonly string[]): readonly string[] {
  let length = cells.length;
  while (length > 1 && cells[length - 1]!.trim() === '') length--;
  return cells.slice(0, length);
}

function rowOf({ row, cells, fault, note }: CellRow, columns: readonly string[]): QuestionRow {
  if (fault !== undefined) return { row, fault };
  const used = withoutTail(cells);
  if (used.length > columns.length)
    return {
      row,
      fault: `has ${used.length} fields where there are ${columns.length} columns; a tab or delimiter may stand inside a text`,
    };
  const value = Object.fromEntries(columns.map((column, at) => [column, used[at]?.trim() ? used[at] : null]));
  return { row, value, ...(note !== undefined && { note }) };
}

function commonWidth(rows: readonly CellRow[]): number {
  const counts = new Map<number, number>();
  for (const { cells } of rows) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
  return [...counts].sort(([width, count], [other, many]) => many - count || other - width)[0]?.[0] ?? 0;
}

/** Rows by which a header is told from a row. */
const JUDGED_ROWS = 500;

/** `guessed`: not by the English names that sets use. */
function headerOf(rows: readonly CellRow[]): { names: readonly string[]; guessed: boolean } | null {
  const [first, ...rest] = rows.slice(0, JUDGED_ROWS);
  if (!first || rest.length === 0) return null;
  const names = first.cells.map((cell) => cell.trim());
  if (names.some((name) => name.length > 60)) return null;
  const known = (list: readonly string[]) => names.some((name) => list.includes(name.toLowerCase().replaceAll(' ', '_')));
  if (known(QUESTION_NAMES) || known(GOLD_NAMES)) return { names, guessed: false };
  if (known(OTHER_QUESTION_NAMES) && known(OTHER_GOLD_NAMES)) return { names, guessed: true };
  // A column of values with a word at its head; a value in any other cell of the first row makes it a row.
  const isHead = names.some((name, at) => {
    const below = rest.map(({ cells }) => cells[at]?.trim() ?? '').filter((cell) => cell !== '');
    return !isValue(name) && below.length > 0 && below.every(isValue);
  });
  const isWords = names.every((name) => !isSentence(name)) && !names.some(isValue);
  return isWords && (isHead || headsSentences(rest)) ? { names, guessed: true } : null;
}

/** Four words and more, or the sign that ends a sentence; scripts without spaces by their characters. */
function isSentence(text: string): boolean {
  const plain = text.trim();
  return (
    /[.?!。？！؟।።…]["”»)]?$/u.test(plain) || plain.split(/\s+/).length > 3 || (!/[\p{Script=Latin}\s]/u.test(plain) && plain.length > 12)
  );
}

/** Some column holds sentences; a row of words above them names columns. */
function headsSentences(rows: readonly CellRow[]): boolean {
  const width = Math.max(...rows.map(({ cells }) => cells.length));
  return Array.from({ length: width }, (_, at) => rows.map(({ cells }) => cells[at]?.trim() ?? '').filter((cell) => cell !== '')).some(
    (cells) => cells.length > 1 && cells.every(isSentence),
  );
}
