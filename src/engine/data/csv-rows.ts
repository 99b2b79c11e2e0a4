/**
 * Rows of CSV and TSV (RFC 4180, with what spreadsheets make of it): any of `,` `;` tab `|` as delimiter, quoted fields with delimiters and line
 * breaks inside, doubled quotes. A quote that never closes, or closes in the middle of a field, is taken as an ordinary character, so that one
 * stray quote spoils one row and not the rest of the file. Rows are numbered as a spreadsheet shows them: the header is row 1.
 * Fields are found on bytes, by the one scanner that also finds where records end.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import { uniqueNames } from './column-names.ts';
import { indexRecords, type Splitter } from './record-index.ts';
import { MAX_COLUMNS, type RawRow, type ReadOptions, type RowSource, tooManyColumns } from './row-source.ts';
import { TextRows } from './text-rows.ts';

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const DELIMITERS = [',', '\t', ';', '|'];
/** A quoted field longer than this is taken for a stray quote. */
const MAX_QUOTED = 16 * 2 ** 20;

export async function csvRows(blob: Blob, name: string, from: number, format: 'csv' | 'tsv', options: ReadOptions): Promise<RowSource> {
  const beginning = new Uint8Array(await blob.slice(from, from + 2 ** 20).arrayBuffer());
  const stated = statedDelimiter(beginning);
  const blank = blankLines(beginning, stated?.length ?? 0);
  const head = beginning.subarray(blank.end);
  const delimiter = stated?.delimiter ?? (format === 'tsv' && firstLines(head)[0]!.includes('\t') ? '\t' : guessDelimiter(head));
  if (delimiter === '|' && /^[\s|:-]*-[\s|:-]*$/.test(firstLines(head)[1] ?? ''))
    throw new MotherTongueError('DatasetError', `${name} is a Markdown table; save it as CSV.`);
  const split = splitRecord(delimiter.charCodeAt(0));
  const first = split(head, 0, true);
  const names =
    first === null || first === 'end' ? [] : fieldsOf(new TextDecoder().decode(head.subarray(first.start, first.end)), delimiter);
  if (names.length > MAX_COLUMNS) throw tooManyColumns(name, names.length);
  const named = options.header !== false && looksLikeHeader(names);
  const { columns, notes } = columnsOf(named ? names : names.map((_, index) => `column ${index + 1}`));
  const headStart = from + blank.end;
  const start = named && first !== null && first !== 'end' ? headStart + first.next : headStart;
  const index = await indexRecords(blob, name, start, blank.count + (named ? 2 : 1), split, options);
  return new TextRows(format, blob, index, notes, (row, text) => parseCsvRow(row, fieldsOf(text, delimiter), columns));
}

function parseCsvRow(row: number, fields: string[], columns: readonly string[]): RawRow {
  if (fields.length !== columns.length) {
    const counts = `${fields.length} ${fields.length === 1 ? 'field' : 'fields'} where the header has ${columns.length}`;
    return { row, fault: `has ${counts}; put quotes around fields that contain the delimiter or a line break` };
  }
  const repr = fields.findIndex((field) => PYTHON_MESSAGES.test(field));
  if (repr >= 0)
    return { row, fault: `has a Python list in the column "${columns[repr]}" where JSON should be; write the column with json.dumps` };
  return { row, value: Object.fromEntries(columns.map((column, index) => [column, fields[index] === '' ? null : fields[index]])) };
}

