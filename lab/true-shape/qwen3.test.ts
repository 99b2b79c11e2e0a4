/**
 * `npm run check:scale -- qwen3`: Qwen3-0.6B's own shape, 596 million random parameters in bf16 that are computed when they are read: planned bytes are
 * those allocated, for training and for answering; 8 greedy tokens are those of whole-row logits; one LoRA step lowers the loss of its row.
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createAdapter, layoutAdapter, uploadAdapter } from '../../src/engine/adapters/lora.ts';
import type { EncodedRow } from '../../src/engine/batch/encode.ts';
import { initialAdapter, planAdapter } from '../../src/engine/files/adapter-plan.ts';
import { decodeFloats } from '../../src/engine/files/dtypes.ts';
import type { ModelCheckpoint } from '../../src/engine/files/safetensors-read.ts';
import { Generator, generationShape, paddedPrompt } from '../../src/engine/generate/generator.ts';
import { generationMemory, planGeneration } from '../../src/engine/generate/memory.ts';
import { Gpu } from '../../src/engine/gpu/device.ts';
import { parseModelConfig } from '../../src/engine/models/config.ts';
import type { BaseConfig, ExpectedTensor } from '../../src/engine/models/family.ts';
import { adaptableWeights, expectedTensors } from '../../src/engine/models/index.ts';
import { computeLogits } from '../../src/engine/models/logits.ts';
import { positionsOf } from '../../src/engine/models/rope.ts';
import { loadSession, type Session } from '../../src/engine/models/session.ts';
import { checkTensors } from '../../src/engine/models/tensors.ts';
import { memoryPlan } from '../../src/engine/train/memory.ts';
import { prepareRun, TrainingRun } from '../../src/engine/train/run.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { readSettings } from '../../src/headless/read-settings.ts';
import { Random } from '../../src/lib/random.ts';

const NAME = 'qwen3-0.6b';
const NEW = 8;
const PROMPT = 21;
/** A prime number of values that repeat, so that no two rows are alike. */
const PERIOD = 262_139;

/** bf16 values of a spread that keeps activations near unit size: norms about 1, matrices by their width. */
function valuesOf({ name, shape }: Pick<ExpectedTensor, 'name' | 'shape'>): Uint16Array<ArrayBuffer> {
  const random = new Random(name);
  const spread = name.includes('norm') ? 0.1 : shape.at(-1)! ** -0.5;
  const floats = Float32Array.from({ length: PERIOD }, () => (name.includes('norm') ? 1 : 0) + random.normal() * spread);
  return Uint16Array.from(new Uint32Array(floats.buffer), (word) => word >>> 16);
}

function syntheticCheckpoint(config: BaseConfig): ModelCheckpoint {
  const listed = expectedTensors(config).map(({ name, shape }) => {
    const bytes = 2 * shape.reduce((n, d) => n * d, 1);
    return { name, shape, dtype: 'BF16', bytes, file: NAME, offset: 0 } as const;
  });
  const tensors = new Map(listed.map((tensor) => [tensor.name, tensor]));
  let last = { name: '', values: new Uint16Array() };
  const read: ModelCheckpoint['read'] = async (name, start = 0, length = tensors.get(name)!.bytes - start) => {
    if (last.name !== name) last = { name, values: valuesOf(tensors.get(name)!) };
    const out = new Uint16Array(length / 2);
    for (let at = 0; at < out.length; ) {
      const from = (start / 2 + at) % PERIOD;
      const part = last.values.subarray(from, from + out.length - at);
      out.set(part, at);
      at += part.length;
    }
    return new Uint8Array(out.buffer);
  };
  return { name: NAME, tensors, metadata: {}, read, readFloats: async (name) => decodeFloats(name, 'BF16', await read(name)) };
}

