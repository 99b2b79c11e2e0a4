/** What cutting promises: every workgroup exactly once, no part above the limit where it can be below, all else as it was. */
import { expect, it } from 'vitest';
import { makeKernel } from '../gpu/kernel.ts';
import { cut, partsOf } from './cut.ts';
import { DEFAULT_CAPABILITIES, type Launch } from './op.ts';

/** Last parameters of a kernel that can be cut along a plane, or along a line. */
const PLANE = ['first_x', 'first_y'];
const LINE = ['first_x'];

function launch(last: readonly string[], workgroups: Launch['workgroups'], cost: number, maxCost?: number): Launch {
  const fields = ['n', ...last].map((name) => `${name}: u32`).join(', ');
  const text = `struct Params { ${fields} }\n@group(0) @binding(0) var<uniform> params: Params;`;
  const kernel = makeKernel('k', [{ path: 'k.wgsl', text }]);
  return { kernel, bind: {}, params: { n: 7 }, workgroups, cost, ...(maxCost !== undefined && { maxCost }) };
}

const limit = (maxLaunchCost: number) => ({ ...DEFAULT_CAPABILITIES, maxLaunchCost });

it('leaves a short launch whole, and one whose kernel cannot be cut', () => {
  const [whole, ...none] = cut(launch(PLANE, [3, 5, 1], 100), limit(100));
  expect(none).toEqual([]);
  expect(whole).toMatchObject({ workgroups: [3, 5, 1], cost: 100, params: { n: 7, first_x: 0, first_y: 0 } });
  const plain = launch([], [3, 5, 2], 100);
  expect(cut(plain, limit(1))).toEqual([plain]);
});

it.each([
  ['bands of rows', 40],
  ['single rows', 12],
  ['rows cut across', 3],
  ['single workgroups', 0.1],
])('covers a plane once: %s', (_title, max) => {
  const seen = new Map<string, number>();
  const parts = cut(launch(PLANE, [7, 11, 1], 110), limit(max));
  for (const { workgroups, params } of parts) {
    for (let x = 0; x < workgroups[0]; x++) {
      for (let y = 0; y < workgroups[1]; y++) {
        const at = `${params.first_x! + x} ${params.first_y! + y}`;
        seen.set(at, (seen.get(at) ?? 0) + 1);
      }
    }
  }
  expect(seen.size).toBe(77);
  expect(new Set(seen.values())).toEqual(new Set([1]));
  expect(parts.reduce((n, p) => n + p.cost!, 0)).toBeCloseTo(110);
  for (const { cost, workgroups } of parts) expect(cost! <= max || (workgroups[0] === 1 && workgroups[1] === 1)).toBe(true);
});

it('covers a line once, folded or not, without a fold in any part', () => {
  const parts = cut(launch(LINE, [65535, 2, 1], 1e6), limit(4e5));
  let next = 0;
  for (const { params, workgroups } of parts) {
    expect(params.first_x).toBe(next);
    expect(workgroups.slice(1)).toEqual([1, 1]);
    expect(workgroups[0]).toBeLessThanOrEqual(65535);
    next += workgroups[0];
  }
  expect(next).toBe(2 * 65535);
  expect(parts.length).toBe(3);
});

it('is cut by its upper bound, to twice the limit where cost depends on data', () => {
  const parts = cut(launch(PLANE, [1, 8, 1], 80, 160), limit(20));
  expect(parts.map((p) => p.workgroups)).toEqual(Array(4).fill([1, 2, 1]));
  expect(parts.map((p) => p.cost)).toEqual([20, 20, 20, 20]);
});

it('counts the parts without making them', () => {
  const shapes = [PLANE, LINE, []].flatMap((last) =>
    [[1, 1, 1] as const, [7, 11, 1] as const, [65535, 3, 1] as const].map((w) => launch(last, w, 1e4)),
  );
  for (const whole of shapes) {
    for (const max of [0.1, 3, 60, 999, 1e4, Number.POSITIVE_INFINITY]) {
      if (max < 1 && whole.workgroups[0] > 7) continue; // as many parts as workgroups: slow to make, and like the others
      expect(partsOf(whole, limit(max))).toBe(cut(whole, limit(max)).length);
    }
  }
});
