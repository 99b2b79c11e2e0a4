import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonText } from '../../lib/json-text.ts';
import { floatValue } from '../../lib/python-float.ts';
import { pythonJson } from '../chat/python-json.ts';
import { textOf } from './fields.ts';
import { readJsonValue } from './json-value.ts';

const parsed = (text: string): unknown => {
  const reading = readJsonValue(text);
  return 'value' in reading ? reading.value : reading.fault;
};

describe('the JSON of a row', () => {
  it('is what JSON.parse makes of it where nothing is lost', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const text = JSON.stringify(value);
        if (/[.eE]|\d{16}|\\u[dD]/.test(text)) return;
        expect(readJsonValue(text)).toEqual({ value: JSON.parse(text) });
      }),
    );
  });

  it('whole numbers beyond 2^53 keep their digits, at any depth', () => {
    expect(parsed('{"a": 653247040368672769, "b": [{"c": -9007199254740993, "d": 9007199254740991}]}')).toEqual({
      a: 653247040368672769n,
      b: [{ c: -9007199254740993n, d: 9007199254740991 }],
    });
    expect(parsed('{"a": "653247040368672769 and 1.0 and NaN", "653247040368672769": 1}')).toEqual({
      a: '653247040368672769 and 1.0 and NaN',
      '653247040368672769': 1,
    });
  });

  // Printed by Python: {"a": 1.0, ...}. JSON.parse makes 1 of 1.0.
  it('floats and whole numbers are told apart wherever they stand, and print as Python prints them', () => {
    const text = '{"a": 1.0, "b": 1e3, "c": 0.5, "d": 1e-7, "e": -0.0, "f": -0, "list": [1, 1.0, 1e16, 2.50, 1E2, 1e-999]}';
    expect(pythonJson(parsed(text))).toBe(
      '{"a": 1.0, "b": 1000.0, "c": 0.5, "d": 1e-07, "e": -0.0, "f": 0, "list": [1, 1.0, 1e+16, 2.5, 100.0, 0.0]}',
    );
    expect(textOf(parsed('2.0'))).toBe('2.0');
    expect(textOf(parsed('[2.0]'))).toBe('2.0');
    expect(jsonText(parsed('{"a": [1.0, -0.0, 1e-7, 12345678901234567890]}'), 0)).toBe('{"a":[1.0,-0.0,1e-07,12345678901234567890]}');
  });

  it('any JSON prints as it was written, in the spelling of Python', () => {
    const number = fc.oneof(
      fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
      fc.double({ noDefaultInfinity: true, noNaN: true }).map(floatValue),
    );
    fc.assert(
      fc.property(fc.array(fc.dictionary(fc.string(), number)), (value) => {
        expect(pythonJson(parsed(pythonJson(value)))).toBe(pythonJson(value));
      }),
      { seed: 10, numRuns: 300 },
    );
  });

  // Python's json.dumps writes them; pandas leaves them wherever a value is missing.
  it('NaN and Infinity are null', () => {
    expect(parsed('{"a": NaN, "b": [Infinity, -Infinity]}')).toEqual({ a: null, b: [null, null] });
    expect(parsed('{"a": NaNs}')).toMatch(/is not valid JSON/);
    // Numbers whose digits are kept pass JSON.parse as texts, which are also keys.
    for (const key of ['12345678901234567890', '1.0', '-0', '1e999', 'NaN'])
      expect(parsed(`{${key}: 1}`), key).toMatch(/is not valid JSON|too large/);
  });

  it.each([
    ['{"a": 1, "a": 2}', 'has the key "a" twice in one object; keep one'],
    ['{"x": [{"a": 1, "\\u0061": 1}]}', 'has the key "a" twice in one object; keep one'],
    ['{"question": "broken \\ud83d emoji"}', 'has half of a surrogate pair in "question", so its text is damaged; mend it or take it out'],
    ['{"x": 1e999}', 'has the number 1e999, which is too large for a float; write it as text'],
    [`{"x": -${'9'.repeat(4300)}}`, 'has a whole number of 4301 digits, more than 4300; write it as text'],
    ['{"m": [{"content": "\\uDE00"}]}', 'has half of a surrogate pair in "content", so its text is damaged; mend it or take it out'],
    [`${'['.repeat(100_000)}${']'.repeat(100_000)}`, 'is nested more than 256 levels deep; a row must be flatter'],
    [`${'{"a":'.repeat(100_000)}1.5${'}'.repeat(100_000)}`, 'is nested more than 256 levels deep; a row must be flatter'],
  ])('%.40s is a fault of the row', (text, fault) => {
    expect(readJsonValue(text)).toEqual({ fault });
  });

  it('whole pairs are no fault', () => {
    expect(parsed('{"a": "\\ud83d\\ude00"}')).toEqual({ a: '😀' });
  });

  it('text that is no number, no JSON, or only quotes and backslashes takes no time', () => {
    const started = performance.now();
    for (const text of [
      '"'.repeat(1e6),
      '\\'.repeat(1e6),
      `"${'\\"'.repeat(1e6)}`,
      '-'.repeat(1e6),
      '1.'.repeat(1e6),
      `[${'9'.repeat(1e6)}]`,
    ])
      readJsonValue(text);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
