/** A table longer than one binding: the embedding reads it in ranges of rows. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openNodeGpu } from '../../headless/adapter.ts';
import { Gpu } from '../gpu/device.ts';
import { DEFAULT_CAPABILITIES } from '../graph/op.ts';
import { plan } from '../graph/plan.ts';
import { embeddingTwin } from './embedding.ts';
import { runCase, traceCase } from './self-test.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
});
afterAll(() => gpu.device.destroy());

it.each(embeddingTwin.cases.map((c) => [c.title, c] as const))('%s', async (_title, c) => {
  const narrow = { ...DEFAULT_CAPABILITIES, maxStorageBufferBindingSize: 2400 };
  const { shape, dtype } = c.inputs.table!;
  const bytes = shape[0]! * shape[1]! * (dtype === 'bf16' ? 2 : 4);
  const { launches } = plan(traceCase(embeddingTwin, c).trace, narrow);
  expect(launches.length > 1).toBe(bytes > 2400);
  const result = await runCase(gpu, embeddingTwin, c, narrow);
  expect(result.error).toBe(0);
});
