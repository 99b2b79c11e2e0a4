/**
 * A JSON file that is one object may be a table laid on its side: columns that are lists (`{"question": [...], "answer": [...]}`, as
 * `Dataset.to_dict` gives), or one of pandas' `to_json` orients (columns, index, split). Such a file becomes rows or is refused by name; it is
 * never one row.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import { uniqueNames } from './column-names.ts';
import { isRecord, own, type Row } from './fields.ts';

type Rows = Record<string, unknown>[];

/** The rows of such a table; null where the object is a row like any other. */
export function rowsOfColumns(value: unknown, name: string): Rows | null {
  if (!isRecord(value)) return null;
  return splitOrient(value, name) ?? listsOrient(value, name) ?? recordsOrient(value, name);
}

/** `{columns: [names], index, data: [[values]]}`. */
function splitOrient(value: Row, name: string): Rows | null {
  const [columns, data] = [own(value, 'columns'), own(value, 'data')];
  if (!Array.isArray(columns) || !columns.every((column) => typeof column === 'string')) return null;
  if (!Array.isArray(data) || !data.every((row) => Array.isArray(row) && row.length === columns.length)) return null;
  const [doubled] = uniqueNames(columns).doubled;
  if (doubled) throw refuse(name, `names the column ${JSON.stringify(doubled.name.slice(0, 60))} twice`);
  return data.map((row: unknown[]) => rowOf(columns, (column) => row[column]));
}

/** Every field is a list, one value a row. Lists of messages are a row's own, so is a single list of objects. */
function listsOrient(value: Row, name: string): Rows | null {
  const columns = Object.keys(value);
  const lists = columns.map((column) => value[column]);
  if (lists.length === 0 || !lists.every(Array.isArray) || lists.some((list) => list.some(isMessage))) return null;
  if (lists.every((list) => list.length > 0 && list.every(isRecord))) return null;
  const length = lists[0]!.length;
  if (lists.every((list) => list.length === length))
    return Array.from({ length }, (_, row) => rowOf(columns, (column) => lists[column]![row]));
  const lengths = columns.map((column, index) => `"${column}" ${lists[index]!.length}`).slice(0, 8);
  throw refuse(name, `holds columns of different lengths (${lengths.join(', ')})`);
}

/** Objects of one shape: by row number in each column (orient "columns"), or by column in each row (orient "index"). */
function recordsOrient(value: Row, name: string): Rows | null {
  const outer = Object.keys(value);
  const records = outer.map((key) => value[key]);
  if (outer.length === 0 || !records.every(isRecord)) return null;
  const inner = Object.keys(records[0]!);
  const keys = new Set(inner);
  if (inner.length === 0 || !records.every((record) => sameKeys(record, keys))) return null;
  if (inner.every(isNumber)) return inner.map((row) => rowOf(outer, (column) => records[column]![row]));
  if (outer.every(isNumber)) return records.map((record) => ({ ...record }));
  if (outer.length === 1) return null;
  throw refuse(name, 'is one object whose fields are objects of the same shape, so rows and columns cannot be told apart');
}

function rowOf(columns: readonly string[], value: (column: number) => unknown): Record<string, unknown> {
  return Object.fromEntries(columns.map((column, index) => [column, value(index)]));
}

function sameKeys(record: Row, keys: ReadonlySet<string>): boolean {
  const own = Object.keys(record);
  return own.length === keys.size && own.every((key) => keys.has(key));
}

function isMessage(value: unknown): boolean {
  return isRecord(value) && (own(value, 'role') !== undefined || own(value, 'from') !== undefined);
}

function isNumber(key: string): boolean {
  return /^\d+$/.test(key);
}

function refuse(name: string, what: string): MotherTongueError {
  return new MotherTongueError(
    'DatasetError',
    `${name} ${what}; save it as a list of rows (pandas: to_json(orient="records", lines=True)).`,
  );
}