/** Messages as `str()` writes them, which is what pandas' to_csv makes of a column of lists. */
const PYTHON_MESSAGES = /^\s*\[\s*\{\s*'(?:role|content|from|value)'\s*:/;

/** Names are short and are not numbers. A file without a header gets `column 1`, `column 2`, ... for the user to map. */
function looksLikeHeader(names: readonly string[]): boolean {
  return names.every((name) => name.length <= 60 && !/^-?\d+([.,]\d+)*$/.test(name.trim()));
}

function columnsOf(names: readonly string[]): { columns: string[]; notes: { row: number; text: string }[] } {
  const { names: columns, doubled } = uniqueNames(names.map((name, index) => name.trim() || `column ${index + 1}`));
  const text = ({ name, unique }: (typeof doubled)[number]) => `names the column "${name}" twice; the later one is read as "${unique}"`;
  return { columns, notes: doubled.map((double) => ({ row: 1, text: text(double) })) };
}

/** Excel's own first line, `sep=;`, which is no row to it either. */
function statedDelimiter(head: Uint8Array): { delimiter: string; length: number } | null {
  const line = /^"?sep=([,;|\t])"?(?:\r\n|\r|\n)/i.exec(new TextDecoder().decode(head.subarray(0, 16)));
  return line && { delimiter: line[1]!, length: line[0].length };
}

/** Empty lines before the header: rows to a spreadsheet, and no names. */
function blankLines(head: Uint8Array, from: number): { count: number; end: number } {
  let [count, end] = [0, from];
  for (let at = from; head[at] === RETURN || head[at] === LINE_FEED; end = at) {
    at += head[at] === RETURN && head[at + 1] === LINE_FEED ? 2 : 1;
    count++;
  }
  return { count, end };
}

function splitRecord(delimiter: number): Splitter {
  return (bytes, from, atEnd) => {
    if (from >= bytes.length) return 'end';
    let at = fieldEnd(bytes, from, delimiter, atEnd);
    while (at >= 0 && bytes[at] === delimiter) at = fieldEnd(bytes, at + 1, delimiter, atEnd);
    if (at < 0) return null;
    const lineEnd = bytes[at] === RETURN && bytes[at + 1] === LINE_FEED ? 2 : 1;
    const next = Math.min(at + lineEnd, bytes.length);
    if (next >= bytes.length && !atEnd) return null;
    return { start: from, end: at, next, keep: at > from };
  };
}

/** Where the field that begins at `from` ends: at a delimiter, a line end or the end of the file; -1 when that is beyond the window. */
function fieldEnd(bytes: Uint8Array, from: number, delimiter: number, atEnd: boolean): number {
  const { length } = bytes;
  if (bytes[from] === QUOTE) {
    let close = bytes.indexOf(QUOTE, from + 1);
    while (close >= 0 && bytes[close + 1] === QUOTE) close = bytes.indexOf(QUOTE, close + 2);
    if (!atEnd && (close < 0 || close + 1 >= length) && length - from < MAX_QUOTED) return -1;
    if (close >= 0 && close - from < MAX_QUOTED && isEnd(bytes, close + 1, delimiter)) return close + 1;
  }
  let end = from;
  while (!isEnd(bytes, end, delimiter)) end++;
  return end >= length && !atEnd ? -1 : end;
}

function isEnd(bytes: Uint8Array, at: number, delimiter: number): boolean {
  return at >= bytes.length || bytes[at] === delimiter || bytes[at] === LINE_FEED || bytes[at] === RETURN;
}

/** Fields of one record: the same rules as `fieldEnd`, on text, where the record's end stands for the line's. */
function fieldsOf(text: string, delimiter: string): string[] {
  const fields: string[] = [];
  for (let at = 0; ; ) {
    let close = -1;
    if (text[at] === '"') {
      close = text.indexOf('"', at + 1);
      while (close >= 0 && text[close + 1] === '"') close = text.indexOf('"', close + 2);
    }
    const quoted = close >= 0 && (close + 1 === text.length || text[close + 1] === delimiter);
    const next = quoted ? close + 1 : text.indexOf(delimiter, at);
    const end = next < 0 ? text.length : next;
    fields.push(quoted ? text.slice(at + 1, close).replaceAll('""', '"') : text.slice(at, end));
    if (end >= text.length) return fields;
    at = end + 1;
  }
}

function firstLines(head: Uint8Array): string[] {
  return new TextDecoder().decode(head.subarray(0, 2 ** 16)).split(/\r\n|\r|\n/, 2);
}

/** The delimiter that the first line has most often outside quotes; an unclosed quote ends the count. */
function guessDelimiter(head: Uint8Array): string {
  const text = new TextDecoder().decode(head.subarray(0, 2 ** 16));
  const counts = DELIMITERS.map(() => 0);
  for (let at = 0; at < text.length && text[at] !== '\n' && text[at] !== '\r'; at++) {
    if (text[at] === '"') {
      const close = text.indexOf('"', at + 1);
      if (close < 0) break;
      at = close;
    }
    const delimiter = DELIMITERS.indexOf(text[at]!);
    if (delimiter >= 0) counts[delimiter]!++;
  }
  return DELIMITERS[counts.indexOf(Math.max(...counts))]!;
}
