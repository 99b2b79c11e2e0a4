/** 20 optimizer steps against TRL's SFTTrainer (batch 2 x accumulation 3, warm-up, cosine with a floor, clipping): |loss difference| <= 1e-3 at every step. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { downloadAdapter, layoutAdapter, uploadAdapter } from '../../src/engine/adapters/lora.ts';
import type { EncodedRow } from '../../src/engine/batch/encode.ts';
import { windows } from '../../src/engine/batch/order.ts';
import { readAdapter } from '../../src/engine/files/adapter.ts';
import { Gpu } from '../../src/engine/gpu/device.ts';
import { adaptableWeights } from '../../src/engine/models/gpt-oss-weights.ts';
import { openSession } from '../../src/engine/models/session.ts';
import { prepareRun, TrainingRun } from '../../src/engine/train/run.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';
import type { StepMetrics, TrainingSettings } from '../../src/protocol/training.ts';

const root = 'e2e/fixtures/training/sft-20';
const read = (file: string): unknown => JSON.parse(readFileSync(`${root}/${file}`, 'utf8'));
const golden = read('steps.json') as StepMetrics[];
const rows = (read('rows.json') as { input_ids: number[][]; labels: number[][] }).input_ids.map((ids, i): EncodedRow => {
  const labels = (read('rows.json') as { labels?: number[][] }).labels?.[i];
  return { row: i, ids: Uint32Array.from(ids), trained: Uint8Array.from(ids, (_, t) => (labels && labels[t] === -100 ? 0 : 1)) };
});

function settingsOf(): { model: string; settings: TrainingSettings } {
  const c = read('case.json') as Record<string, never> & { model: string };
  const { model, lora, per_device_train_batch_size, gradient_accumulation_steps, max_steps, seed, ...optimizer } = c;
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
      eval_steps: 0,
    } as unknown as TrainingSettings,
  };
}

let gpu: Gpu;
beforeAll(async () => {
  gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
});
afterAll(() => gpu.device.destroy());

describe('sft-20', () => {
  it('orders rows as torch does', () => {
    const { settings } = settingsOf();
    expect([...windows(rows.length, settings)].flatMap((w) => w.batches)).toEqual(read('order.json'));
  });

  it('repeats the losses of TRL', async () => {
    const { model, settings } = settingsOf();
    const session = await openSession(gpu, nodeDirectory(`e2e/fixtures/models/${model}`));
    const weights = adaptableWeights(session.config);
    const initial = await readAdapter(nodeDirectory(`${root}/adapter-initial`), weights);
    const layout = layoutAdapter(initial.targets);
    const run = await TrainingRun.create(session, prepareRun(session, { settings, rows, validation: [], layout }));
    uploadAdapter(session.store, layout, initial.tensors);
    const steps: StepMetrics[] = [];
    await run.train({ onStep: (m) => steps.push(m), onEval: () => {}, between: async () => true });
    expect(steps.length).toBe(golden.length);
    const worst: Record<string, number> = {};
    for (const [i, want] of golden.entries()) {
      for (const key of ['loss', 'learning_rate', 'grad_norm', 'mean_token_accuracy', 'entropy', 'num_tokens', 'epoch'] as const) {
        worst[key] = Math.max(worst[key] ?? 0, Math.abs(steps[i]![key] - want[key]));
      }
    }
    console.log('sft-20: worst differences', JSON.stringify(worst));
    expect(worst.loss).toBeLessThanOrEqual(1e-3);
    expect(worst.learning_rate).toBeLessThanOrEqual(1e-12);
    expect(worst.grad_norm).toBeLessThanOrEqual(1e-2);
    expect(worst.mean_token_accuracy).toBeLessThanOrEqual(1e-6);
    expect(worst.entropy).toBeLessThanOrEqual(1e-3);
    expect(worst.num_tokens).toBe(0);
    const final = await readAdapter(nodeDirectory(`${root}/adapter-final`), weights);
    const ours = await downloadAdapter(session.store, layout);
    for (const [key, want] of final.tensors) {
      const got = ours.get(key)!;
      const norm = Math.hypot(...want);
      expect(Math.hypot(...want.map((v, i) => v - got[i]!)) / norm, key).toBeLessThanOrEqual(1e-2);
    }
    run.free();
  });
});
