/**
 * A run of both modes: the loss of each against float64 over the logits of transformers and PEFT (e2e/fixtures/dense/qwen3), the two weighted by their
 * tokens against the whole, and the whole run against the same rows without modes, to the bit: figures by mode change nothing that is trained.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { downloadAdapter, freeAdapter, layoutAdapter, uploadAdapter } from '../../src/engine/adapters/lora.ts';
import type { EncodedRow } from '../../src/engine/batch/encode.ts';
import { countTrained } from '../../src/engine/batch/encoded-dataset.ts';
import { readAdapter } from '../../src/engine/files/adapter.ts';
import { Gpu } from '../../src/engine/gpu/device.ts';
import { adaptableWeights } from '../../src/engine/models/index.ts';
import { openSession, type Session } from '../../src/engine/models/session.ts';
import { memoryPlan } from '../../src/engine/train/memory.ts';
import { prepareRun, TrainingRun } from '../../src/engine/train/run.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';
import type { ThinkMode } from '../../src/protocol/dataset.ts';
import { defaultSettings, withValues } from '../../src/protocol/setting-values.ts';
import type { EvalMetrics, StepMetrics } from '../../src/protocol/training.ts';
import { readTensors } from './headless-support.ts';

const FOLDER = 'e2e/fixtures/dense/qwen3';
const { batch } = JSON.parse(readFileSync(`${FOLDER}/case.json`, 'utf8')) as { batch: { input_ids: number[][]; labels: number[][] } };
const MODES: readonly ThinkMode[] = ['think', 'no_think', 'no_think', 'think'];
const rows = batch.input_ids.map(
  (ids, row): EncodedRow => ({
    row,
    ids: Uint32Array.from(ids),
    trained: Uint8Array.from(batch.labels[row]!, (label) => (label === -100 ? 0 : 1)),
    mode: MODES[row]!,
  }),
);
/** Two steps over all rows, in micro-batches of three and one. */
const settings = withValues(defaultSettings('2025-08-05'), {
  per_device_train_batch_size: 3,
  gradient_accumulation_steps: 2,
  num_train_epochs: 2,
  'optimizer.learning_rate': 1e-3,
});

let gpu: Gpu;
let session: Session;
beforeAll(async () => {
  gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
  session = await openSession(gpu, nodeDirectory(FOLDER));
});
afterAll(() => gpu.device.destroy());

async function train(of: readonly EncodedRow[], changes: Record<string, unknown> = {}, validation: readonly EncodedRow[] = []) {
  const { targets, tensors } = await readAdapter(nodeDirectory(`${FOLDER}/adapter`), adaptableWeights(session.config));
  const layout = layoutAdapter(targets);
  const prepared = prepareRun(session, { settings: withValues(settings, changes), rows: of, validation, layout });
  const run = await TrainingRun.create(session, prepared);
  try {
    uploadAdapter(session.store, layout, tensors);
    const steps: StepMetrics[] = [];
    const evals: EvalMetrics[] = [];
    await run.train({ onStep: (m) => steps.push(m), onEval: (m) => evals.push(m), between: async () => true });
    const allocated = session.store.bytes();
    return { steps, evals, adapter: await downloadAdapter(session.store, layout), planned: memoryPlan(session, prepared).peak, allocated };
  } finally {
    run.free();
    freeAdapter(session.store);
  }
}

/** Sum over the labels of a row of -log p, or of -p log p, from the golden logits. */
async function rowLosses(weigh: (log_p: number) => number): Promise<number[]> {
  const golden = await readTensors(`${FOLDER}/golden.safetensors`);
  return batch.input_ids.map((ids, r) => {
    const logits = golden.get(`adapted.${r}`)!;
    const width = logits.length / ids.length;
    return ids.reduce((sum, id, t) => {
      if (t === 0 || !rows[r]!.trained[t]) return sum;
      const z = Float64Array.from(logits.subarray((t - 1) * width, t * width));
      const top = z.reduce((a, b) => Math.max(a, b));
      return sum + weigh(z[id]! - top - Math.log(z.reduce((s, v) => s + Math.exp(v - top), 0)));
    }, 0);
  });
}

it.each([
  ['nll', (log_p: number) => -log_p],
  ['dft', (log_p: number) => -Math.exp(log_p) * log_p],
] as const)('the loss of each mode is that of its tokens, over both micro-batches: %s', async (loss_type, weigh) => {
  const { steps, planned, allocated } = await train(rows, { loss_type });
  const losses = await rowLosses(weigh);
  const first = steps[0]!;
  for (const mode of ['think', 'no_think'] as const) {
    const own = rows.filter((row) => row.mode === mode);
    const tokens = own.reduce((n, row) => n + countTrained(row), 0);
    const want = own.reduce((sum, { row }) => sum + losses[row]!, 0) / tokens;
    expect(Math.abs(first[`loss_${mode}`]! / want - 1), mode).toBeLessThanOrEqual(1e-5);
    expect([first[`length_${mode}`], first[`rows_${mode}`]], mode).toEqual([tokens / 2, 2]);
  }
  for (const one of steps) {
    const [think, no_think] = [one.rows_think! * one.length_think!, one.rows_no_think! * one.length_no_think!];
    const whole = (one.loss_think! * think + one.loss_no_think! * no_think) / (think + no_think);
    expect(Math.abs(whole / one.loss - 1), `step ${one.step}`).toBeLessThanOrEqual(1e-6);
  }
  expect(allocated).toBe(planned);
});

it('trains what the same rows train without modes, to the bit', async () => {
  const plain = await train(
    rows.map(({ mode: _, ...row }) => row),
    {},
    rows,
  );
  const both = await train(rows, {}, rows);
  expect([...both.adapter]).toEqual([...plain.adapter]);
  expect(both.evals).toEqual(plain.evals);
  expect(both.steps.map(({ loss, grad_norm }) => [loss, grad_norm])).toEqual(plain.steps.map(({ loss, grad_norm }) => [loss, grad_norm]));
  expect(plain.steps[0]).not.toHaveProperty('loss_think');
});
