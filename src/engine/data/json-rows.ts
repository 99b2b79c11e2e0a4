/**
 * Rows of JSONL (one object a line, or one list of messages) and JSON (a list, or an object that holds a list under `data`, `rows`, ...), split by bytes and parsed row
 * by row. The JSON scanner sees brackets and strings only; whether a row is valid JSON is
 * decided by json-value.ts and reported with the row's number.
 */

import type { DatasetFormat } from '../../protocol/dataset.ts';
import { isRecord, own } from './fields.ts';
import { rowsOfColumns } from './json-columns.ts';
import { readJsonValue } from './json-value.ts';
import { ListRows } from './list-rows.ts';
import { indexRecords, type RecordIndex, type Splitter } from './record-index.ts';
import type { RawRow, ReadOptions, RowSource } from './row-source.ts';
import { TextRows } from './text-rows.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** How far a file is searched for the list of its rows, and for lists after that one. */
const LARGEST_TAIL = 2 ** 26;
/** Keys that are asked for where none of the others is there. */
const OTHER_CONTAINERS = new Set([
  'validation',
  'valid',
  'val',
  'dev',
  'eval',
  'test',
  'instances',
  'records',
  'samples',
  'dataset',
  'questions',
]);
/** Keys under which a JSON object may hold its rows, `{rows: [{row: {...}}]}` being what the Hub's dataset viewer returns. */
const CONTAINERS = new Set(['data', 'rows', 'train', 'examples', 'items']);

export async function jsonlRows(blob: Blob, name: string, from: number, options: ReadOptions): Promise<RowSource> {
  const index = await indexRecords(blob, name, from, 1, splitLine(await lineEndOf(blob, from)), options);
  return (await sidewaysRows('jsonl', blob, index, name)) ?? new TextRows('jsonl', blob, index, [], parseJsonRow);
}

export async function jsonRows(blob: Blob, name: string, from: number, options: ReadOptions): Promise<RowSource> {
  const list = await findList(blob, from);
  // No list inside: one object is one row, and objects one after the other are rows as well.
  const index = await indexRecords(blob, name, list?.start ?? from, 1, splitElement, options);
  const sideways = list === null ? await sidewaysRows('json', blob, index, name) : null;
  if (sideways !== null) return sideways;
  const notes = list === null ? await strayEndNotes(blob, index) : await listEndNotes(blob, index, list.key === null);
  if (list?.key != null) notes.push(...(await otherListNotes(blob, index, list)));
  return new TextRows('json', blob, index, notes, parseJsonRow);
}

/** Rows of a file whose one object is a table laid on its side; null for every other file. */
async function sidewaysRows(format: DatasetFormat, blob: Blob, index: RecordIndex, name: string): Promise<RowSource | null> {
  if (index.length !== 1 || index.faults.has(0)) return null;
  const reading = readJsonValue(await blob.slice(index.start(0), index.end(0)).text());
  const rows = 'value' in reading ? rowsOfColumns(reading.value, name) : null;
  return rows && new ListRows(format, rows);
}

/** A file with several splits: one is read, the others are named. */
async function otherListNotes(blob: Blob, index: RecordIndex, list: RowList): Promise<{ row: number; text: string }[]> {
  const tail = new Uint8Array(await blob.slice(index.stopped + 1, index.stopped + 1 + LARGEST_TAIL).arrayBuffer());
  const { others } = listsOf(tail, skipSpace(tail, skipComma(tail)));
  const keys = [...list.others, ...others];
  const names = keys.slice(0, 8).map((key) => JSON.stringify(key.slice(0, 60)));
  if (keys.length > names.length) names.push(`and ${keys.length - names.length} more`);
  if (names.length === 0) return [];
  const lists = names.length === 1 ? `the list ${names[0]} beside it is` : `the lists ${names.join(', ')} beside it are`;
  return [{ row: 1, text: `is the first of "${list.key}"; ${lists} not read, so save what else is needed as a file of its own` }];
}

