/** Readers of datasets: rows that are read are those of the file, and rows and problems account for all of it. */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import Papa from 'papaparse';
import { harmony } from '../../src/engine/chat/harmony/index.ts';
import { readDataset } from '../../src/engine/data/dataset.ts';
import { rowsOfColumns } from '../../src/engine/data/json-columns.ts';
import { openRows } from '../../src/engine/data/open-rows.ts';
import type { RawRow } from '../../src/engine/data/row-source.ts';
import type { Bytes } from '../../src/engine/files/source.ts';
import { MotherTongueError } from '../../src/lib/errors.ts';
import { jsonText } from '../../src/lib/json-text.ts';
import { isWholeFloat } from '../../src/lib/python-float.ts';
import { bytesLike, jsonLike, textLike } from './mutations.ts';
import { check, checkSentence, type Parser, parser, type Reading } from './parser.ts';

const ROWS = [
  {
    messages: [
      { role: 'system', content: 'reasoning language: German' },
      { role: 'user', content: '2+2?' },
      { role: 'assistant', content: '4', thinking: 'Vier.' },
    ],
  },
  { question: 'Q "a", b?', answer: 4.5, reasoning: 'Hm.\nJa.', language: 'de', score: 1, big: 1234567890123 },
  { reasoning_language: 'French', user: 'Q', analysis: 'A', final: 'F', messages: null },
  {
    conversations: [
      { from: 'human', value: 'Weather?' },
      { from: 'function_call', value: '{"name": "look", "arguments": {"a": 1}}' },
      { from: 'observation', value: '21' },
      { from: 'gpt', value: '<think>Hm.</think>21.' },
    ],
    tools: [
      {
        type: 'function',
        function: { name: 'look', description: 'Looks.', parameters: { type: 'object', properties: { a: { type: 'number' } } } },
      },
    ],
  },
  {
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'Q' }] },
      { role: 'assistant', channel: 'analysis', content: 'T' },
      { role: 'assistant', content: 'A', weight: 0, tool_calls: [] },
    ],
  },
  { instruction: 'I', input: 'x', output: 'O', history: [['a', 'b']], system: 'S', label: true },
];
const JSONL = [
  ROWS.map((row) => JSON.stringify(row)).join('\n'),
  `${ROWS.slice(1, 3)
    .map((row) => JSON.stringify(row))
    .join('\r\n\r\n')}\n`,
];
const JSONS = [
  JSON.stringify(ROWS),
  JSON.stringify({ data: ROWS, more: [{}] }, null, 2),
  JSON.stringify({ question: ['a', 'b'], answer: ['1', '2'] }),
];
const CSVS = [
  'question,answer,language\n"What is, 2+2?",4,de\nb,"a ""quoted""\nline",fr\n',
  'a;b\r\n1;2\r\n;x\r\n',
  'a\tb\n1\t2\n',
  'sep=;\na;b\n1;2\n',
];

const bytesOf = (text: string): Bytes => new Uint8Array(new TextEncoder().encode(text));

/** Rows of a file, with every problem a sentence and every row a value or a reason. */
async function rowsOf(bytes: Bytes, name: string) {
  const source = await openRows(new Blob([bytes]), name, {});
  const rows = await source.read(0, source.length);
  check(rows.length === source.length, `${rows.length} rows of ${source.length}`);
  for (const { value, fault } of rows) check((value === undefined) !== (fault === undefined), 'a row without a value and without a reason');
  for (const { row, fault } of rows) if (fault !== undefined) checkSentence(`Row ${row} ${fault}.`);
  return { source, rows };
}

/** What a row says, in JSON.parse's own terms. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (isWholeFloat(value)) return value.valueOf();
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(plain(a)) === JSON.stringify(plain(b));

function parse(text: string): { value: unknown } | null {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}

/** A row that was read must be what JSON.parse makes of its text, where that reads it: Python's NaN it does not. */
function checkJsonRow({ value }: RawRow, text: string): void {
  const parsed = value === undefined ? null : parse(text);
  if (parsed === null) {
    check(value === undefined || /NaN|Infinity/.test(text), `accepted though it is no JSON: ${text.slice(0, 200)}`);
    return;
  }
  if (/"row_idx"/.test(text)) return;
  check(same(value, asRow(parsed.value)), `another value: ${JSON.stringify(plain(value)).slice(0, 200)}`);
  checkSpelling(Array.isArray(parsed.value) ? value!.messages : value, text);
}

