/**
 * Memory and steadiness of training: the planned peak is what the store allocates, to the byte and class by class; the plan without a GPU, from
 * headers alone, is the same; and once a run is going, steps and evaluations create no buffer, pipeline or bind group.
 */
import { describe, expect, it } from 'vitest';
import { type AdapterLayout, createAdapter, layoutAdapter, uploadAdapter } from '../../src/engine/adapters/lora.ts';
import type { EncodedRow } from '../../src/engine/batch/encode.ts';
import { initialAdapter, planAdapter } from '../../src/engine/files/adapter-plan.ts';
import { openCheckpoint } from '../../src/engine/files/safetensors-read.ts';
import { Generator, generationShape, paddedPrompt } from '../../src/engine/generate/generator.ts';
import { generationMemory, planGeneration } from '../../src/engine/generate/memory.ts';
import { Gpu } from '../../src/engine/gpu/device.ts';
import type { StoreClass } from '../../src/engine/gpu/store.ts';
import { adaptableWeights } from '../../src/engine/models/index.ts';
import { openSession } from '../../src/engine/models/session.ts';
import { checkTensors, plannedWeights } from '../../src/engine/models/tensors.ts';
import { memoryPlan } from '../../src/engine/train/memory.ts';
import { prepareRun, TrainingRun } from '../../src/engine/train/run.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';
import { readSettings } from '../../src/headless/read-settings.ts';

const CLASSES = [
  'weights',
  'adapter',
  'optimizer',
  'checkpoints',
  'workspace',
  'loss',
  'cache',
  'inputs',
] as const satisfies readonly StoreClass[];

const rows = Array.from({ length: 11 }, (_, r): EncodedRow => {
  const ids = Uint32Array.from({ length: 9 + 7 * r }, (_, t) => 3 + ((t * (r + 1)) % 40));
  return { row: r, ids, trained: ids.map((_, t) => +(t > r)) as unknown as Uint8Array };
});
const { settings } = readSettings(
  {
    r: 3,
    target_parameters: ['0.mlp.experts.gate_up_proj', '0.mlp.experts.down_proj'],
    per_device_train_batch_size: 2,
    gradient_accumulation_steps: 2,
    max_steps: 5,
    eval_steps: 1,
    router_aux_loss_coef: 0.01,
    learning_rate: 1e-3,
  },
  'settings',
  '2025-08-05',
);

/** A device of its own, so that its counters are this run's alone. */
async function open(model: string) {
  const gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
  const directory = nodeDirectory(model);
  const session = await openSession(gpu, directory);
  const targets = planAdapter(settings.lora, adaptableWeights(session.config));
  const input = { settings, rows: rows.slice(0, 8), validation: rows.slice(8), layout: layoutAdapter(targets) };
  return { gpu, directory, session, targets, input, prepared: prepareRun(session, input) };
}

describe.each(['e2e/fixtures/models/mxfp4-yarn', 'e2e/fixtures/models/bf16-sharded', 'public/models/mini'])('%s', (model) => {
  it('allocates what was planned, to the byte', async () => {
    const { gpu, directory, session, input, prepared } = await open(model);
    const planned = memoryPlan(session, prepared);
    const run = await TrainingRun.create(session, prepared);
    expect(Object.fromEntries(CLASSES.map((c) => [c, session.store.bytes(c)]))).toEqual(
      Object.fromEntries(CLASSES.map((c) => [c, planned[c]])),
    );
    expect(session.store.bytes()).toBe(planned.peak);
    expect(gpu.counters.bytes).toBe(planned.peak);

    const { config, capabilities } = session;
    const unloaded = { config, weights: plannedWeights(config, checkTensors(config, await openCheckpoint(directory))), capabilities };
    expect(memoryPlan(unloaded, prepareRun(unloaded, input))).toEqual(planned);
    run.free();
    session.store.free(() => true);
    expect(gpu.counters.bytes).toBe(0);
    gpu.device.destroy();
  });
});

it.each(['e2e/fixtures/models/mxfp4-yarn', 'public/models/mini'])('asking allocates what was planned, to the byte: %s', async (model) => {
  const { gpu, session, targets, prepared } = await open(model);
  const { layout } = prepared;
  createAdapter(session.store, layout, { training: false });
  uploadAdapter(session.store, layout, initialAdapter(targets, 1));
  const prompts = [19, 61, 7];
  const generator = new Generator(session);
  const ask = (lengths: readonly number[], adapter: AdapterLayout | null) =>
    generator.generate({
      rows: lengths.map((length) => ({
        prompt: new Uint32Array(length).fill(3),
        sampling: { temperature: 0, top_k: 0, top_p: 1, min_p: 0, seed: 0, salt: 0 },
        max_new_tokens: 5,
      })),
      adapter,
      vocabulary_with_text: session.config.vocab_size,
      eos: [],
      onIds: () => undefined,
    });
  await ask(prompts, layout);
  const shape = generationShape(3, 61 + 5, 5, session.config.max_position_embeddings);
  const plans = planGeneration(session, layout, { shape, prompt: paddedPrompt(19 + 61 + 7) }, session.capabilities);
  const planned = generationMemory(session, layout, plans);
  expect(Object.fromEntries(CLASSES.map((c) => [c, session.store.bytes(c)]))).toEqual(
    Object.fromEntries(CLASSES.map((c) => [c, planned[c]])),
  );
  expect(session.store.bytes()).toBe(planned.peak);

  // Asked in turn, base and adapter share what is large; other prompts take the place of the last ones.
  const large = (): number => session.store.bytes('cache') + session.store.bytes('workspace');
  const first = large();
  await ask(prompts, null);
  expect(large()).toBeLessThan(1.25 * first);
  const both = large();
  await ask(prompts, layout);
  await ask(prompts, null);
  expect(large()).toBe(both);
  await ask([19, 61, 200], layout);
  await ask(prompts, layout);
  expect(session.store.bytes()).toBe(planned.peak);
  gpu.device.destroy();
});

it('creates nothing in steady state: no buffer, no pipeline, no bind group, no byte', async () => {
  const { gpu, session, targets, prepared } = await open('e2e/fixtures/models/mxfp4-yarn');
  const run = await TrainingRun.create(session, prepared);
  uploadAdapter(session.store, prepared.layout, initialAdapter(targets, 1));
  const created: { buffers: number; bytes: number; pipelines: number; bindGroups: number }[] = [];
  let evaluations = 0;
  await run.train({
    onStep: () => {},
    onEval: () => evaluations++,
    between: async () => {
      const { submits, ...counted } = gpu.counters;
      created.push(counted);
      return true;
    },
  });
  expect(created.length).toBe(6);
  expect(evaluations).toBe(5);
  // Before the first step, only the buffers that readings reuse are still to be made.
  expect({ ...created[1], buffers: 0, bytes: 0 }).toEqual({ ...created[0], buffers: 0, bytes: 0 });
  expect(created[1]!.buffers - created[0]!.buffers).toBe(2);
  for (const later of created.slice(2)) expect(later).toEqual(created[1]);
  gpu.device.destroy();
});