function skipComma(bytes: Uint8Array): number {
  const at = skipSpace(bytes, 0);
  return bytes[at] === COMMA ? at + 1 : bytes.length;
}

/** Lines end with CR alone in files of old Macs; a file with a line feed near its start has none of those. */
async function lineEndOf(blob: Blob, from: number): Promise<number> {
  const head = new Uint8Array(await blob.slice(from, from + 2 ** 16).arrayBuffer());
  return head.includes(RETURN) && !head.includes(LINE_FEED) ? RETURN : LINE_FEED;
}

/** Objects one after the other end where something stands that is none of them. */
async function strayEndNotes(blob: Blob, index: RecordIndex): Promise<{ row: number; text: string }[]> {
  const rest = (await blob.slice(index.stopped, index.stopped + 2 ** 16).text()).trim();
  const row = Math.max(index.length, 1);
  return rest === '' ? [] : [{ row, text: `is followed by ${JSON.stringify(rest.slice(0, 40))}; the file was not read from there on` }];
}

/** A list must be closed, and a list that is the whole file must be the last thing in it. */
async function listEndNotes(blob: Blob, index: RecordIndex, isWholeFile: boolean): Promise<{ row: number; text: string }[]> {
  const row = Math.max(index.length, 1);
  const tail = (await blob.slice(index.stopped, index.stopped + 2 ** 16).text()).replace(/^[\s,]+/, '');
  if (!tail.startsWith(']'))
    return index.faults.size > 0 ? [] : [{ row, text: 'is the last one, but the list after it is never closed; the file may be cut off' }];
  const rest = tail.slice(1).trimStart();
  return isWholeFile && rest !== ''
    ? [{ row, text: `is followed by text after the end of the list (${JSON.stringify(rest.slice(0, 40))}); it was not read` }]
    : [];
}

function parseJsonRow(row: number, text: string): RawRow {
  const reading = readJsonValue(text);
  if ('fault' in reading) return { row, ...reading };
  let { value } = reading;
  if (isRecord(value) && isRecord(own(value, 'row')) && own(value, 'row_idx') !== undefined) {
    const cut = own(value, 'truncated_cells');
    if (Array.isArray(cut) && cut.length > 0)
      return { row, fault: `was cut by the dataset viewer (${JSON.stringify(cut[0]).slice(0, 60)}); download the file itself` };
    value = own(value, 'row');
  }
  if (isMessageList(value)) value = { messages: value };
  return isRecord(value) ? { row, value } : { row, fault: 'is not a JSON object; a row must be { ... } with named fields' };
}

/** A conversation without anything around it. */
function isMessageList(value: unknown): boolean {
  return Array.isArray(value) && value.some((entry) => isRecord(entry) && (own(entry, 'role') ?? own(entry, 'from')) !== undefined);
}

const splitLine =
  (lineEnd: number): Splitter =>
  (bytes, from, atEnd) => {
    if (from >= bytes.length) return 'end';
    let end = bytes.indexOf(lineEnd, from);
    if (end < 0) {
      if (!atEnd) return null;
      end = bytes.length;
    }
    let start = from;
    let last = end;
    while (start < last && isSpace(bytes[start]!)) start++;
    while (last > start && isSpace(bytes[last - 1]!)) last--;
    return { start, end: last, next: Math.min(end + 1, bytes.length), keep: last > start };
  };

const splitElement: Splitter = (bytes, from, atEnd) => {
  let start = from;
  while (start < bytes.length && (isSpace(bytes[start]!) || bytes[start] === 0x2c)) start++;
  if (start >= bytes.length) {
    return atEnd ? 'end' : null;
  }
  if (bytes[start] === CLOSE_LIST) return 'end';
  const end = skipValue(bytes, start);
  if (end >= 0 && (end < bytes.length || atEnd))
    return { start, end: Math.max(end, start + 1), next: Math.max(end, start + 1), keep: true };
  if (!atEnd) return null;
  return { start, end: bytes.length, next: bytes.length, keep: true, fault: 'is cut off: the file ends inside it' };
};

