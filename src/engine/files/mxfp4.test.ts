import { describe, expect, it } from 'vitest';
import { decodeBf16, decodeF16 } from './dtypes.ts';
import { decodeMxfp4 } from './mxfp4.ts';

/** Byte t holds nibbles 2t+1 and 2t+2 modulo 16: 0x21, 0x43, ..., then the negative half ends in 0xF9. */
const golden = Uint8Array.of(0x21, 0x43, 0x65, 0x87, 0xa9, 0xcb, 0xed, 0x0f, 0x21, 0x43, 0x65, 0x87, 0xa9, 0xcb, 0xed, 0xf9);

describe('decodeMxfp4', () => {
  it('reads low nibble first and applies the scale', () => {
    const double = decodeMxfp4(golden, Uint8Array.of(128));
    expect([...double.slice(0, 2), ...double.slice(30)]).toEqual([1, 2, -1, -12]);
    expect([...decodeMxfp4(golden, Uint8Array.of(127)).slice(0, 7)]).toEqual([0.5, 1, 1.5, 2, 3, 4, 6]);
  });

  it('has one scale for each 32 values', () => {
    const two = decodeMxfp4(Uint8Array.from([...golden, ...golden]), Uint8Array.of(127, 120));
    expect([...two.slice(32)]).toEqual([...two.slice(0, 32)].map((value) => value / 128));
  });

  it('refuses blocks and scales that do not belong together', () => {
    expect(() => decodeMxfp4(golden, Uint8Array.of(127, 127))).toThrow(RangeError);
  });
});

describe('half-width floats', () => {
  const bytes = (...halves: number[]): Uint8Array<ArrayBuffer> => new Uint8Array(Uint16Array.from(halves).buffer);

  it('widens bf16 exactly', () => {
    expect([...decodeBf16(bytes(0x3f80, 0xc2f7, 0x0001, 0x7f80))]).toEqual([1, -123.5, 2 ** -133, Number.POSITIVE_INFINITY]);
  });

  it('widens f16 exactly, subnormals and infinities included', () => {
    expect([...decodeF16(bytes(0x3c00, 0xc000, 0x0001, 0x03ff, 0x7bff, 0xfc00, 0x8000))]).toEqual([
      1,
      -2,
      2 ** -24,
      1023 * 2 ** -24,
      65504,
      Number.NEGATIVE_INFINITY,
      -0,
    ]);
    expect(decodeF16(bytes(0x7e00))[0]).toBeNaN();
  });

  it('reads from a view that lies askew in its buffer', () => {
    const askew = Uint8Array.of(9, ...bytes(0x3f80)).subarray(1);
    expect([...decodeBf16(askew)]).toEqual([1]);
  });
});
