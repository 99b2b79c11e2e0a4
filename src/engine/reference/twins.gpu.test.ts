/** Every kernel against its float64 twin, on the default limits; and no kernel without a case. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNodeGpu } from '../../headless/adapter.ts';
import { Gpu } from '../gpu/device.ts';
import { kernels } from '../kernels/index.ts';
import { allTwins } from './index.ts';
import { runCase } from './self-test.ts';

let gpu: Gpu;
const covered = new Set<string>();
beforeAll(async () => {
  gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
});
afterAll(() => gpu.device.destroy());

describe.each(allTwins.map((t) => [t.op.name, t] as const))('%s', (_name, twin) => {
  it.each(twin.cases.map((c) => [c.title, c] as const))('%s', async (_title, c) => {
    gpu.device.pushErrorScope('validation');
    const result = await runCase(gpu, twin, c);
    for (const k of result.kernels) covered.add(k);
    expect(await gpu.device.popErrorScope()).toBeNull();
    expect(result.error).toBeLessThanOrEqual(result.tolerance);
  });
});

it('every kernel is reached by a case', () => {
  expect(kernels.map((k) => k.name).filter((name) => !covered.has(name))).toEqual([]);
});
