/** Each registry record says what its WGSL says: bindings with access, the order of `Params`, the overrides, the entry point. */
import { describe, expect, it } from 'vitest';
import { kernels } from './index.ts';

describe.each(kernels.map((k) => [k.name, k] as const))('%s', (_name, kernel) => {
  const source = kernel.source.replace(/\/\/[^\n]*/g, '');
  it('binds what the shader declares', () => {
    const declared = Object.fromEntries(
      [...source.matchAll(/@group\(0\)\s*@binding\((\d+)\)\s*var<storage,\s*(read_write|read)>\s*(\w+)/g)].map((m) => [
        m[3]!,
        { binding: Number(m[1]), access: m[2] },
      ]),
    );
    expect(kernel.bindings).toEqual(declared);
    expect(Object.keys(declared).length).toBeLessThanOrEqual(8);
    expect(source).toMatch(/@group\(0\)\s*@binding\(0\)\s*var<uniform>\s*params:\s*Params/);
  });
  it('lists the fields of Params in order', () => {
    const body = /struct Params\s*{([^}]*)}/.exec(source)?.[1] ?? '';
    const fields = [...body.matchAll(/(\w+)\s*:\s*(\w+)/g)].map((m) => [m[1]!, m[2]!]);
    expect(Object.entries(kernel.params)).toEqual(fields);
    expect(fields.length * 4).toBeLessThanOrEqual(256);
  });
  it('lists the overrides and has the entry point', () => {
    expect([...(kernel.overrides ?? [])].sort()).toEqual([...source.matchAll(/\boverride\s+(\w+)/g)].map((m) => m[1]!).sort());
    expect(source).toMatch(new RegExp(`@compute[^{]*fn ${kernel.entry}\\(`));
  });
});

it('kernel names are unique', () => {
  expect(new Set(kernels.map((k) => k.name)).size).toBe(kernels.length);
});
