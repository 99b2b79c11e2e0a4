/**
 * Values of a Parquet file as a row has them, by the file's schema: whole numbers keep their digits (bigint beyond 2^53), decimals are exact text,
 * NaN is null, whole floats are Number objects, times are ISO text (or their number where JavaScript's calendar ends), bytes are text where they are
 * UTF-8, a map is an object whose keys are told apart.
 */
import type { ParquetParsers, SchemaElement, SchemaTree } from 'hyparquet';
import { floatValue } from '../../lib/python-float.ts';
import { readJsonValue } from './json-value.ts';

export type Convert = (value: unknown) => unknown;

/** Makes a value a fault of its row; the message completes "Row 7 ...". */
export class RowFault extends Error {}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Decoders of single values. What cannot be decoded stays bytes, so that one bad value spoils its row and not the row group. */
export const PARSERS: Partial<ParquetParsers> = {
  timestampFromMilliseconds: (millis) => timeText(Number(millis), millis, 'milliseconds'),
  timestampFromMicroseconds: (micros) => timeText(Number(floorDivide(micros, 1000n)), micros, 'microseconds', 3),
  timestampFromNanoseconds: (nanos) => timeText(Number(floorDivide(nanos, 1_000_000n)), nanos, 'nanoseconds', 6),
  dateFromDays: (days) => timeText(days * 86_400_000, days, 'days').replace('T00:00:00.000Z', ''),
  stringFromBytes: (bytes) => textOfBytes(bytes) ?? bytes,
  jsonFromBytes: (bytes) => {
    const text = textOfBytes(bytes);
    const reading = text === undefined ? undefined : readJsonValue(text);
    return reading && 'value' in reading ? reading.value : (text ?? bytes);
  },
  geometryFromBytes: (bytes) => bytes,
  geographyFromBytes: (bytes) => bytes,
};

/** How values of a column are converted. Nested values follow hyparquet's shapes: lists are arrays, structs are objects; a map is its pairs. */
export function converterOf(node: SchemaTree, path: readonly string[] = [node.element.name]): Convert {
  const { element, children } = node;
  if (children.length === 0) return eachOf(leafOf(element, path));
  if (element.converted_type === 'LIST' && children.length === 1) {
    const [inner] = children as [SchemaTree];
    return eachOf(converterOf(inner.children.length === 1 ? inner.children[0]! : inner, path));
  }
  if (isMap(element) && children.length === 1 && children[0]!.children.length === 2) return eachOf(mapOf(children[0]!, path));
  const fields = new Map(children.map((child) => [child.element.name, converterOf(child, [...path, child.element.name])]));
  return eachOf((value) => overFields(value, (key) => fields.get(key)));
}

function eachOf(convert: Convert): Convert {
  const each: Convert = (value) => (Array.isArray(value) ? value.map(each) : (value ?? null) === null ? value : convert(value));
  return each;
}

/** Pairs to one object. Two equal keys would be one, as in JSON, where they are a fault of the row. */
function mapOf({ element, children }: SchemaTree, path: readonly string[]): Convert {
  const [keys, values] = children as [SchemaTree, SchemaTree];
  const [readKey, readValue] = [converterOf(keys, path), converterOf(values, path)];
  return (map) => {
    const pairs = (map as Record<string, Record<string, unknown>[] | undefined>)[element.name] ?? []; // as hyparquet gives a struct
    const entries = new Map<string, unknown>();
    for (const pair of pairs) {
      const key = String(readKey(pair[keys.element.name]));
      if (entries.has(key))
        throw new RowFault(`has the key ${JSON.stringify(key.slice(0, 60))} twice in the column "${path[0]}"; keep one`);
      entries.set(key, readValue(pair[values.element.name]) ?? null);
    }
    return Object.fromEntries(entries);
  };
}

function overFields(value: unknown, converterFor: (key: string) => Convert | undefined): unknown {
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, converterFor(key)?.(entry) ?? entry ?? null]));
}

