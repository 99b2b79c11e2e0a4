/**
 * From a file to rows: decides the format by what the file holds, its name only where the content leaves it open, and an error names what a file
 * is when it is not a dataset.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import { csvRows } from './csv-rows.ts';
import { isRecord } from './fields.ts';
import { jsonlRows, jsonRows } from './json-rows.ts';
import { parquetRows } from './parquet-rows.ts';
import type { ReadOptions, RowSource } from './row-source.ts';

const ACCEPTED = 'use JSONL, JSON, CSV, TSV or Parquet';
const BYTE_ORDER_MARK = 3;

export async function openRows(blob: Blob, name: string, options: ReadOptions): Promise<RowSource> {
  if (blob.size === 0) throw refuse(name, `is empty; ${ACCEPTED} with at least one row`);
  const head = new Uint8Array(await blob.slice(0, 2 ** 16).arrayBuffer());
  if (startsWith(head, [0x1f, 0x8b])) return openRows(await gunzip(blob, name), name.replace(/\.gz$/i, ''), options);
  if (startsWith(head, [0x50, 0x41, 0x52, 0x31])) return parquetRows(blob, name, options);
  if (startsWith(head, [0x50, 0x4b, 0x03, 0x04]))
    throw refuse(name, `is a zip archive or a spreadsheet; unpack it or save it as CSV (${ACCEPTED})`);
  if (startsWith(head, [0xff, 0xfe]) || startsWith(head, [0xfe, 0xff])) throw refuse(name, 'is saved as UTF-16; save it as UTF-8');
  if (head.includes(0)) throw refuse(name, `is not a text file; ${ACCEPTED}`);
  const from = startsWith(head, [0xef, 0xbb, 0xbf]) ? BYTE_ORDER_MARK : 0;
  const text = new TextDecoder().decode(head.subarray(from)).trimStart();
  if (text === '') throw refuse(name, `has no rows; ${ACCEPTED}`);
  if (/^<(!doctype|html|\?xml)/i.test(text))
    throw refuse(name, `is a web page or XML, not a dataset; download the file itself (${ACCEPTED})`);
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
  if (text.startsWith('[')) return 'json';
  if (extension === 'jsonl' || extension === 'ndjson') return 'jsonl';
  if (text.startsWith('{')) return isJsonl(text) ? 'jsonl' : 'json';
  if (extension === 'json') return 'jsonl'; // Neither list nor object: the line reader names the rows that are not JSON.
  const line = text.slice(0, text.search(/\r|\n|$/));
  if (line.includes('\t')) return 'tsv';
  return (extension === 'txt' || extension === '') && /[,;|]/.test(line) ? 'csv' : null;
}

/** Several lines of which the first is an object by itself; one line alone is JSON, for it may hold a list of rows. */
function isJsonl(text: string): boolean {
  const end = text.search(/\r?\n/);
  if (end < 0 || text.slice(end).trim() === '') return false;
  try {
    return isRecord(JSON.parse(text.slice(0, end)));
  } catch {
    return false; // An object over several lines.
  }
}

async function gunzip(blob: Blob, name: string): Promise<Blob> {
  try {
    return await new Response(blob.stream().pipeThrough(new DecompressionStream('gzip'))).blob();
  } catch {
    throw refuse(name, 'is a damaged gzip file; compress it again or use it unpacked');
  }
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
