/** 20 optimizer steps against TRL's SFTTrainer (batch 2 x accumulation 3, warm-up, cosine with a floor, clipping): |loss difference| <= 1e-3 at every step. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { downloadAdapter, layoutAdapter, uploadAdapter } from '../../src/engine/adapters/lora.ts';
import type { EncodedRow } from '../../src/engine/batch/encode.ts';
import { optimizerSteps } from '../../src/engine/batch/order.ts';
import { readAdapter } from '../../src/engine/files/adapter.ts';
import { Gpu } from '../../src/engine/gpu/device.ts';
import { adaptableWeights } from '../../src/engine/models/index.ts';
import { openSession } from '../../src/engine/models/session.ts';
import { prepareRun, TrainingRun } from '../../src/engine/train/run.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';
import type { StepMetrics, TrainingSettings } from '../../src/protocol/training.ts';

const rootOf = (name: string): string => `e2e/fixtures/training/${name}`;
const readFrom = (name: string, file: string): unknown => JSON.parse(readFileSync(`${rootOf(name)}/${file}`, 'utf8'));

function rowsOf(name: string): EncodedRow[] {
  const { input_ids, labels } = readFrom(name, 'rows.json') as { input_ids: number[][]; labels: number[][] };
  return input_ids.map((ids, row) => ({
    row,
    ids: Uint32Array.from(ids),
    trained: Uint8Array.from(labels[row]!, (l) => (l === -100 ? 0 : 1)),
  }));
}

function settingsOf(name: string): { model: string; settings: TrainingSettings } {
  const c = readFrom(name, 'case.json') as Record<string, never> & { model: string };
  const {
    model,
    lora,
    per_device_train_batch_size,
    gradient_accumulation_steps,
    max_steps,
    seed,
    router_aux_loss_coef,
    loss_type,
    ...optimizer
  } = c;
  return {
    model,
    settings: {
      lora,
      optimizer: optimizer as unknown as TrainingSettings['optimizer'],
      per_device_train_batch_size,
      gradient_accumulation_steps,
      max_steps,
      num_train_epochs: 1,
      seed,
      router_aux_loss_coef,
      loss_type,
      eval_steps: 0,
    } as unknown as TrainingSettings,
  };
}

let gpu: Gpu;
beforeAll(async () => {
  gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
});
afterAll(() => gpu.device.destroy());

const FIGURES = ['loss', 'learning_rate', 'grad_norm', 'mean_token_accuracy', 'entropy', 'num_tokens', 'epoch', 'aux_loss'] as const;
const BOUNDS: Record<(typeof FIGURES)[number], number> = {
  loss: 1e-3,
  learning_rate: 1e-12,
  grad_norm: 1e-2,
  mean_token_accuracy: 1e-6,
  entropy: 1e-3,
  num_tokens: 0,
  epoch: 1e-9,
  aux_loss: 1e-4,
};

/** Losses weighed by p are a hundredth in size, and so is what they may be off. */
const DFT: typeof BOUNDS = { ...BOUNDS, loss: 1e-5, grad_norm: 1e-4 };

// sft-20: the recipe's shape; sft-aux-3: the router's load-balancing loss switched on; sft-dft-6: tokens weighed by their own probability.
describe.each(['sft-20', 'sft-aux-3', 'sft-dft-6'])('%s', (name) => {
  const rows = rowsOf(name);
  const golden = readFrom(name, 'steps.json') as StepMetrics[];

  it('orders rows as torch does', () => {
    const { settings } = settingsOf(name);
    expect([...optimizerSteps(rows.length, settings)].flatMap((w) => w.batches)).toEqual(readFrom(name, 'order.json'));
  });

  it('repeats the steps of TRL', async () => {
    const { model, settings } = settingsOf(name);
    const session = await openSession(gpu, nodeDirectory(`e2e/fixtures/models/${model}`));
    const weights = adaptableWeights(session.config);
    const initial = await readAdapter(nodeDirectory(`${rootOf(name)}/adapter-initial`), weights);
    const layout = layoutAdapter(initial.targets);
    const run = await TrainingRun.create(session, prepareRun(session, { settings, rows, validation: [], layout }));
    uploadAdapter(session.store, layout, initial.tensors);
    const steps: StepMetrics[] = [];
    await run.train({ onStep: (m) => steps.push(m), onEval: () => {}, between: async () => true });
    expect(steps.length).toBe(golden.length);
    const worst = Object.fromEntries(
      FIGURES.map((key) => [key, Math.max(...golden.map((want, i) => Math.abs((steps[i]![key] ?? 0) - (want[key] ?? 0))))]),
    );
    console.log(`${name}: worst differences`, JSON.stringify(worst));
    const bounds = settings.loss_type === 'dft' ? DFT : BOUNDS;
    for (const key of FIGURES) expect(worst[key], key).toBeLessThanOrEqual(bounds[key]);
    const final = await readAdapter(nodeDirectory(`${rootOf(name)}/adapter-final`), weights);
    const ours = await downloadAdapter(session.store, layout);
    for (const [key, want] of final.tensors) {
      const got = ours.get(key)!;
      expect(Math.hypot(...want.map((v, i) => v - got[i]!)) / Math.hypot(...want), key).toBeLessThanOrEqual(1e-2);
    }
    run.free();
    session.store.free(() => true);
  });
});
