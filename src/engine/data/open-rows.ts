/**
 * From a file to rows: decides the format by what the file holds, its name only where the content leaves it open, and an error names what a file
 * is when it is not a dataset.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import { csvRows } from './csv-rows.ts';
import { isRecord } from './fields.ts';
import { gunzip } from './gunzip.ts';
import { jsonlRows, jsonRows } from './json-rows.ts';
import { readJsonValue } from './json-value.ts';
import { parquetRows } from './parquet-rows.ts';
import type { ReadOptions, RowSource } from './row-source.ts';

const ACCEPTED = 'use JSONL, JSON, CSV, TSV or Parquet';
const BYTE_ORDER_MARK = 3;

/** Files of other kinds by their first bytes. */
const FOREIGN: readonly (readonly [string, readonly number[]])[] = [
  [`is a zip archive or a spreadsheet; unpack it or save it as CSV (${ACCEPTED})`, [0x50, 0x4b, 0x03, 0x04]],
  [`is an old Excel file; save it as CSV (${ACCEPTED})`, [0xd0, 0xcf, 0x11, 0xe0]],
  [`is compressed with zstd; unpack it first, or use gzip (${ACCEPTED})`, [0x28, 0xb5, 0x2f, 0xfd]],
  [`is compressed with xz; unpack it first, or use gzip (${ACCEPTED})`, [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  [`is compressed with bzip2; unpack it first, or use gzip (${ACCEPTED})`, [0x42, 0x5a, 0x68]],
  [`is an Arrow (Feather) file; save it as Parquet, with datasets by to_parquet (${ACCEPTED})`, [0x41, 0x52, 0x52, 0x4f, 0x57, 0x31]],
  [`is an Arrow file; save it as Parquet, with datasets by to_parquet (${ACCEPTED})`, [0xff, 0xff, 0xff, 0xff]],
  ['is an encrypted Parquet file; write it without encryption', [0x50, 0x41, 0x52, 0x45]],
  [`is a PDF; save its text as rows (${ACCEPTED})`, [0x25, 0x50, 0x44, 0x46, 0x2d]],
  [`is an SQLite database; save the table as CSV (${ACCEPTED})`, [...'SQLite format 3'].map((letter) => letter.charCodeAt(0))],
];

export async function openRows(blob: Blob, name: string, options: ReadOptions): Promise<RowSource> {
  if (blob.size === 0) throw refuse(name, `is empty; ${ACCEPTED} with at least one row`);
  const head = new Uint8Array(await blob.slice(0, 2 ** 16).arrayBuffer());
  const { foreign } = options;
  if (startsWith(head, [0x1f, 0x8b])) {
    const unpacked = foreign ? await foreign.unpack(blob, name) : await gunzip(blob, name, options);
    if (startsWith(new Uint8Array(await unpacked.slice(0, 2).arrayBuffer()), [0x1f, 0x8b]))
      throw refuse(name, 'is a gzip file inside a gzip file; unpack it once');
    return openRows(unpacked, name.replace(/\.gz$/i, ''), options);
  }
  if (startsWith(head, [0x50, 0x41, 0x52, 0x31])) return foreign ? foreign.parquet(blob, name) : parquetRows(blob, name, options);
  const other = FOREIGN.find(([, start]) => startsWith(head, start));
  if (other) throw refuse(name, other[0]);
  const width = codeUnitWidth(head);
  if (width !== null) throw refuse(name, `is saved as UTF-${width}; save it as UTF-8`);
  if (head.includes(0)) throw refuse(name, `is not a text file; ${ACCEPTED}`);
  const from = startsWith(head, [0xef, 0xbb, 0xbf]) ? BYTE_ORDER_MARK : 0;
  const text = new TextDecoder().decode(head.subarray(from)).trimStart();
  if (text === '') throw refuse(name, `has no rows; ${ACCEPTED}`);
  if (/^<(!doctype|html|\?xml)/i.test(text))
    throw refuse(name, `is a web page or XML, not a dataset; download the file itself (${ACCEPTED})`);
  if (text.startsWith('version https://git-lfs.github.com/spec/'))
    throw refuse(name, 'is a Git LFS pointer, not the file itself; fetch the file with git lfs pull, or download it by its address');
  switch (textFormat(text, extension(name))) {
    case 'json':
      return jsonRows(blob, name, from, options);
    case 'jsonl':
      return jsonlRows(blob, name, from, options);
    case 'tsv':
      return csvRows(blob, name, from, 'tsv', options);
    case 'csv':
      return csvRows(blob, name, from, 'csv', options);
    case null:
      throw refuse(name, `is of a type that cannot be read; ${ACCEPTED}`);
  }
}

function textFormat(text: string, extension: string): 'json' | 'jsonl' | 'csv' | 'tsv' | null {
  if (extension === 'csv' || extension === 'tsv' || extension === 'tab') return extension === 'csv' ? 'csv' : 'tsv';
  const isLines = extension === 'jsonl' || extension === 'ndjson';
  if (text.startsWith('[')) return isLines && isListPerLine(text) ? 'jsonl' : 'json';
  if (isLines) return spansLines(text) ? 'json' : 'jsonl';
  if (text.startsWith('{')) return isJsonl(text) ? 'jsonl' : 'json';
  if (extension === 'json') return 'jsonl'; // Neither list nor object: the line reader names the rows that are not JSON.
  const line = text.slice(0, text.search(/\r|\n|$/));
  if (line.includes('\t')) return 'tsv';
  return (extension === 'txt' || extension === '') && /[,;|]/.test(line) ? 'csv' : null;
}

/** The first object is written over several lines, as pretty printers do. A first line that is only cut off is not that. */
function spansLines(text: string): boolean {
  const end = text.search(/\r|\n|$/);
  const rest = text.slice(end).trimStart();
  return /^\{\s*$/.test(text.slice(0, end)) ? rest.startsWith('"') || rest.startsWith('}') : spansLinesWhole(text, end);
}

function spansLinesWhole(text: string, lineEnd: number): boolean {
  if (!text.startsWith('{') || isObject(text.slice(0, lineEnd))) return false;
  for (let end = text.indexOf('}', lineEnd), tries = 0; end >= 0 && tries < 64; end = text.indexOf('}', end + 1), tries++) {
    if (isObject(text.slice(0, end + 1))) return true;
  }
  return false;
}

/** The first line is a list by itself, and there are more lines. */
function isListPerLine(text: string): boolean {
  const end = text.search(/\r|\n/);
  if (end < 0 || text.slice(end).trim() === '') return false;
  const reading = readJsonValue(text.slice(0, end));
  return 'value' in reading && Array.isArray(reading.value);
}

function isObject(text: string): boolean {
  const reading = readJsonValue(text);
  return 'value' in reading && isRecord(reading.value);
}

/** Several lines of which the first is an object by itself; one line alone is JSON, for it may hold a list of rows. */
function isJsonl(text: string): boolean {
  const end = text.search(/\r|\n/);
  return end >= 0 && text.slice(end).trim() !== '' && isObject(text.slice(0, end));
}

/** Bits of a code unit where the file is UTF-16 or UTF-32: by its byte order mark, or by a first character with empty bytes around it. */
function codeUnitWidth(head: Uint8Array): 16 | 32 | null {
  if (startsWith(head, [0xff, 0xfe, 0, 0]) || startsWith(head, [0, 0, 0xfe, 0xff])) return 32;
  if (startsWith(head, [0xff, 0xfe]) || startsWith(head, [0xfe, 0xff])) return 16;
  const empty = [...head.subarray(0, 8)].map((byte) => (byte === 0 ? '0' : '.')).join('');
  if (/^(?:\.000\.000|000\.000\.)/.test(empty)) return 32;
  return /^(?:\.0\.0\.0\.0|0\.0\.0\.0\.)/.test(empty) ? 16 : null;
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, index) => bytes[index] === byte);
}

function extension(name: string): string {
  return /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
}

function refuse(name: string, what: string): MotherTongueError {
  return new MotherTongueError('DatasetError', `${name} ${what}.`);
}
