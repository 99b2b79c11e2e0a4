/** Twins of packing to 16-bit integers with a shared exponent, and back: exact to the bit. */
import { packInt16Op, unpackInt16Op } from '../ops/int16.ts';
import { twin, zeros } from './twin.ts';

const [GROUP, WORD] = [16, 64];

/** To the nearest, ties to even, as WGSL's `round`. */
function round(v: number): number {
  const down = Math.floor(v);
  if (v - down !== 0.5) return Math.round(v);
  return down % 2 === 0 ? down : down + 1;
}

export const packInt16Twin = twin(
  packInt16Op,
  ({ x }) => {
    const [rows, width] = x.shape as [number, number];
    const exponents = Math.ceil(width / WORD);
    const packed = zeros([rows, width / 2 + exponents]);
    for (let row = 0; row < rows; row++) {
      const at = row * (width / 2 + exponents);
      for (let g = 0; g < exponents * (WORD / GROUP); g++) {
        const values = x.data.subarray(row * width + Math.min(width, g * GROUP), row * width + Math.min(width, (g + 1) * GROUP));
        const peak = values.reduce((m, v) => Math.max(m, Math.abs(v)), 2 ** -111);
        const e = Math.floor(Math.log2(peak)) + 128;
        packed.data[at + width / 2 + Math.floor(g / 4)]! += e * 256 ** (g % 4);
        values.forEach((v, i) => {
          const integer = Math.min(32767, round(v * 2 ** (127 - e + 15)));
          packed.data[at + Math.floor((g * GROUP + i) / 2)]! += ((integer + 65536) % 65536) * (i % 2 ? 65536 : 1);
        });
      }
    }
    return { packed };
  },
  (
    [
      { title: 'partial groups', shape: [5, 132], fill: { kind: 'normal' } },
      { title: 'one quad', shape: [3, 4], fill: { kind: 'values', values: [1, -0.5, 0, 3] } },
      { title: 'beyond the range of f16', shape: [9, 64], fill: { kind: 'normal', scale: 3e6 } },
      {
        title: 'of very different size',
        shape: [2, 64],
        fill: { kind: 'values', values: [3e6, -1024, 0, -1, 0.99999994, 2 ** -9, 1e-30] },
      },
      { title: 'zeros and what f32 barely holds', shape: [1, 68], fill: { kind: 'values', values: [0, 0, 0, 1e-37] } },
    ] as const
  ).map(({ title, shape, fill }) => ({ title, inputs: { x: { shape, fill } }, attrs: {}, tolerance: 0 })),
);

export const unpackInt16Twin = twin(
  unpackInt16Op,
  ({ packed }, { width }) => {
    const [rows, words] = packed.shape as [number, number];
    const x = zeros([rows, width]);
    for (let i = 0; i < x.data.length; i++) {
      const at = Math.floor(i / width) * words;
      const column = i % width;
      const bits = Math.floor(packed.data[at + Math.floor(column / 2)]! / (column % 2 ? 65536 : 1)) % 65536;
      const e = Math.floor(packed.data[at + width / 2 + Math.floor(column / WORD)]! / 256 ** (Math.floor(column / GROUP) % 4)) % 256;
      x.data[i] = (bits < 32768 ? bits : bits - 65536) * 2 ** (e - 127 - 15);
    }
    return { x };
  },
  [
    {
      title: 'integers of both signs, four exponents, a partial group',
      inputs: {
        packed: {
          shape: [2, 36],
          dtype: 'u32',
          fill: { kind: 'values', values: [...Array.from({ length: 34 }, (_, i) => (i * 0x9e3779b1) % 2 ** 32), 0x7f837a90, 0x80818283] },
        },
      },
      attrs: { width: 68 },
      tolerance: 0,
    },
  ],
);