async function decode(session: Session, prompt: readonly number[]): Promise<number[]> {
  const generator = new Generator(session);
  const got: number[] = [];
  await generator.generate({
    rows: [
      {
        prompt: Uint32Array.from(prompt),
        sampling: { temperature: 0, top_k: 0, top_p: 1, min_p: 0, seed: 0, salt: 0 },
        max_new_tokens: NEW,
      },
    ],
    adapter: null,
    vocabulary_with_text: session.config.vocab_size,
    eos: [],
    onIds: (_, ids) => {
      got.push(...ids);
      return false;
    },
  });
  const shape = generationShape(1, prompt.length + NEW, NEW, positionsOf(session.config));
  const planned = generationMemory(
    session,
    null,
    planGeneration(session, null, { shape, prompt: paddedPrompt(prompt.length) }, session.capabilities),
  );
  console.log(`answering: planned ${planned.peak} bytes, allocated ${session.store.bytes()}`);
  expect(session.store.bytes()).toBe(planned.peak);
  generator.free();
  return got;
}

/** Of the row, before and after one step. */
async function trainOnce(session: Session, ids: readonly number[]): Promise<number[]> {
  const { settings } = readSettings(
    {
      r: 16,
      lora_alpha: 32,
      target_modules: 'all-linear',
      learning_rate: 1e-3,
      max_steps: 2,
      warmup_steps: 0,
      lr_scheduler_type: 'constant',
    },
    'settings',
    '2026-11-22',
  );
  const row: EncodedRow = { row: 0, ids: Uint32Array.from(ids), trained: new Uint8Array(ids.length).fill(1) };
  const targets = planAdapter(settings.lora, adaptableWeights(session.config));
  const prepared = prepareRun(session, {
    settings: { ...settings, per_device_train_batch_size: 1, gradient_accumulation_steps: 1 },
    rows: [row, { ...row, row: 1 }],
    validation: [],
    layout: layoutAdapter(targets),
  });
  const planned = memoryPlan(session, { ...prepared, settings: { gradient_accumulation_steps: 1 } });
  createAdapter(session.store, prepared.layout, { training: true });
  const run = await TrainingRun.create(session, prepared);
  uploadAdapter(session.store, prepared.layout, initialAdapter(targets, 1));
  console.log(`training: planned ${planned.peak} bytes, allocated ${session.store.bytes()}`);
  expect(session.store.bytes()).toBe(planned.peak);
  const losses: number[] = [];
  await run.train({
    between: async () => true,
    onStep: ({ loss, step_time }) => {
      losses.push(loss);
      console.log(`step ${losses.length}: loss ${loss.toFixed(4)}, ${step_time.toFixed(1)} s for ${ids.length} tokens`);
    },
    onEval: () => {},
  });
  run.free();
  return losses;
}

it('is loaded, asked and trained at its own shape, in the bytes that were planned', async () => {
  const gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
  const config = parseModelConfig(readFileSync(`e2e/fixtures/configs/${NAME}/config.json`, 'utf8'), NAME);
  const checkpoint = syntheticCheckpoint(config);
  const began = performance.now();
  const session = await loadSession(gpu, { config, checkpoint, tensors: checkTensors(config, checkpoint), configText: '' });
  console.log(`${session.parameters} parameters loaded in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  expect(session.parameters).toBe(596_049_920);

  const prompt = Array.from({ length: PROMPT }, (_, t) => (t * t * 7919 + 31 * t + 5) % config.vocab_size);
  const got = await decode(session, prompt);
  const logits = await computeLogits(session, [...prompt, ...got.slice(0, -1)]);
  const chosen = got.map((_, i) => {
    const row = logits.subarray((PROMPT - 1 + i) * config.vocab_size, (PROMPT + i) * config.vocab_size);
    return row.indexOf(row.reduce((most, v) => Math.max(most, v)));
  });
  console.log(`greedy: ${got.join(' ')}`);
  expect(got).toEqual(chosen);

  const [before, after] = await trainOnce(session, [...prompt, ...got]);
  expect(after).toBeLessThan(before!);
  gpu.device.destroy();
});
