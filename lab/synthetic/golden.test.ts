/** The function of a synthetic checkpoint against its statement in Python, byte for byte, at the beginning, in the middle and beyond 1 GB. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AdapterTarget } from '../../src/engine/files/adapter-plan.ts';
import { syntheticAdapter } from './adapter.ts';
import { TensorBytes } from './tensor-bytes.ts';

interface Place {
  seed: number;
  name: string;
  shape: number[];
}
const goldens = JSON.parse(readFileSync('e2e/fixtures/scale/golden-bytes.json', 'utf8')) as {
  tensors: (Place & { bytes: number; sha256: string })[];
  samples: (Place & { offset: number; hex: string })[];
  adapter: { seed: number; key: string; shape: [number, number]; values: number[] };
};
const source = ({ seed, name, shape }: Place): TensorBytes => new TensorBytes({ name, shape, dtype: 'U8', bytes: 0 }, seed);

describe('whole tensors', () => {
  it.each(goldens.tensors.map((t) => [`${t.name}, seed ${t.seed}`, t] as const))('%s', (_title, golden) => {
    const bytes = source(golden).read(0, golden.bytes);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(golden.sha256);
  });
});

describe('places in tensors of the published shape', () => {
  it.each(goldens.samples.map((s) => [`${s.name} at ${s.offset}`, s] as const))('%s', (_title, golden) => {
    expect(Buffer.from(source(golden).read(golden.offset, 10)).toString('hex')).toBe(golden.hex);
  });
});

describe('what the numbers are like', () => {
  it('scale bytes lie in 115..136 and dequantise to a standard deviation of 0.0261', () => {
    const name = 'model.layers.0.mlp.experts.down_proj_scales';
    const scales = source({ seed: 1, name, shape: [1] }).read(0, 1 << 20);
    expect(Math.min(...new Set(scales))).toBe(115);
    expect(Math.max(...new Set(scales))).toBe(123);
    // The mean square of the 16 values of a nibble is 8.5625.
    const square = scales.reduce((sum, s) => sum + 8.5625 * 4 ** (s - 127), 0) / scales.length;
    expect(Math.sqrt(square)).toBeCloseTo(0.0261, 4);
  });

  it('a matrix has mean 0 and variance 1 / fan-in', () => {
    const half = new Uint16Array(source({ seed: 3, name: 'a.weight', shape: [1, 2880] }).read(0, 1 << 20).buffer);
    const values = new Float32Array(Uint32Array.from(half, (bits) => bits << 16).buffer);
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const variance = values.reduce((sum, v) => sum + v * v, 0) / values.length;
    expect(Math.abs(mean)).toBeLessThan(1e-4);
    expect(variance * 2880).toBeCloseTo(1, 2);
  });
});

it('adapter tensors are the same function, in the layout of PEFT', () => {
  const { seed, key, shape, values } = goldens.adapter;
  const [out, columns] = shape;
  const target = {
    path: 'x',
    kind: 'module',
    in: 32,
    out,
    experts: 1,
    r: columns,
    alpha: 1,
    scale: 1,
    keyA: 'a',
    keyB: key,
  } as AdapterTarget;
  expect([...syntheticAdapter([target], seed).get(key)!.subarray(0, values.length)]).toEqual(values);
});
