/** A run that blows up: it stops with a sentence at the first step that is not a number, and the adapter is the one from before that step. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { downloadAdapter, layoutAdapter, uploadAdapter } from '../../src/engine/adapters/lora.ts';
import type { EncodedRow } from '../../src/engine/batch/encode.ts';
import { readAdapter } from '../../src/engine/files/adapter.ts';
import type { AdapterTensors } from '../../src/engine/files/adapter-plan.ts';
import { Gpu } from '../../src/engine/gpu/device.ts';
import { adaptableWeights } from '../../src/engine/models/index.ts';
import { openSession } from '../../src/engine/models/session.ts';
import { prepareRun, TrainingRun } from '../../src/engine/train/run.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';
import type { StepMetrics, TrainingSettings } from '../../src/protocol/training.ts';

const root = 'e2e/fixtures/training/sft-20';
const { input_ids } = JSON.parse(readFileSync(`${root}/rows.json`, 'utf8')) as { input_ids: number[][] };
const rows = input_ids.map((ids, row): EncodedRow => ({ row, ids: Uint32Array.from(ids), trained: new Uint8Array(ids.length).fill(1) }));
const settings = {
  optimizer: {
    learning_rate: 1e30,
    lr_scheduler_type: 'constant',
    lr_scheduler_kwargs: {},
    warmup_steps: 0,
    weight_decay: 0,
    adam_beta1: 0.9,
    adam_beta2: 0.999,
    adam_epsilon: 1e-8,
    max_grad_norm: 1,
  },
  per_device_train_batch_size: 2,
  gradient_accumulation_steps: 1,
  max_steps: 4,
  num_train_epochs: 1,
  seed: 1,
  eval_steps: 0,
  router_aux_loss_coef: 0,
} as unknown as TrainingSettings; // the parts a run reads

it('stops and keeps the adapter of the step before', async () => {
  const gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
  const session = await openSession(gpu, nodeDirectory('e2e/fixtures/models/mxfp4-yarn'));
  const initial = await readAdapter(nodeDirectory(`${root}/adapter-initial`), adaptableWeights(session.config));
  const layout = layoutAdapter(initial.targets);
  const run = await TrainingRun.create(session, prepareRun(session, { settings, rows, validation: [], layout }));
  uploadAdapter(session.store, layout, initial.tensors);
  const steps: StepMetrics[] = [];
  const before: AdapterTensors[] = [];
  const training = run.train({
    onStep: (m) => steps.push(m),
    onEval: () => {},
    between: async () => {
      before.push(await downloadAdapter(session.store, layout));
      return true;
    },
  });
  await expect(training).rejects.toThrow(/step 2 is not a number.*learning_rate/);
  expect(steps).toHaveLength(2);
  expect(Number.isFinite(steps[0]!.loss)).toBe(true);
  const after = await downloadAdapter(session.store, layout);
  for (const [key, values] of after) expect(values, key).toEqual(before[1]!.get(key));
  expect(before[1]!.get(layout.targets[0]!.keyB)).not.toEqual(before[0]!.get(layout.targets[0]!.keyB));
  gpu.device.destroy();
});
