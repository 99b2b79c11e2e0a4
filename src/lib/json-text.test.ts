import { describe, expect, it } from 'vitest';
import { jsonText } from './json-text.ts';
import { pythonFloat } from './python-float.ts';

describe('numbers as text', () => {
  it('a bigint is written as a number', () => {
    expect(JSON.stringify({ a: [1, 'x'] }, null, 2)).toBe(jsonText({ a: [1, 'x'] }));
    expect(jsonText({ a: [653247040368672769n, -1n, '7'] })).toBe('{\n  "a": [\n    653247040368672769,\n    -1,\n    "7"\n  ]\n}');
    expect(jsonText(undefined)).toBe('undefined');
  });

  // JSON.stringify spells it as a whole number, which in a row would be a bigint.
  it('a float beyond 2^53 is one, also in JSON', () => {
    expect(jsonText([1e16, 1e22, -123456789012345680, 7], 0)).toBe('[1e+16,1e+22,-1.2345678901234568e+17,7]');
  });

  it('a float is written as Python writes it', () => {
    const floats = [1, -0, 0, 0.1, 1e15, 1e16, 123456789012345680, 1e-4, 1e-5, 1.5e-7, 1e22, Number.NaN, -Infinity];
    expect(floats.map(pythonFloat)).toEqual(
      ['1.0', '-0.0', '0.0', '0.1', '1000000000000000.0', '1e+16', '1.2345678901234568e+17', '0.0001', '1e-05', '1.5e-07', '1e+22'].concat([
        'NaN',
        '-Infinity',
      ]),
    );
  });
});