/** A list of messages by itself is a conversation. */
function asRow(value: unknown): unknown {
  return Array.isArray(value) ? { messages: value } : value;
}

/** What JSON.parse drops in silence: keys that are there twice, the digits of large whole numbers, and that a number is a float. */
function checkSpelling(value: unknown, text: string): void {
  const keys = Array.from(text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)).filter(([, colon]) => colon !== undefined).length;
  check(keysOf(value) === keys, `${keysOf(value)} of ${keys} keys: ${text.slice(0, 200)}`);
  const written = jsonText(value, 0);
  const outside = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');
  for (const [number] of outside.matchAll(/(?<![\d.eE+-])-?\d{16,4000}(?![\d.eE])|(?<![\d.eE+-])-?\d{1,15}\.0(?![\deE])/g))
    check(written.includes(number) || /^0\d/.test(number), `${number.slice(0, 60)} became another number`);
}

function keysOf(value: unknown): number {
  if (value === null || typeof value !== 'object' || isWholeFloat(value)) return 0;
  const inner = Object.values(value).reduce((sum: number, entry) => sum + keysOf(entry), 0);
  return inner + (Array.isArray(value) ? 0 : Object.keys(value).length);
}

const jsonl = async (text: string): Promise<Reading> => {
  const bytes = bytesOf(text);
  const { source, rows } = await rowsOf(bytes, 'x.jsonl');
  if (source.format !== 'jsonl') return 'accepted';
  const decoded = new TextDecoder().decode(bytes);
  const end = /\r/.test(decoded) && !/\n/.test(decoded) ? '\r' : '\n';
  const lines = decoded.split(end).map((line) => line.replaceAll(/^[ \t\r\n]+|[ \t\r\n]+$/g, ''));
  const kept = lines.flatMap((line, i) => (line === '' ? [] : [{ line, row: i + 1 }]));
  const only = kept.length === 1 ? parse(kept[0]!.line) : null;
  if (only && isTable(only.value)) return 'accepted';
  check(kept.length === rows.length, `${kept.length} lines and ${rows.length} rows`);
  for (const [i, { line, row }] of kept.entries()) {
    check(rows[i]!.row === row, `line ${row} is row ${rows[i]!.row}`);
    checkJsonRow(rows[i]!, line);
  }
  return rows.every(({ value }) => value === undefined) ? 'refused' : 'accepted';
};

/** Columns that are lists: made into rows or refused as a whole. */
function isTable(value: unknown): boolean {
  try {
    return rowsOfColumns(value, 'x') !== null;
  } catch (error) {
    return error instanceof MotherTongueError;
  }
}

const json = async (text: string): Promise<Reading> => {
  const bytes = bytesOf(text);
  const { source, rows } = await rowsOf(bytes, 'x.json');
  const parsed = parse(new TextDecoder().decode(bytes));
  if (source.format === 'json' && Array.isArray(parsed?.value)) {
    check(rows.length === parsed.value.length, `${rows.length} rows of ${parsed.value.length}`);
    for (const [i, row] of rows.entries()) if (row.value !== undefined) check(same(row.value, asRow(parsed.value[i])), 'another value');
  }
  return rows.every(({ value }) => value === undefined) ? 'refused' : 'accepted';
};

const csv = async (text: string): Promise<Reading> => {
  const bytes = bytesOf(text);
  const { rows } = await rowsOf(bytes, 'x.csv');
  const decoded = new TextDecoder().decode(bytes);
  const columns = Object.keys(rows.find(({ value }) => value)?.value ?? {}).join();
  const header = decoded.replace(/^[\r\n]+/, '').split(/[\r\n]/)[0] ?? '';
  const trimmed = (mark: string): string[] => header.split(mark).map((name) => name.trim());
  const delimiter = [',', ';', '\t', '|'].find((mark) => header.includes(mark) && trimmed(mark).join() === columns);
  const asPapa = Papa.parse<string[]>(decoded.replaceAll('\r\n', '\n'), { delimiter: delimiter ?? ',', skipEmptyLines: true });
  const isPlain = delimiter !== undefined && asPapa.errors.length === 0 && !/^\s*"?sep=/i.test(decoded) && !/^\d/.test(header);
  // An own dialect of stray quotes: the two must agree where there are none.
  if (isPlain && !/"/.test(decoded) && !/\r(?!\n)/.test(decoded)) {
    const cells = rows.flatMap(({ value }) => (value ? [Object.values(value).map((cell) => cell ?? '')] : []));
    const width = asPapa.data[0]!.length;
    const wanted = asPapa.data.slice(1).filter((row) => row.length === width);
    check(same(cells, wanted), `other cells: ${JSON.stringify(cells).slice(0, 200)} for ${JSON.stringify(wanted).slice(0, 200)}`);
  }
  return rows.every(({ value }) => value === undefined) ? 'refused' : 'accepted';
};

