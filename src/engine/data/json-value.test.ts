import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJsonValue } from './json-value.ts';

const parsed = (text: string): unknown => {
  const reading = readJsonValue(text, true);
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

  it('a float that becomes text is spelled as Python spells it; in arguments and weights it stays a number', () => {
    expect(parsed('{"answer": 1.0, "b": 1e3, "c": 0.5, "d": 1e-7, "e": -0.0, "list": [1.0]}')).toEqual({
      answer: '1.0',
      b: '1000.0',
      c: 0.5,
      d: '1e-07',
      e: '-0.0',
      list: [1],
    });
    expect(parsed('{"messages": [{"weight": 0.0, "content": 2.0, "tool_calls": [{"arguments": {"x": 1.0}}]}]}')).toEqual({
      messages: [{ weight: 0, content: '2.0', tool_calls: [{ arguments: { x: 1 } }] }],
    });
  });

  // Tool arguments that are JSON text: a quoted "1.0" would be another argument.
  it('a float stays a number where the text is not a row', () => {
    expect(readJsonValue('{"x": 1.0, "y": NaN, "z": 653247040368672769}')).toEqual({ value: { x: 1, y: null, z: 653247040368672769n } });
  });

  // Python's json.dumps writes them; pandas leaves them wherever a value is missing.
  it('NaN and Infinity are null, also as numbers too large for a double', () => {
    expect(parsed('{"a": NaN, "b": [Infinity, -Infinity], "c": 1e999}')).toEqual({ a: null, b: [null, null], c: null });
    expect(parsed('{"a": NaNs}')).toMatch(/is not valid JSON/);
  });

  it.each([
    ['{"a": 1, "a": 2}', 'has the key "a" twice in one object; keep one'],
    ['{"x": [{"a": 1, "\\u0061": 1}]}', 'has the key "a" twice in one object; keep one'],
    ['{"question": "broken \\ud83d emoji"}', 'has half of a surrogate pair in "question", so its text is damaged; mend it or take it out'],
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
