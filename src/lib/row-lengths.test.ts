/** The length that keeps 99 % of the rows, rounded, within the model's positions. */
import { expect, it } from 'vitest';
import { countLonger, keepingLengths, lengthsBelow, roundLength } from './row-lengths.ts';

it.each([
  [1, 64],
  [64, 64],
  [65, 128],
  [1000, 1024],
  [1025, 1280],
  [8192, 8192],
  [8193, 9216],
])('%d tokens are rounded to %d', (tokens, rounded) => expect(roundLength(tokens)).toBe(rounded));

it('keeps all of few rows and 99 % of many', () => {
  const rows = (count: number, long: number) => Uint32Array.from({ length: count }, (_, i) => (i < long ? 5000 : 100));
  expect(keepingLengths(rows(50, 1))).toEqual({ most: 5120, all: 5120 });
  expect(keepingLengths(rows(100, 1))).toEqual({ most: 128, all: 5120 });
  expect(keepingLengths(rows(1000, 10))).toEqual({ most: 128, all: 5120 });
  expect(keepingLengths(rows(1000, 11))).toEqual({ most: 5120, all: 5120 });
  expect(keepingLengths(rows(1000, 11), 2048)).toEqual({ most: 2048, all: 2048 });
});

it('leaves rows out that are not counted', () => {
  expect(keepingLengths(new Uint32Array(0))).toBeNull();
  expect(keepingLengths(new Uint32Array(9))).toBeNull();
  expect(keepingLengths(Uint32Array.from([0, 0, 0, 70]))).toEqual({ most: 128, all: 128 });
  expect(countLonger(Uint32Array.from([0, 192, 193, 500]), 192)).toBe(2);
});

it('tries lengths downwards to the least', () => {
  expect(lengthsBelow(2048, 1000)).toEqual([2048, 1792, 1536, 1280, 1024, 1000]);
  expect(lengthsBelow(100, 64)).toEqual([100, 64]);
  expect(lengthsBelow(64, 64)).toEqual([64]);
});
