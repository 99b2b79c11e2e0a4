/**
 * The micro-batches that a run makes of its answers, against PyTorch in float64 (e2e/fixtures/distillation): loss, divergence at each token, and the gradient of every
 * adapter tensor, as one micro-batch; and the other reductions of the loss, by the divergences of the golden.
 */
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ARENAS, createAdapter, downloadAdapter, freeAdapter, uploadAdapter } from '../../src/engine/adapters/lora.ts';
import { sizesOf } from '../../src/engine/batch/pack.ts';
import { peftTensors } from '../../src/engine/files/adapter-layout.ts';
import { openSession, type Session } from '../../src/engine/models/session.ts';
import { byAnswer, microBatches, packStep, withParts } from '../../src/engine/train/distillation/micro-batches.ts';
import { distillationObjective } from '../../src/engine/train/distillation/objective.ts';
import type { Written } from '../../src/engine/train/distillation/written.ts';
import { planSteps } from '../../src/engine/train/plans.ts';
import { TrainingPrograms } from '../../src/engine/train/programs.ts';
import { type DistillationFile, readDistillationFile } from '../../src/headless/distillation-file.ts';
import type { Json } from '../../src/headless/json-files.ts';
import { limitsOf, type OpenAdapter, readAdapterFolder } from '../../src/headless/model-folder.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';
import { type DistillationSettings, distillationDefaults } from '../../src/protocol/distillation.ts';
import { readJson, readTensors, relativeL2, testRunner } from './headless-support.ts';

const ROOT = 'e2e/fixtures/distillation';
const runner = testRunner();

function written({ student_prompt_ids, teacher_prompt_ids, completion_ids }: DistillationFile): Written[] {
  return completion_ids.map((ids, i) => ({
    row: {
      ...{ row: i, question: '', gold: null, answer: null, reasoning_language: null, answer_language: null, columns: {} },
      ids: Uint32Array.from(student_prompt_ids[i]!),
      teacher: Uint32Array.from(teacher_prompt_ids[i]!),
    },
    ids: Uint32Array.from(ids),
    cut: false,
    reply: null,
  }));
}

describe.each(['qwen3', 'gpt-oss'])('%s', (name) => {
  const { model, cases } = readJson<{ model: string; cases: Record<string, Json> }>(`${ROOT}/${name}/cases.json`);
  let session: Session;
  let adapter: OpenAdapter;
  let golden: Map<string, Float32Array>;
  beforeAll(async () => {
    session = await openSession(await runner.gpu(), nodeDirectory(`e2e/fixtures/${model}`));
    adapter = await readAdapterFolder(resolve(`e2e/fixtures/grpo/${name}/adapter`), session.config);
    golden = await readTensors(`${ROOT}/${name}/golden.safetensors`);
  });
  afterAll(() => session.store.free(() => true));

  async function step(key: string, settings: Partial<DistillationSettings>, accumulation = 1) {
    const file = readDistillationFile(cases[key]!, key, limitsOf(session.config));
    const batches = withParts(microBatches(written(file), { ...distillationDefaults, ...settings }, accumulation));
    const packed = packStep(batches, session.config.pad_token_id ?? 0);
    createAdapter(session.store, adapter.layout, { training: true });
    uploadAdapter(session.store, adapter.layout, adapter.tensors);
    const shapes = [...new Map(packed.map((one) => [JSON.stringify(sizesOf(one)), sizesOf(one)])).values()];
    const plans = planSteps(session, adapter.layout, distillationObjective(file.settings), { micro: shapes });
    const programs = await TrainingPrograms.create(session, plans, packed.length);
    try {
      for (const one of packed) await programs.microBatch(one);
      const stats = await programs.stats();
      const gradients = peftTensors(adapter.targets, await downloadAdapter(session.store, adapter.layout, ARENAS.gradients));
      const divergences = new Map(batches.flatMap((batch, b) => [...byAnswer(batch, stats.rows[b]!.divergence!)]));
      return { loss: stats.batches.reduce((sum, one) => sum + one.loss!, 0), gradients, divergences };
    } finally {
      programs.free();
      freeAdapter(session.store);
    }
  }
  const goldenDivergence = (key: string): Float32Array[] => {
    const named = [...golden].filter(([tensor]) => tensor.startsWith(`${key}/divergence.`));
    return named.map((_, i) => golden.get(`${key}/divergence.${i}`)!);
  };
  const mean = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

  it.each(Object.keys(cases))('%s: loss, divergences and gradients', async (key) => {
    const { loss, gradients, divergences } = await step(key, {});
    expect(Math.abs(loss - golden.get(`${key}/loss`)![0]!)).toBeLessThan(1e-5);
    for (const [i, want] of goldenDivergence(key).entries()) expect(relativeL2(divergences.get(i)!, want)).toBeLessThan(1e-4);
    const wanted = [...golden].filter(([tensor]) => tensor.startsWith(`${key}/grad.`));
    const all = (of: (tensor: string) => Float32Array) => Float32Array.from(wanted.flatMap(([tensor]) => [...of(tensor)]));
    const got = all((tensor) => gradients.get(tensor.slice(`${key}/grad.`.length))!.data as Float32Array);
    expect(wanted.length).toBe(gradients.size);
    expect(
      relativeL2(
        got,
        all((tensor) => golden.get(tensor)!),
      ),
    ).toBeLessThan(1e-4);
  });

  it('other reductions, first tokens left out, and several micro-batches have the loss that follows from the golden', async () => {
    const key = Object.keys(cases)[0]!;
    const rows = goldenDivergence(key);
    const all = rows.flatMap((own) => [...own]);
    const { loss: byRow } = await step(key, { loss_reduction: 'row' });
    expect(byRow).toBeCloseTo(mean(rows.map(mean)), 5);
    const { loss: skipped } = await step(key, { num_loss_tokens_to_skip: 2 });
    expect(skipped).toBeCloseTo(mean(rows.flatMap((own) => [...own.subarray(2)])), 5);
    // Each micro-batch has its own mean, and the step the mean of those.
    expect((await step(key, {}, rows.length)).loss).toBeCloseTo(mean(rows.map(mean)), 5);
    expect(mean(all)).toBeCloseTo(golden.get(`${key}/loss`)![0]!, 5);
  });
});
