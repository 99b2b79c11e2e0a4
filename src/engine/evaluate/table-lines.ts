/**
 * Tables of questions as text: every record as cells, before anything is known of columns. In tab-separated files a line is a row and a quotation mark is
 * text, as MGSM has it; only a file that shows quoting (doubled marks, quoted tabs, a column all in quotes) is read by RFC 4180.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { RowSource } from '../data/row-source.ts';

/** A record; `row` is the number of its first line, or of its record in a quoted file. */
export interface CellRow {
  readonly row: number;
  readonly cells: readonly string[];
  /** Why it is no row, as the rest of a sentence that begins "Row 7 ...". */
  readonly fault?: string;
  /** What was done to read it, likewise. */
  readonly note?: string;
}

/** All records of a source that was opened without a header. */
export async function recordsOf(source: RowSource): Promise<CellRow[]> {
  const rows = await source.read(0, source.length);
  return rows.map(({ row, value, fault }) => ({
    row,
    cells: Object.values(value ?? {}).map((cell) => (typeof cell === 'string' ? cell : '')),
    ...(fault !== undefined && { fault }),
  }));
}

/** `quoted`: the same file by RFC 4180. */
export async function tabRows(blob: Blob, name: string, quoted: readonly CellRow[]): Promise<CellRow[]> {
  const lines = linesOf(await textOf(blob, name));
  return isQuoted(lines, quoted) ? [...quoted] : joinBroken(lines);
}

async function textOf(blob: Blob, name: string): Promise<string> {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(await blob.arrayBuffer());
  } catch {
    throw new MotherTongueError('DatasetError', `${name} has bytes that are not UTF-8; save the file as UTF-8.`);
  }
}

function linesOf(text: string): CellRow[] {
  return text.split(/\r\n|\n|\r/).flatMap((line, at) => (line.trim() === '' ? [] : [{ row: at + 1, cells: line.split('\t') }]));
}

const wholly = (cell: string): boolean => /^"(?:[^"]|"")*"$/.test(cell.trim());

function isQuoted(lines: readonly CellRow[], quoted: readonly CellRow[]): boolean {
  if (quoted.some(({ fault }) => fault !== undefined)) return false;
  const cells = lines.flatMap((line) => line.cells);
  if (cells.some((cell) => wholly(cell) && cell.trim().slice(1, -1).includes('""'))) return true;
  const width = Math.max(...lines.map((line) => line.cells.length));
  if (lines.some((line) => line.cells.length !== width)) return quoted.length < lines.length;
  return Array.from({ length: width }, (_, column) => lines.map((line) => line.cells[column]!).filter((cell) => cell !== '')).some(
    (column) => column.length > 1 && column.every(wholly),
  );
}

/** The end of a sentence in any script; a line that ends otherwise is cut in the middle. */
const SENTENCE_END = /[.?!:;。？！؟։።፧।॥។…"”»)\]]\s*$/u;

/**
 * A line without a tab above one that has them is the beginning of its first cell, where the sentence goes on: published files have lost the quotes of
 * such cells. A line that ends as a question does is a question without an answer.
 */
function joinBroken(lines: readonly CellRow[]): CellRow[] {
  const rows: CellRow[] = [];
  for (let at = 0; at < lines.length; at++) {
    const begin = at;
    while (at + 1 < lines.length && breaksOff(lines[at]!, lines[at + 1]!)) at++;
    const { row, cells } = lines[at]!;
    if (begin === at) rows.push(lines[at]!);
    else {
      const [first, ...others] = cells;
      const text = [...lines.slice(begin, at).map((line) => line.cells[0]!.trim()), first!.trim()].join('\n');
      rows.push({ row: lines[begin]!.row, cells: [text, ...others], note: `goes on in line ${row}; the lines are read as one row` });
    }
  }
  return rows;
}

function breaksOff({ cells, row }: CellRow, next: CellRow): boolean {
  if (cells.length > 1 || next.row !== row + 1) return false;
  if (next.cells.length === 1) return !SENTENCE_END.test(cells[0]!);
  return !SENTENCE_END.test(cells[0]!) || /^\s*\p{Ll}/u.test(next.cells[0]!);
}
