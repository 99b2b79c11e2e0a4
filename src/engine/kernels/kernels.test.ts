/** Every kernel's files can be read, and every file belongs to a kernel. */
import { describe, expect, it } from 'vitest';
import { kernels } from './index.ts';
import { shader, shaders } from './shaders.ts';

describe.each(kernels.map((k) => [k.name, k] as const))('%s', (_name, kernel) => {
  it('declares what a launch needs', () => {
    expect(kernel.workgroup.length).toBeGreaterThan(0); // the entry point exists
    expect(Object.values(kernel.bindings).some(({ access }) => access === 'read_write')).toBe(true);
  });
  it('has the parameters of cut launches last', () => {
    const names = Object.keys(kernel.params);
    const cut = names.filter((name) => name === 'first_x' || name === 'first_y');
    expect(names.slice(names.length - cut.length)).toEqual(cut);
    expect([[], ['first_x'], ['first_x', 'first_y']]).toContainEqual(cut);
  });
});

it('kernel names are unique', () => {
  expect(new Set(kernels.map((k) => k.name)).size).toBe(kernels.length);
});

it('every shader is part of a kernel', () => {
  const used = new Set(kernels.flatMap((k) => k.files));
  expect([...shaders.values()].filter((file) => !used.has(file)).map(({ path }) => path)).toEqual([]);
});

it('a path without a file throws', () => {
  expect(() => shader('linear/linear.sideways')).toThrow('There is no shaders/linear/linear.sideways.wgsl.');
});
