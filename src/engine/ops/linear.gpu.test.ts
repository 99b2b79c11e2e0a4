/** Weights larger than one binding are read in ranges of rows: the cases of linear layers again, on a device said to bind very little. */
import { expect, it } from 'vitest';
import { openNodeGpu } from '../../headless/adapter.ts';
import { Gpu } from '../gpu/device.ts';
import { DEFAULT_CAPABILITIES } from '../graph/op.ts';
import { linearTransposedTwin, linearTwin } from '../reference/linear.ts';
import { runCase } from '../reference/self-test.ts';
import type { Case } from '../reference/twin.ts';

const normal = { kind: 'normal' } as const;
const capabilities = { ...DEFAULT_CAPABILITIES, maxStorageBufferBindingSize: 600 * 12 * 2 - 1 };
const weight = { shape: [600, 12], dtype: 'bf16', fill: normal } as const;

it.each([
  ['forward, many rows', linearTwin, { x: { shape: [20, 12], fill: normal }, weight, add: { shape: [20, 600], fill: normal } }],
  ['forward, few rows', linearTwin, { x: { shape: [3, 12], fill: normal }, weight, bias: { shape: [600], fill: normal } }],
  ['transposed', linearTransposedTwin, { x: { shape: [20, 600], fill: normal }, weight, add: { shape: [20, 12], fill: normal } }],
] as const)('%s in shards', async (title, twin, inputs) => {
  const gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
  const result = await runCase(gpu, twin, { title, inputs, attrs: { scale: 1 } } as unknown as Case, capabilities);
  expect(result.error).toBeLessThanOrEqual(result.tolerance);
  gpu.device.destroy();
});
