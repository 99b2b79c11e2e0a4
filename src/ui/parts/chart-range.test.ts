/** The y axis always has an extent, also of a single value: the first step of a run is drawn alone. */
import { describe, expect, it } from 'vitest';
import { fromData } from './chart-range.ts';

describe('the range of an axis', () => {
  it.each([
    [8.125, 8.125],
    [0.25, 0.25],
    [0, 0],
    [-3, -3],
    [1e-9, 1e-9],
    [2, 9],
    [8, 9],
    [-1, 1],
  ])('of %d to %d holds both and is wider than they are', (min, max) => {
    const [low, high] = fromData(null, min, max);
    expect(low).toBeLessThanOrEqual(min);
    expect(high).toBeGreaterThan(max);
    expect(high - low).toBeGreaterThan(Math.abs(max) * 1e-3);
  });

  it('begins at zero where that costs little', () => {
    expect(fromData(null, 1, 9)[0]).toBe(0);
    expect(fromData(null, 8, 9)[0]).toBeGreaterThan(7);
    expect(fromData(null, null, null)).toEqual([0, 1]);
  });
});
