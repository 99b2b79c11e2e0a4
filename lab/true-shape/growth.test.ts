/**
 * `npm run check:scale -- growth`: an optimizer step of one full-attention layer of gpt-oss-20b's widths at 128, 512 and 2,048 tokens. By CPU time, all
 * but attention may grow no faster than the tokens (one part in ten is left to a machine that does other things too), and submits keep to 100 ms.
 */
import { cpus } from 'node:os';
import { expect, it } from 'vitest';
import { Gpu } from '../../src/engine/gpu/device.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { benchScale } from '../bench/scale.ts';

it('grows no faster than the tokens, attention aside, in submits that are short', async () => {
  const gpu = await Gpu.open(await openNodeGpu());
  const { steps, growth } = await benchScale(gpu, console.log);
  for (const { from, to, without_attention } of growth) expect(without_attention, `${from} -> ${to} tokens`).toBeLessThanOrEqual(1.1);
  // Timestamps count waiting for a core as well, so they are held to the bound by the share of the machine that this process had.
  for (const { submits, tokens } of steps) {
    const { cores, p95_milliseconds, bound_milliseconds } = submits!; // both software adapters have timestamps
    console.log(`${tokens} tokens: this process had ${cores.toFixed(2)} of ${cpus().length} cores`);
    expect(p95_milliseconds * Math.min(1, cores / cpus().length), `${tokens} tokens`).toBeLessThanOrEqual(bound_milliseconds);
  }
  gpu.close();
});
