/**
 * One row's JSON text -> its value, without what JSON.parse changes in silence: whole numbers beyond 2^53 become bigint, a float that becomes
 * text is spelled as Python spells it (`1.0`, not `1`), NaN and Infinity are null as in Hugging Face datasets. Doubled keys, half surrogate
 * pairs and endless nesting are faults of the row.
 */
import { pythonFloat } from '../../lib/python-float.ts';
import { type JsonNumber, MAX_DEPTH, scanJson } from '../files/json-scan.ts';

export type JsonReading = { value: unknown } | { fault: string };

/** Stands for a bigint between the scan and JSON.parse; a text in a file cannot know it. */
const BIG = `${crypto.randomUUID()}:`;
/** With `u`, only a surrogate outside a pair. */
const TORN = /\p{Surrogate}/u;
/** Python's own limit for digits of an int. */
const MAX_DIGITS = 4300;
/** Values under these keys are written as JSON again, so a number must stay a number there. */
const JSON_KEYS: ReadonlySet<string | null> = new Set(['arguments', 'parameters', 'tools', 'functions', 'tool_calls', 'function_call']);
/** Fields that are read as numbers, not as text. */
const NUMBER_KEYS: ReadonlySet<string | null> = new Set(['weight', 'label', 'train', 'row_idx']);

/** `fieldsAsText`: the text is a whole row, whose floats become text; otherwise it may be tool arguments, whose floats stay numbers. */
export function readJsonValue(text: string, fieldsAsText = false): JsonReading {
  const { doubledKeys, numbers, tooDeep } = scanJson(text);
  if (tooDeep) return { fault: `is nested more than ${MAX_DEPTH} levels deep; a row must be flatter` };
  const written = rewrite(text, numbers, fieldsAsText);
  let value: unknown;
  try {
    value = written.includes(BIG) ? JSON.parse(written, reviveBig) : JSON.parse(written);
  } catch (error) {
    return { fault: `is not valid JSON (${(error as Error).message.replaceAll(BIG, '').slice(0, 120)})` };
  }
  if (doubledKeys.length > 0) return { fault: `has the key ${JSON.stringify(doubledKeys[0]!.slice(0, 60))} twice in one object; keep one` };
  const torn = /\\u[dD][89a-fA-F]/.test(text) ? tornText(value, 'the row') : undefined;
  return torn === undefined
    ? { value }
    : { fault: `has half of a surrogate pair in ${torn}, so its text is damaged; mend it or take it out` };
}

/** What becomes of a float in a field that is read as text: Python's spelling, where it differs from JavaScript's. */
export function floatField(value: number, path: readonly (string | null)[]): number | string | null {
  if (!Number.isFinite(value)) return null;
  const key = path.at(-1) ?? null;
  if (key === null || NUMBER_KEYS.has(key) || path.some((name) => JSON_KEYS.has(name))) return value;
  const text = pythonFloat(value);
  return text === String(value) ? value : text;
}

function rewrite(text: string, numbers: readonly JsonNumber[], fieldsAsText: boolean): string {
  const parts: string[] = [];
  let done = 0;
  for (const { start, end, path } of numbers) {
    const token = text.slice(start, end);
    const spelled = spell(token, fieldsAsText ? path : [null]);
    if (spelled === token) continue;
    parts.push(text.slice(done, start), spelled);
    done = end;
  }
  return done === 0 ? text : parts.join('') + text.slice(done);
}

/** The JSON that stands for a number's token; a token that is no number is left for JSON.parse to refuse. */
function spell(token: string, path: readonly (string | null)[]): string {
  if (/^(?:NaN|-?Infinity)$/.test(token)) return 'null';
  if (token.length <= MAX_DIGITS && /^-?(?:0|[1-9]\d*)$/.test(token))
    return Number.isSafeInteger(Number(token)) ? token : `"${BIG}${token}"`;
  if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(token)) return token;
  const field = floatField(Number(token), path);
  return typeof field === 'number' ? token : JSON.stringify(field);
}

function reviveBig(_: string, value: unknown): unknown {
  return typeof value === 'string' && value.startsWith(BIG) ? BigInt(value.slice(BIG.length)) : value;
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
