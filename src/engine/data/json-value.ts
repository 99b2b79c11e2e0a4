/**
 * One row's JSON text -> its value, without what JSON.parse changes in silence: whole numbers beyond 2^53 become bigint, whole floats Number
 * objects (`1.0` is not `1`), NaN and Infinity are null as in Hugging Face datasets. Doubled keys, half surrogate pairs, endless nesting and
 * numbers beyond any limit are faults of the row.
 */
import { floatValue, pythonNumber } from '../../lib/python-float.ts';
import { type JsonNumber, MAX_DEPTH, scanJson } from '../files/json-scan.ts';

export type JsonReading = { value: unknown } | { fault: string };

/** Stands for a number between the scan and JSON.parse; a text in a file cannot know it. */
const MARK = `${crypto.randomUUID()}:`;
/** With `u`, only a surrogate outside a pair. */
const TORN = /\p{Surrogate}/u;
/** Python's own limit for digits of an int. */
const MAX_DIGITS = 4300;

export function readJsonValue(text: string): JsonReading {
  const { doubledKeys, numbers, tooDeep } = scanJson(text);
  if (tooDeep) return { fault: `is nested more than ${MAX_DEPTH} levels deep; a row must be flatter` };
  const written = rewrite(text, numbers);
  if (typeof written !== 'string') return written;
  let value: unknown;
  try {
    value = written.includes(MARK) ? JSON.parse(written, revive) : JSON.parse(written);
  } catch (error) {
    return { fault: `is not valid JSON (${(error as Error).message.replaceAll(MARK, '').slice(0, 120)})${mendOf(text)}` };
  }
  if (doubledKeys.length > 0) return { fault: `has the key ${JSON.stringify(doubledKeys[0]!.slice(0, 60))} twice in one object; keep one` };
  const torn = /\\u[dD][89a-fA-F]/.test(text) ? tornText(value, 'the row') : undefined;
  return torn === undefined
    ? { value }
    : { fault: `has half of a surrogate pair in ${torn}, so its text is damaged; mend it or take it out` };
}

/** What the two most usual rows that are no JSON need. */
function mendOf(text: string): string {
  if (/^\s*[[{]\s*'/.test(text)) return '; it is written as Python prints it, so write it with json.dumps';
  const line = text.trimEnd();
  return line.endsWith(',') && isJson(line.slice(0, -1)) ? '; take away the comma at its end' : '';
}

/** By JSON.parse: Python's NaN is none. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The text with marked strings in place of numbers that JSON.parse would change; a fault where a number has no value here. */
function rewrite(text: string, numbers: readonly JsonNumber[]): string | { fault: string } {
  const parts: string[] = [];
  let done = 0;
  for (const { start, end } of numbers) {
    const token = text.slice(start, end);
    const spelled = spell(token);
    if (typeof spelled !== 'string') return spelled;
    if (spelled === token) continue;
    parts.push(text.slice(done, start), spelled);
    done = end;
  }
  return done === 0 ? text : parts.join('') + text.slice(done);
}

/** The JSON that stands for a number's token; a token that is no number is left for JSON.parse to refuse. */
function spell(token: string): string | { fault: string } {
  if (/^(?:NaN|-?Infinity)$/.test(token)) return 'null';
  if (token === '-0') return '0';
  if (/^-?(?:0|[1-9]\d*)$/.test(token)) {
    if (token.length > MAX_DIGITS)
      return { fault: `has a whole number of ${token.length} digits, more than ${MAX_DIGITS}; write it as text` };
    return Number.isSafeInteger(Number(token)) ? token : `"${MARK}${token}"`;
  }
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(token)) return token;
  const value = floatValue(Number(token));
  if (value === null) return { fault: `has the number ${token.slice(0, 40)}, which is too large for a float; write it as text` };
  return typeof value === 'number' ? token : `"${MARK}${pythonNumber(value)}"`;
}

/** A mark where a key must be would make JSON of what is none. */
function revive(key: string, value: unknown): unknown {
  if (key.startsWith(MARK)) throw new SyntaxError('a number stands where a key must be');
  if (typeof value !== 'string' || !value.startsWith(MARK)) return value;
  const number = value.slice(MARK.length);
  return number.includes('.') ? floatValue(Number(number)) : BigInt(number);
}

/** Where the first text with half a surrogate pair is. */
function tornText(value: unknown, place: string): string | undefined {
  if (typeof value === 'string') return TORN.test(value) ? place : undefined;
  if (value === null || typeof value !== 'object') return undefined;
  for (const [key, entry] of Object.entries(value)) {
    if (TORN.test(key)) return 'the name of a field';
    const torn = tornText(entry, Array.isArray(value) ? place : JSON.stringify(key));
    if (torn !== undefined) return torn;
  }
  return undefined;
}
