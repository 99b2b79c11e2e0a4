/** What nobody waits for must not pass in silence. */
import { expect, it } from 'vitest';
import { openNodeGpu } from '../../headless/adapter.ts';
import { Gpu } from './device.ts';

it('a command that the GPU refuses is told to whoever waits next, once', async () => {
  const gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
  const [from, to] = [gpu.buffer(256, 'from'), gpu.buffer(128, 'to')];
  const encoder = gpu.device.createCommandEncoder();
  encoder.copyBufferToBuffer(from, 0, to, 0, 256); // longer than `to`
  gpu.device.queue.submit([encoder.finish()]);
  await expect(gpu.idle()).rejects.toThrow(/The GPU refused a command \(.+\)\./);
  await gpu.idle();
  gpu.close();
});
