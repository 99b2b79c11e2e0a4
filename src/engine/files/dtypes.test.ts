/** The search for NaN and infinity looks at exponents two at a time: every half-width float, and every place in and around its blocks. */
import { describe, expect, it } from 'vitest';
import { decodeFloats, firstNotFinite, placeOf } from './dtypes.ts';
import type { Bytes } from './source.ts';

const bytesOf = (values: Uint16Array<ArrayBuffer> | Float32Array<ArrayBuffer>): Bytes => new Uint8Array(values.buffer);

describe('firstNotFinite', () => {
  it.each(['BF16', 'F16'] as const)('knows each of the 65,536 values of %s, as either half of a word', (dtype) => {
    for (let bits = 0; bits < 65_536; bits++) {
      for (const [index, pair] of [Uint16Array.of(bits, 0x1234), Uint16Array.of(0x1234, bits)].entries()) {
        const value = decodeFloats('x', dtype, bytesOf(pair))[index]!;
        const found = firstNotFinite(dtype, bytesOf(pair));
        if (Number.isFinite(value) ? found !== null : found?.index !== index || !Object.is(found.value, value))
          expect.fail(`${dtype} ${bits.toString(16)} at ${index}: ${JSON.stringify(found)}`);
      }
    }
  });

  it('knows f32, at every edge of a block and in the odd half word at the end', () => {
    const length = 2 ** 14 * 2 + 3;
    const largest = 3.4028234663852886e38;
    for (const at of [0, 1, 2 ** 14 - 1, 2 ** 14, 2 ** 15, length - 1]) {
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
        const values = new Float32Array(length).fill(-largest);
        values[at] = value;
        expect(firstNotFinite('F32', bytesOf(values))).toEqual({ index: at, value });
        const halves = new Uint16Array(length).fill(0xff7f);
        halves[at] = 0x7fc0;
        expect(firstNotFinite('BF16', bytesOf(halves))).toEqual({ index: at, value: Number.NaN });
      }
    }
    expect(firstNotFinite('F32', bytesOf(new Float32Array(length).fill(largest)))).toBeNull();
    expect(firstNotFinite('F32', new Uint8Array(0))).toBeNull();
  });

  it('reads bytes that lie askew, and leaves other dtypes alone', () => {
    const around = new Uint8Array(2 + 8);
    around.set(bytesOf(Float32Array.of(1, Number.NaN)), 2);
    expect(firstNotFinite('F32', around.subarray(2))).toEqual({ index: 1, value: Number.NaN });
    expect(firstNotFinite('U8', new Uint8Array(8).fill(255))).toBeNull();
  });
});

it('a place counts the last dimension fastest', () => {
  expect([placeOf(0, [2, 3]), placeOf(5, [2, 3]), placeOf(7, [2, 2, 2]), placeOf(4, [9])]).toEqual([
    '[0, 0]',
    '[1, 2]',
    '[1, 1, 1]',
    '[4]',
  ]);
});
