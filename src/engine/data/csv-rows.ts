/**
 * Rows of CSV and TSV (RFC 4180, with what spreadsheets make of it): any of `,` `;` tab `|` as delimiter, quoted fields with delimiters and line
 * breaks inside, doubled quotes. A quote that never closes, or closes in the middle of a field, is taken as an ordinary character, so that one
 * stray quote spoils one row and not the rest of the file. Rows are numbered as a spreadsheet shows them: the header is row 1.
 * Fields are found on bytes, by the one scanner that also finds where records end.
 */
import { indexRecords, type Splitter } from './record-index.ts';
import type { RawRow, ReadOptions, RowSource } from './row-source.ts';
import { TextRows } from './text-rows.ts';

const QUOTE = 0x22;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const DELIMITERS = [',', '\t', ';', '|'];
/** A quoted field longer than this is taken for a stray quote. */
const MAX_QUOTED = 16 * 2 ** 20;

/** One field: the bytes or characters from `start` to `end`, quotes excluded; `after` is where its delimiter or line end stands. */
interface Field {
  start: number;
  end: number;
  after: number;
  quoted: boolean;
}

export async function csvRows(blob: Blob, name: string, from: number, format: 'csv' | 'tsv', options: ReadOptions): Promise<RowSource> {
  const head = new Uint8Array(await blob.slice(from, from + 2 ** 20).arrayBuffer());
  const delimiter = format === 'tsv' ? '\t' : guessDelimiter(head);
  const split = splitRecord(delimiter.charCodeAt(0));
  const first = split(head, 0, true);
  const names =
    first === null || first === 'end' ? [] : fieldsOf(new TextDecoder().decode(head.subarray(first.start, first.end)), delimiter);
  const named = looksLikeHeader(names);
  const { columns, notes } = columnsOf(named ? names : names.map((_, index) => `column ${index + 1}`));
  const start = named && first !== null && first !== 'end' ? from + first.next : from;
  const index = await indexRecords(blob, name, start, named ? 2 : 1, split, options);
  return new TextRows(format, blob, index, notes, (row, text) => parseCsvRow(row, fieldsOf(text, delimiter), columns));
}

function parseCsvRow(row: number, fields: string[], columns: readonly string[]): RawRow {
  if (fields.length !== columns.length) {
    const wanted = `${fields.length} ${fields.length === 1 ? 'field' : 'fields'} where the header has ${columns.length}`;
    return { row, fault: `has ${wanted}; put quotes around fields that contain the delimiter or a line break` };
  }
  return { row, value: Object.fromEntries(columns.map((column, index) => [column, fields[index] === '' ? null : fields[index]])) };
}

/** Names are short and are not numbers. A file without a header gets `column 1`, `column 2`, ... for the user to map. */
function looksLikeHeader(names: readonly string[]): boolean {
  return names.every((name) => name.length <= 60 && !/^-?\d+([.,]\d+)*$/.test(name.trim()));
}

function columnsOf(names: readonly string[]): { columns: string[]; notes: { row: number; text: string }[] } {
  const columns: string[] = [];
  const notes: { row: number; text: string }[] = [];
  for (const [index, raw] of names.entries()) {
    const name = raw.trim() || `column ${index + 1}`;
    let unique = name;
    for (let copy = 2; columns.includes(unique); copy++) unique = `${name} (${copy})`;
    if (unique !== name) notes.push({ row: 1, text: `names the column "${name}" twice; the later one is read as "${unique}"` });
    columns.push(unique);
  }
  return { columns, notes };
}

function splitRecord(delimiter: number): Splitter {
  return (bytes, from, atEnd) => {
    if (from >= bytes.length) return 'end';
    for (let at = from; ; ) {
      const field = scanField((index) => bytes[index], bytes.length, at, delimiter, atEnd);
      if (field === null) return null;
      if (bytes[field.after] === delimiter && field.after < bytes.length) {
        at = field.after + 1;
        continue;
      }
      const lineEnd = bytes[field.after] === RETURN && bytes[field.after + 1] === LINE_FEED ? 2 : 1;
      const next = Math.min(field.after + lineEnd, bytes.length);
      if (next >= bytes.length && !atEnd) return null;
      return { start: from, end: field.after, next, keep: field.after > from };
    }
  };
}

function fieldsOf(text: string, delimiter: string): string[] {
  const code = delimiter.charCodeAt(0);
  const fields: string[] = [];
  for (let at = 0; ; ) {
    const field = scanField((index) => text.charCodeAt(index), text.length, at, code, true)!;
    const raw = text.slice(field.start, field.end);
    fields.push(field.quoted ? raw.replaceAll('""', '"') : raw);
    if (field.after >= text.length) return fields;
    at = field.after + 1;
  }
}

function scanField(
  at: (index: number) => number | undefined,
  length: number,
  from: number,
  delimiter: number,
  atEnd: boolean,
): Field | null {
  const ends = (index: number): boolean => index >= length || at(index) === delimiter || at(index) === LINE_FEED || at(index) === RETURN;
  if (at(from) === QUOTE) {
    const close = closingQuote(at, length, from);
    if (close < 0 && !atEnd && length - from < MAX_QUOTED) return null;
    if (close >= 0 && close + 1 >= length && !atEnd) return null;
    if (close >= 0 && ends(close + 1)) return { start: from + 1, end: close, after: close + 1, quoted: true };
  }
  let end = from;
  while (!ends(end)) end++;
  return end >= length && !atEnd ? null : { start: from, end, after: end, quoted: false };
}

function closingQuote(at: (index: number) => number | undefined, length: number, from: number): number {
  const limit = Math.min(length, from + MAX_QUOTED);
  for (let index = from + 1; index < limit; index++) {
    if (at(index) !== QUOTE) continue;
    if (at(index + 1) !== QUOTE) return index;
    index++;
  }
  return -1;
}

/** The delimiter that the first line has most often outside quotes. */
function guessDelimiter(head: Uint8Array): string {
  const text = new TextDecoder().decode(head.subarray(0, 2 ** 16));
  const line = /^(?:"(?:[^"]|"")*"|[^"\r\n])*/.exec(text)?.[0].replaceAll(/"(?:[^"]|"")*"/g, '') ?? '';
  const counts = DELIMITERS.map((delimiter) => line.split(delimiter).length - 1);
  return DELIMITERS[counts.indexOf(Math.max(...counts))]!;
}
