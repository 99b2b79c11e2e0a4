/**
 * Reading untrusted rows. A file's keys may be `__proto__` or `constructor`, its values null where a column was filled in by Arrow, its texts
 * numbers. These are the only ways the readers look at a row.
 */

import { isWholeFloat, pythonNumber, type WholeFloat } from '../../lib/python-float.ts';
import { readJsonValue } from './json-value.ts';

export type Row = Readonly<Record<string, unknown>>;

export function isRecord(value: unknown): value is Row {
  return value !== null && typeof value === 'object' && !Array.isArray(value) && !isWholeFloat(value);
}

/** The row's own field; null counts as absent. */
export function own(row: Row, key: string): unknown {
  return Object.hasOwn(row, key) ? (row[key] ?? undefined) : undefined;
}

/** The first of `keys` that the row has, whatever its case. */
export function findKey(columns: readonly string[], keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const column = columns.find((name) => name.toLowerCase() === key);
    if (column !== undefined) return column;
  }
  return undefined;
}

/** Types of content parts that are text. */
const TEXT_PARTS: ReadonlySet<unknown> = new Set([undefined, 'text', 'input_text', 'output_text']);

/**
 * A text; numbers as Python prints them, booleans as JSON does, lists of text parts joined. Several plain texts in a list are not one text: they are variants of an
 * answer as often as pieces of it. Undefined for those, for everything else, and for absent fields.
 */
export function textOf(value: unknown): string | undefined {
  if (isScalar(value)) return scalarText(value);
  if (!Array.isArray(value) || value.length === 0) return undefined;
  if (value.length === 1 && isScalar(value[0])) return scalarText(value[0]);
  const parts = value.map((part) => (isRecord(part) && TEXT_PARTS.has(own(part, 'type')) ? own(part, 'text') : undefined));
  return parts.every((part) => typeof part === 'string') ? parts.join('') : undefined;
}

/** A mark that keeps a row or a turn out of the loss. */
export function isOff(value: unknown): boolean {
  const text = textOf(value)?.trim().toLowerCase() ?? '';
  return text === 'false' || (text !== '' && Number(text) === 0);
}

type Scalar = string | number | boolean | bigint | WholeFloat;

function isScalar(value: unknown): value is Scalar {
  return ['string', 'number', 'boolean', 'bigint'].includes(typeof value) || isWholeFloat(value);
}

function scalarText(value: Scalar): string {
  return typeof value === 'string' || typeof value === 'boolean' ? String(value) : pythonNumber(value);
}

/** What a value is that is no text, as the end of "a column that is ...". */
export function kindOf(value: unknown): string {
  if (isRecord(value) && own(value, 'not_text') !== undefined) return 'bytes that are no text';
  if (!Array.isArray(value)) return 'an object';
  return value.every(isScalar) ? `a list of ${value.length} texts` : 'a list of other things than text';
}

/** Deeper rows would overflow the stack of whatever walks them; no template has use for so much. */
const DEEPEST = 100;

export function isTooDeep(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST) return true;
    const next: unknown[] = [];
    for (const parent of level) {
      if (parent === null || typeof parent !== 'object' || ArrayBuffer.isView(parent)) continue;
      for (const child of Object.values(parent)) if (child !== null && typeof child === 'object') next.push(child);
    }
    level = next;
  }
  return false;
}

/** A list, also when a CSV cell holds it as JSON text. */
export function listOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'string' || !value.trimStart().startsWith('[')) return undefined;
  const parsed = parsedText(value);
  return Array.isArray(parsed) ? parsed : undefined; // A text that happens to start with a bracket is not a list.
}

/** The value of a field that is JSON text, with the digits of its numbers; undefined where it is not JSON, or nested too deep to use. */
export function parsedText(text: string): unknown {
  const reading = readJsonValue(text);
  return 'fault' in reading || isTooDeep(reading.value) ? undefined : reading.value;
}

export function isBlank(text: string | undefined): boolean {
  return text === undefined || !/\S/.test(text);
}
