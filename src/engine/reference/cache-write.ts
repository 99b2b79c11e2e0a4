/** Twin of the write into the key/value cache, and its cases. */
import { cacheWriteOp } from '../ops/cache-write.ts';
import { twin } from './twin.ts';

const normal = { kind: 'normal' } as const;

export const cacheWriteTwin = twin(
  cacheWriteOp,
  ({ k, v, line }, { lines }, { k_cache, v_cache }) => {
    const width = k.shape[1]!;
    const [keys, values] = [k_cache!.data.slice(), v_cache!.data.slice()];
    line.data.forEach((to, t) => {
      if (to >= lines) return;
      for (let i = 0; i < width; i++) {
        keys[to * width + i] = k.data[t * width + i]!;
        values[to * width + i] = v.data[t * width + i]!;
      }
    });
    return { k_cache: { shape: k_cache!.shape, data: keys }, v_cache: { shape: v_cache!.shape, data: values } };
  },
  [
    { title: 'one token', lines: 10, width: 16, line: [9] },
    { title: 'lines in any order, padding skipped', lines: 24, width: 24, line: [6, 7, 16, 24, 0, 0xffffffff] },
  ].map(({ title, lines, width, line }) => ({
    title,
    inputs: {
      k: { shape: [line.length, width], fill: normal },
      v: { shape: [line.length, width], fill: normal },
      line: { shape: [line.length], dtype: 'u32', fill: { kind: 'values', values: line } },
    },
    attrs: { lines },
    into: { k_cache: { shape: [lines, width], fill: normal }, v_cache: { shape: [lines, width], fill: normal } },
  })),
);