function leafOf(element: SchemaElement, path: readonly string[]): Convert {
  if (isDecimal(element)) {
    const scale = element.scale ?? (element.logical_type?.type === 'DECIMAL' ? element.logical_type.scale : 0);
    return (value) => decimalText(value, scale);
  }
  if (isTimeOfDay(element)) return (value) => timeOfDay(value, element);
  const isText = element.converted_type === 'UTF8' || element.converted_type === 'JSON' || element.logical_type?.type === 'STRING';
  return (value) => {
    if (typeof value === 'number') return floatsOnly(element) ? floatValue(value) : value;
    if (typeof value === 'bigint') return value === BigInt.asIntN(54, value) && Number.isSafeInteger(Number(value)) ? Number(value) : value;
    if (!(value instanceof Uint8Array)) return value;
    const text = element.type === 'BYTE_ARRAY' ? textOfBytes(value) : undefined;
    if (text === undefined && isText)
      throw new RowFault(`has bytes in the column "${path[0]}" that are not UTF-8; write the column as text`);
    return text ?? { not_text: `${value.byteLength} bytes` };
  };
}

function floatsOnly({ type, logical_type }: SchemaElement): boolean {
  return type === 'FLOAT' || type === 'DOUBLE' || logical_type?.type === 'FLOAT16';
}

/** What hyparquet would convert otherwise or not at all; it reads such columns without their mark. */
export function isConvertedHere(element: SchemaElement): boolean {
  return isDecimal(element) || isMap(element) || element.converted_type === 'INTERVAL' || element.converted_type === 'BSON';
}

function isMap({ converted_type, logical_type }: SchemaElement): boolean {
  return converted_type === 'MAP' || converted_type === 'MAP_KEY_VALUE' || logical_type?.type === 'MAP';
}

function isDecimal(element: SchemaElement): boolean {
  return element.converted_type === 'DECIMAL' || element.logical_type?.type === 'DECIMAL';
}

/** The unscaled whole number, as hyparquet gives it for a plain column, with its point put back: digit for digit. */
function decimalText(value: unknown, scale: number): unknown {
  const unscaled = value instanceof Uint8Array ? bigEndian(value) : typeof value === 'number' ? BigInt(value) : value;
  if (typeof unscaled !== 'bigint') return value;
  if (scale <= 0) return String(unscaled * 10n ** BigInt(Math.min(-scale, 100)));
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

function bigEndian(bytes: Uint8Array): bigint {
  const hex = [...bytes.subarray(0, 64)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return BigInt.asIntN(4 * hex.length, BigInt(`0x${hex || '0'}`));
}

/** `digits`: how many of the stored number's last digits are finer than a millisecond. */
function timeText(millis: number, stored: bigint | number, unit: string, digits = 0): string {
  const date = new Date(millis);
  if (Number.isNaN(date.getTime())) return `${stored} ${unit} since 1970`;
  const unitsAMilli = 10n ** BigInt(digits);
  const finer = digits === 0 ? 0n : BigInt(stored) - floorDivide(BigInt(stored), unitsAMilli) * unitsAMilli;
  return finer === 0n ? date.toISOString() : date.toISOString().replace('Z', `${String(finer).padStart(digits, '0')}Z`);
}

function isTimeOfDay({ converted_type, logical_type }: SchemaElement): boolean {
  return converted_type === 'TIME_MILLIS' || converted_type === 'TIME_MICROS' || logical_type?.type === 'TIME';
}

/** `12:30:01.005`; what is outside a day stays a number. */
function timeOfDay(value: unknown, { converted_type, logical_type }: SchemaElement): unknown {
  if (typeof value !== 'number' && typeof value !== 'bigint') return value;
  const unit = logical_type?.type === 'TIME' ? logical_type.unit : converted_type === 'TIME_MILLIS' ? 'MILLIS' : 'MICROS';
  const digits = { MILLIS: 3, MICROS: 6, NANOS: 9 }[unit];
  const [seconds, finer] = [BigInt(value) / 10n ** BigInt(digits), BigInt(value) % 10n ** BigInt(digits)];
  if (value < 0 || seconds >= 86_400n) return value;
  const clock = new Date(Number(seconds) * 1000).toISOString().slice(11, 19);
  return finer === 0n ? clock : `${clock}.${String(finer).padStart(digits, '0')}`;
}

function floorDivide(value: bigint, by: bigint): bigint {
  return value / by - (value % by < 0n ? 1n : 0n);
}

function textOfBytes(bytes: Uint8Array | undefined): string | undefined {
  try {
    return bytes && UTF8.decode(bytes);
  } catch {
    return undefined; // Not UTF-8.
  }
}
