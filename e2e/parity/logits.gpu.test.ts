/** Logits against transformers (eager, f32, dequantised experts) on tiny random models: max |difference| <= 1e-4 x max |logit|. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openCheckpoint } from '../../src/engine/files/safetensors-read.ts';
import { Gpu } from '../../src/engine/gpu/device.ts';
import { computeLogits } from '../../src/engine/models/logits.ts';
import { openSession } from '../../src/engine/models/session.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
});
afterAll(() => gpu.device.destroy());

describe.each(['mxfp4-yarn', 'bf16-sharded', 'f32-truncated-yarn'])('%s', (name) => {
  it('gives the logits of transformers', async () => {
    const directory = nodeDirectory(`e2e/fixtures/models/${name}`);
    const session = await openSession(gpu, directory);
    const golden = await openCheckpoint(directory, 'logits');
    const { input_ids: rows } = JSON.parse(readFileSync(`e2e/fixtures/models/${name}/ids.json`, 'utf8')) as { input_ids: number[][] };
    let worst = 0;
    for (const [i, ids] of rows.entries()) {
      const want = await golden.readFloats(`logits.${i}`);
      const got = await computeLogits(session, ids);
      expect(got.length).toBe(want.length);
      const scale = want.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
      worst = Math.max(worst, want.reduce((m, v, j) => Math.max(m, Math.abs(v - got[j]!)), 0) / scale);
    }
    console.log(`${name}: worst relative difference of logits ${worst.toExponential(2)}`);
    expect(worst).toBeLessThanOrEqual(1e-4);
    session.store.free(() => true);
  });
});
