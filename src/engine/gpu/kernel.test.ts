/** A kernel is read when it is first needed, and its lines lead back to its files. */
import { expect, it } from 'vitest';
import { makeKernel, placeOf } from './kernel.ts';

const piece = { path: 'piece.wgsl', text: '// one\nfn two() {}\n' };
const body = {
  path: 'body.wgsl',
  text: 'struct Params { n: u32 }\n@group(0) @binding(0) var<uniform> params: Params;\n@compute @workgroup_size(8, 2) fn main() {}\n',
};

it('throws at the first use of what cannot be read, not where it is named', () => {
  const broken = makeKernel('broken', [piece]);
  expect(() => broken.params).toThrow('piece.wgsl: there is no uniform');
  const noEntry = makeKernel('k', [piece, body], 'narrow');
  expect(noEntry.params).toEqual({ n: 'u32' });
  expect(() => noEntry.workgroup).toThrow('body.wgsl: there is no entry point narrow.');
  expect(makeKernel('k', [piece, body]).workgroup).toEqual([8, 2]);
});

it('finds every line of the source in its file', () => {
  const kernel = makeKernel('k', [piece, body]);
  const lines = kernel.source.split('\n');
  const place = (text: string) => placeOf(kernel, lines.indexOf(text) + 1);
  expect(place('fn two() {}')).toBe('piece.wgsl:2');
  expect(place('struct Params { n: u32 }')).toBe('body.wgsl:1');
  expect(place('@compute @workgroup_size(8, 2) fn main() {}')).toBe('body.wgsl:3');
  expect(placeOf(kernel, 99)).toBe('line 99');
});
