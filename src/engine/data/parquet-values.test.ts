import type { SchemaElement, SchemaTree } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { floatValue } from '../../lib/python-float.ts';
import { converterOf, PARSERS, RowFault } from './parquet-values.ts';

const node = (element: Partial<SchemaElement>, ...children: SchemaTree[]): SchemaTree => ({
  element: { name: 'answer', repetition_type: 'OPTIONAL', ...element },
  children,
  count: 1,
  path: ['answer'],
});
const convert = (element: Partial<SchemaElement>, value: unknown): unknown => converterOf(node(element))(value);

describe('a value of a Parquet column', () => {
  it.each<[string, Partial<SchemaElement>, unknown, unknown]>([
    ['INT64 beyond 2^53', { type: 'INT64' }, 653247040368672769n, 653247040368672769n],
    ['INT64 within', { type: 'INT64' }, -9007199254740991n, -9007199254740991],
    ['NaN', { type: 'DOUBLE' }, Number.NaN, null],
    ['a whole double', { type: 'DOUBLE' }, 1, floatValue(1)],
    ['infinity', { type: 'DOUBLE' }, Number.POSITIVE_INFINITY, null],
    ['an INT32', { type: 'INT32' }, 1, 1],
    ['bytes that are text', { type: 'BYTE_ARRAY' }, new TextEncoder().encode('é'), 'é'],
    ['bytes that are none', { type: 'BYTE_ARRAY' }, new Uint8Array([0xff, 0xfe]), { not_text: '2 bytes' }],
    ['a decimal as INT64', { type: 'INT64', converted_type: 'DECIMAL', scale: 2 }, -5n, '-0.05'],
    ['a decimal by its logical type', { type: 'INT32', logical_type: { type: 'DECIMAL', scale: 1, precision: 9 } }, 15, '1.5'],
    ['a decimal as bytes', { type: 'BYTE_ARRAY', converted_type: 'DECIMAL', scale: 0 }, new Uint8Array([0xff]), '-1'],
    ['null', { type: 'DOUBLE' }, null, null],
    ['a repeated value', { type: 'INT64' }, [1n, 2n], [1, 2]],
  ])('%s', (_, element, value, expected) => {
    expect(convert(element, value)).toEqual(expected);
  });

  it('times keep what is finer than a millisecond, also before 1970', () => {
    expect(PARSERS.timestampFromMicroseconds!(1577934245678901n)).toBe('2020-01-02T03:04:05.678901Z');
    expect(PARSERS.timestampFromMicroseconds!(-1n)).toBe('1969-12-31T23:59:59.999999Z');
    expect(PARSERS.timestampFromNanoseconds!(1_000_001n)).toBe('1970-01-01T00:00:00.001000001Z');
    expect(PARSERS.dateFromDays!(18263)).toBe('2020-01-02');
  });

  it.each<[Partial<SchemaElement>, unknown, unknown]>([
    [{ type: 'INT32', converted_type: 'TIME_MILLIS' }, 45_001_005, '12:30:01.005'],
    [{ type: 'INT64', converted_type: 'TIME_MICROS' }, 86_399_000_000n, '23:59:59'],
    [{ type: 'INT64', logical_type: { type: 'TIME', isAdjustedToUTC: false, unit: 'NANOS' } }, 5n, '00:00:00.000000005'],
    [{ type: 'INT64', converted_type: 'TIME_MICROS' }, 86_400_000_000n, 86_400_000_000n],
  ])('a time of day is one: %j, %s', (element, value, expected) => {
    expect(convert(element, value)).toEqual(expected);
  });

  // TextDecoder put U+FFFD in their place.
  it('text that is not UTF-8 is a fault of its row', () => {
    expect(() => convert({ type: 'BYTE_ARRAY', converted_type: 'UTF8' }, new Uint8Array([0xff]))).toThrow(RowFault);
  });
});
