/** The log-sum-exp that attention hands to its backward, against the twin; the common table of cases leaves it out. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openNodeGpu } from '../../headless/adapter.ts';
import { Gpu } from '../gpu/device.ts';
import { attentionTwin } from './attention.ts';
import { runCase } from './self-test.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
});
afterAll(() => gpu.device.destroy());

it.each(attentionTwin.cases.map((c) => [c.title, c] as const))('lse: %s', async (_title, c) => {
  const result = await runCase(gpu, { ...attentionTwin, scratch: [] }, c);
  expect(result.error).toBeLessThanOrEqual(result.tolerance);
});