/** The list that holds the file's rows. */
interface RowList {
  /** Position of its first element. */
  start: number;
  /** Null where the list is the whole file. */
  key: string | null;
  /** Other lists of objects that were seen. */
  others: string[];
}

/** Null when the file holds no list of rows. */
async function findList(blob: Blob, from: number): Promise<RowList | null> {
  for (let size = 2 ** 20; ; size *= 2) {
    const bytes = new Uint8Array(await blob.slice(from, from + size).arrayBuffer());
    const atEnd = from + bytes.length >= blob.size;
    const found = listIn(bytes);
    if (found !== null) return { ...found, start: from + found.start };
    if (atEnd || size >= LARGEST_TAIL) return null;
  }
}

function listIn(bytes: Uint8Array): RowList | null {
  const at = skipSpace(bytes, 0);
  if (bytes[at] === OPEN_LIST) return { start: at + 1, key: null, others: [] };
  if (bytes[at] !== OPEN_OBJECT) return null;
  for (const wanted of [CONTAINERS, OTHER_CONTAINERS]) {
    const { rows, others } = listsOf(bytes, skipSpace(bytes, at + 1), wanted);
    if (rows) return { ...rows, others };
  }
  return null;
}

/** Keys of an object from `at` on: the first of `wanted` that holds a list of rows, and the lists of objects before it. */
function listsOf(
  bytes: Uint8Array,
  from: number,
  wanted?: ReadonlySet<string>,
): { rows: Omit<RowList, 'others'> | null; others: string[] } {
  const others: string[] = [];
  for (let at = from; bytes[at] === QUOTE; ) {
    const keyEnd = skipValue(bytes, at);
    if (keyEnd < 0) break;
    const key = new TextDecoder().decode(bytes.subarray(at + 1, keyEnd - 1));
    at = skipSpace(bytes, keyEnd);
    if (bytes[at] !== COLON) break;
    at = skipSpace(bytes, at + 1);
    const first = bytes[at] === OPEN_LIST ? bytes[skipSpace(bytes, at + 1)] : undefined;
    // A list of lists is a table with its columns' names elsewhere (json-columns.ts).
    if (first !== undefined && first !== OPEN_LIST && wanted?.has(key)) return { rows: { start: at + 1, key }, others };
    if (first === OPEN_OBJECT) others.push(key);
    const valueEnd = skipValue(bytes, at);
    if (valueEnd < 0) break;
    at = skipSpace(bytes, valueEnd);
    if (bytes[at] !== COMMA) break;
    at = skipSpace(bytes, at + 1);
  }
  return { rows: null, others };
}

/** End of the JSON value that starts at `from` (exclusive), or -1 when it is not all there. */
function skipValue(bytes: Uint8Array, from: number): number {
  const first = bytes[from];
  if (first === QUOTE) return skipString(bytes, from);
  if (first !== OPEN_OBJECT && first !== OPEN_LIST) {
    let at = from;
    while (at < bytes.length && !isSpace(bytes[at]!) && bytes[at] !== 0x2c && bytes[at] !== CLOSE_LIST && bytes[at] !== CLOSE_OBJECT) at++;
    return at;
  }
  let depth = 0;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = skipString(bytes, at) - 1;
      if (at < 0) return -1;
    } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++;
    else if ((byte === CLOSE_OBJECT || byte === CLOSE_LIST) && --depth === 0) return at + 1;
  }
  return -1;
}

function skipString(bytes: Uint8Array, from: number): number {
  for (let at = from + 1; at < bytes.length; at++) {
    if (bytes[at] === BACKSLASH) at++;
    else if (bytes[at] === QUOTE) return at + 1;
  }
  return -1;
}

function skipSpace(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length && isSpace(bytes[at]!)) at++;
  return at;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === LINE_FEED || byte === 0x0d || byte === 0x09;
}
