import { expect, it } from 'vitest';
import { parsePythonJson } from './parse-json.ts';

it('reads what Python writes, and refuses depth that overflows whatever walks the value', () => {
  expect(parsePythonJson('{"a": [1.5, NaN, -Infinity]}')).toEqual({ a: [1.5, 'NaN', '-Infinity'] });
  for (const levels of [300, 5000, 100_000])
    expect(() => parsePythonJson(`{"a": ${'['.repeat(levels)}${']'.repeat(levels)}}`)).toThrow(/too deep in each other/);
});
