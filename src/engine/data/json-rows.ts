/**
 * Rows of JSONL (one object a line) and JSON (a list, or an object that holds a list under `data`, `rows`, ...), split by bytes and parsed row
 * by row. The JSON scanner sees brackets and strings only; whether a row is valid JSON is
 * decided by JSON.parse and reported with the row's number.
 */
import { isRecord, own } from './fields.ts';
import { indexRecords, type RecordIndex, type Splitter } from './record-index.ts';
import type { RawRow, ReadOptions, RowSource } from './row-source.ts';
import { TextRows } from './text-rows.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LINE_FEED = 0x0a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Keys under which a JSON object may hold its rows, `{rows: [{row: {...}}]}` being what the Hub's dataset viewer returns. */
const CONTAINERS = new Set(['data', 'rows', 'train', 'examples', 'items']);

export async function jsonlRows(blob: Blob, name: string, from: number, options: ReadOptions): Promise<RowSource> {
  const index = await indexRecords(blob, name, from, 1, splitLine, options);
  return new TextRows('jsonl', blob, index, [], parseJsonRow);
}

export async function jsonRows(blob: Blob, name: string, from: number, options: ReadOptions): Promise<RowSource> {
  const start = await findList(blob, from);
  // No list inside: one object is one row, and objects one after the other are rows as well.
  const index = await indexRecords(blob, name, start ?? from, 1, splitElement, options);
  const isWholeFile = start !== null && start === (await firstByte(blob, from)) + 1;
  const notes = start === null ? [] : await listEndNotes(blob, index, isWholeFile);
  return new TextRows('json', blob, index, notes, parseJsonRow);
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

async function firstByte(blob: Blob, from: number): Promise<number> {
  const bytes = new Uint8Array(await blob.slice(from, from + 2 ** 16).arrayBuffer());
  return from + skipSpace(bytes, 0);
}

function parseJsonRow(row: number, text: string): RawRow {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { row, fault: `is not valid JSON (${(error as Error).message.slice(0, 120)})` };
  }
  if (isRecord(value) && isRecord(own(value, 'row')) && own(value, 'row_idx') !== undefined) value = own(value, 'row');
  return isRecord(value) ? { row, value } : { row, fault: 'is not a JSON object; a row must be { ... } with named fields' };
}

const splitLine: Splitter = (bytes, from, atEnd) => {
  if (from >= bytes.length) return 'end';
  let end = bytes.indexOf(LINE_FEED, from);
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

/** Position of the first element of the file's list of rows, or null when the file holds no list. */
async function findList(blob: Blob, from: number): Promise<number | null> {
  for (let size = 2 ** 20; ; size *= 2) {
    const bytes = new Uint8Array(await blob.slice(from, from + size).arrayBuffer());
    const atEnd = from + bytes.length >= blob.size;
    const found = listStart(bytes);
    if (found !== null) return from + found;
    if (atEnd || size >= 2 ** 26) return null;
  }
}

function listStart(bytes: Uint8Array): number | null {
  let at = skipSpace(bytes, 0);
  if (bytes[at] === OPEN_LIST) return at + 1;
  if (bytes[at] !== OPEN_OBJECT) return null;
  at = skipSpace(bytes, at + 1);
  while (bytes[at] === QUOTE) {
    const keyEnd = skipValue(bytes, at);
    if (keyEnd < 0) return null;
    const key = new TextDecoder().decode(bytes.subarray(at + 1, keyEnd - 1));
    at = skipSpace(bytes, keyEnd);
    if (bytes[at] !== 0x3a) return null;
    at = skipSpace(bytes, at + 1);
    if (bytes[at] === OPEN_LIST && CONTAINERS.has(key)) return at + 1;
    const valueEnd = skipValue(bytes, at);
    if (valueEnd < 0) return null;
    at = skipSpace(bytes, valueEnd);
    if (bytes[at] !== 0x2c) return null;
    at = skipSpace(bytes, at + 1);
  }
  return null;
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
