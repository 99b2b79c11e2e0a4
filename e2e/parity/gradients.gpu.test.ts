/**
 * Loss and every LoRA gradient against PyTorch autograd over PEFT: relative L2 <= 1e-4 per tensor, 1e-3 where block inputs are kept as int16. Logits
 * with the adapter too.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ARENAS, createAdapter, downloadAdapter, layoutAdapter, uploadAdapter, withLora } from '../../src/engine/adapters/lora.ts';
import { shapeOf } from '../../src/engine/batch/buckets.ts';
import { pack } from '../../src/engine/batch/pack.ts';
import { readAdapter } from '../../src/engine/files/adapter.ts';
import { peftTensors } from '../../src/engine/files/adapter-layout.ts';
import { openCheckpoint } from '../../src/engine/files/safetensors-read.ts';
import { Gpu } from '../../src/engine/gpu/device.ts';
import { adaptableWeights } from '../../src/engine/models/index.ts';
import { computeLogits } from '../../src/engine/models/logits.ts';
import { openSession, type Session } from '../../src/engine/models/session.ts';
import { type MicroBatchOptions, planSteps } from '../../src/engine/train/plans.ts';
import { TrainingPrograms } from '../../src/engine/train/programs.ts';
import { sftObjectives, withInverseCount } from '../../src/engine/train/sft.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
});
afterAll(() => gpu.device.destroy());

const read = (path: string): unknown => JSON.parse(readFileSync(path, 'utf8'));

async function load(name: string) {
  const root = `e2e/fixtures/peft/${name}`;
  const { model } = read(`${root}/case.json`) as { model: string };
  const session = await openSession(gpu, nodeDirectory(`e2e/fixtures/models/${model}`));
  const adapter = await readAdapter(nodeDirectory(`${root}/adapter`), adaptableWeights(session.config));
  const layout = layoutAdapter(adapter.targets);
  createAdapter(session.store, layout, { training: true });
  uploadAdapter(session.store, layout, adapter.tensors);
  return { root, session, adapter, layout };
}

async function gradientsOf(
  { session, layout }: { session: Session; layout: ReturnType<typeof layoutAdapter> },
  batch: { input_ids: number[][]; labels: number[][] },
  options: MicroBatchOptions,
) {
  const rows = batch.input_ids.map((ids, i) => ({ row: i, ids, trained: batch.labels[i]!.map((l) => l !== -100) }));
  const shape = shapeOf(rows as never);
  const packed = pack(rows as never, shape, 0);
  const plans = planSteps(session, layout, sftObjectives.nll, { micro: [shape] }, options);
  const programs = await TrainingPrograms.create(session, plans, 1);
  await programs.microBatch(withInverseCount([packed])[0]!);
  const { loss, trained } = (await programs.stats()).batches[0]!;
  expect(trained).toBe(packed.trained);
  return loss! / trained!;
}

describe.each(['both-experts', 'down-rslora', 'patterns'])('%s', (name) => {
  it.each([
    [{ gradient_checkpointing: true }, 1e-4],
    [{ gradient_checkpointing: false }, 1e-4],
    [{ gradient_checkpointing: true, checkpoint_dtype: 'int16' }, 1e-3],
  ] as const)('gives the loss and the gradients of PEFT, %o', async (options, bound) => {
    const loaded = await load(name);
    const golden = await openCheckpoint(nodeDirectory(loaded.root), 'grads');
    const loss = await gradientsOf(loaded, read(`${loaded.root}/batch.json`) as { input_ids: number[][]; labels: number[][] }, options);
    const want = (await golden.readFloats('loss'))[0]!;
    expect(Math.abs(loss - want) / want).toBeLessThanOrEqual(1e-5);
    const gradients = peftTensors(loaded.adapter.targets, await downloadAdapter(loaded.session.store, loaded.layout, ARENAS.gradients));
    expect([...gradients.keys()].sort()).toEqual([...golden.tensors.keys()].filter((k) => k !== 'loss').sort());
    let worst = 0;
    for (const [key, tensor] of gradients) {
      const expected = await golden.readFloats(key);
      const got = tensor.data as Float32Array;
      let difference = 0;
      let norm = 0;
      for (let i = 0; i < expected.length; i++) {
        difference += (got[i]! - expected[i]!) ** 2;
        norm += expected[i]! ** 2;
      }
      const error = Math.sqrt(difference / norm);
      worst = Math.max(worst, error);
      expect(error, key).toBeLessThanOrEqual(bound);
    }
    console.log(
      `${name}, ${JSON.stringify(options)}: loss off by ${Math.abs(loss - want).toExponential(2)}, worst relative L2 of ${gradients.size} gradients ${worst.toExponential(2)}`,
    );
    loaded.session.store.free(() => true);
  });

  it('gives the logits of PEFT', async () => {
    const { root, session, layout } = await load(name);
    const golden = await openCheckpoint(nodeDirectory(root), 'logits');
    const { input_ids: rows } = read(`${root}/batch.json`) as { input_ids: number[][] };
    for (const [i, ids] of rows.entries()) {
      const want = await golden.readFloats(`logits.${i}`);
      const got = await computeLogits(session, ids, (trace, weights) => withLora(trace, weights, layout));
      const scale = want.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
      expect(want.reduce((m, v, j) => Math.max(m, Math.abs(v - got[j]!)), 0) / scale).toBeLessThanOrEqual(1e-4);
    }
    session.store.free(() => true);
  });
});