const parquetFile = (name: string): Bytes =>
  new Uint8Array(readFileSync(new URL(`../../e2e/fixtures/cases/parquet/${name}.parquet`, import.meta.url)));

const parquet = async (bytes: Bytes): Promise<Reading> => {
  const { rows } = await rowsOf(bytes, 'x.parquet');
  for (const { value } of rows) check(isRowValue(value), `a value of no row: ${String(JSON.stringify(plain(value))).slice(0, 200)}`);
  return 'accepted';
};

/** Only what JSON knows, big whole numbers and whole floats. */
function isRowValue(value: unknown): boolean {
  if (value === undefined || value === null || ['string', 'boolean', 'bigint'].includes(typeof value) || isWholeFloat(value)) return true;
  if (typeof value === 'number') return Number.isFinite(value);
  return typeof value === 'object' && !ArrayBuffer.isView(value) && Object.values(value).every(isRowValue);
}

const plainRows = bytesOf(JSONL[0]!.repeat(20).replaceAll('}{', '}\n{'));
const packed: Bytes[] = [new Uint8Array(gzipSync(plainRows)), new Uint8Array(gzipSync(plainRows, { level: 0 }))];

/** gzip states the CRC-32 of what it packed: other rows must not come of it. */
const gzip = async (bytes: Bytes): Promise<Reading> => {
  const { rows, source } = await rowsOf(bytes, 'x.jsonl.gz');
  if (bytes[0] === 0x1f && bytes[1] === 0x8b && source.format === 'jsonl') {
    const whole = (await rowsOf(plainRows, 'x.jsonl')).rows;
    check(same(rows, whole), 'other rows than were packed');
  }
  return 'accepted';
};

/** Whole datasets: what trains is text, renders or is refused by the template, and what does not train has a reason. */
const rows = async (text: string): Promise<Reading> => {
  const dataset = await readDataset(new Blob([text]), 'x.jsonl');
  const read = await dataset.read(0, dataset.length);
  for (const { conversation, problems } of read) {
    for (const { message } of problems) checkSentence(message);
    if (!conversation) {
      check(dataset.schema === 'unknown' || problems.some(({ trains }) => !trains), 'left out without a reason');
      continue;
    }
    for (const { content = '', thinking = '' } of conversation.messages)
      check(typeof content === 'string' && typeof thinking === 'string', 'a message that is no text');
    try {
      harmony.render(conversation, { template: 'trl', date: '2025-08-05' });
    } catch (error) {
      check(error instanceof MotherTongueError, `the template threw ${String(error)}`);
    }
  }
  return read.some(({ conversation }) => conversation) ? 'accepted' : 'refused';
};

export const dataParsers: Parser[] = [
  parser('JSONL', 101, textLike(JSONL), jsonl),
  parser('JSONL, values', 102, jsonLike(ROWS), jsonl),
  parser('JSON', 103, fc.oneof(textLike(JSONS), jsonLike([ROWS, { rows: ROWS }])), json),
  parser('CSV and TSV', 104, textLike(CSVS), csv),
  parser(
    'Parquet',
    105,
    bytesLike(
      ['none', 'v2_delta', 'delta_nulls', 'doubled_keys', 'map_args', 'decimal', 'ts-far', 'duplicate_names', 'values'].map(parquetFile),
    ),
    parquet,
  ),
  parser('gzip', 106, bytesLike(packed), gzip),
  parser('rows to conversations', 107, jsonLike(ROWS), rows),
];
