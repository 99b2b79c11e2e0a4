/**
 * Devices that allow less: weights over several buffers, small bindings, and the embedding table on the host give the same logits, the same
 * answer and the same training steps as one buffer each.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { downloadAdapter, layoutAdapter, uploadAdapter } from '../../src/engine/adapters/lora.ts';
import type { EncodedRow } from '../../src/engine/batch/encode.ts';
import { initialAdapter, planAdapter } from '../../src/engine/files/adapter-plan.ts';
import { Generator } from '../../src/engine/generate/generator.ts';
import { Gpu } from '../../src/engine/gpu/device.ts';
import { DEFAULT_CAPABILITIES } from '../../src/engine/graph/op.ts';
import { adaptableWeights } from '../../src/engine/models/index.ts';
import { computeLogits } from '../../src/engine/models/logits.ts';
import { openSession, type Session } from '../../src/engine/models/session.ts';
import { prepareRun, TrainingRun } from '../../src/engine/train/run.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';
import { readSettings } from '../../src/headless/read-settings.ts';
import { largestError } from './headless-support.ts';

const MODEL = 'e2e/fixtures/models/bf16-sharded';
const { settings } = readSettings({ r: 4, lora_alpha: 8, max_steps: 2, learning_rate: 1e-2 }, 'settings', '2025-08-05');

let gpu: Gpu;
beforeAll(async () => {
  gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
});
afterAll(() => gpu.device.destroy());

/** `buffers`: made for weights beside one each (the rotary table; then the second halves of head and embedding, the experts' parts). */
const small = [
  { title: 'weights over several buffers', capabilities: { maxBufferSize: 8_300, maxStorageBufferBindingSize: 8_192 }, buffers: 1 + 2 + 8 },
  { title: 'large buffers but small bindings', capabilities: { maxStorageBufferBindingSize: 8_192 }, buffers: 1 },
];

interface Outcome {
  readonly logits: Float32Array;
  readonly ids: number[];
  readonly losses: number[];
  readonly adapter: Float32Array[];
}

async function outcome(session: Session): Promise<Outcome> {
  const vocabulary = session.config.vocab_size;
  const prompt = Uint32Array.from({ length: 21 }, (_, i) => (i * 37 + 5) % vocabulary);
  const logits = await computeLogits(session, [...prompt]);
  const ids: number[] = [];
  const generator = new Generator(session);
  const sampling = { temperature: 0, top_k: 0, top_p: 1, min_p: 0, seed: 0, salt: 0 };
  await generator.generate({
    rows: [{ prompt, sampling, max_new_tokens: 6 }],
    adapter: null,
    vocabulary_with_text: vocabulary,
    eos: [],
    onIds: (_row, fresh) => {
      ids.push(...fresh);
      return undefined;
    },
  });
  generator.free();
  const targets = planAdapter(settings.lora, adaptableWeights(session.config));
  const layout = layoutAdapter(targets);
  const rows = [0, 1].map((row): EncodedRow => ({ row, ids: prompt, trained: new Uint8Array(21).fill(1) }));
  const run = await TrainingRun.create(session, prepareRun(session, { settings, rows, validation: [], layout }));
  uploadAdapter(session.store, layout, initialAdapter(targets, 1));
  const losses: number[] = [];
  await run.train({ onStep: ({ loss }) => losses.push(loss), onEval: () => {}, between: async () => true });
  const adapter = [...(await downloadAdapter(session.store, layout)).values()];
  run.free();
  return { logits, ids, losses, adapter };
}

describe('a device with smaller limits', () => {
  let want: Outcome;
  beforeAll(async () => {
    const session = await openSession(gpu, nodeDirectory(MODEL));
    want = await outcome(session);
    session.store.free(() => true);
  });

  it('has something to compare', () => {
    expect(want.ids.length).toBe(6);
    expect(want.losses[1]).not.toBe(want.losses[0]);
  });

  it('gives the same bits with the embedding table on the host', async () => {
    const session = await openSession(gpu, nodeDirectory(MODEL), { largestTableOnGpu: 0 });
    expect(session.table).not.toBeNull();
    expect(session.store.has('model.embed_tokens.weight')).toBe(false);
    expect(await outcome(session)).toEqual(want);
    session.store.free(() => true);
  });

  // The head's gradient is then a sum over ranges of the vocabulary, so the last bits differ.
  it.each(small)('gives the same with $title', async ({ capabilities, buffers }) => {
    const before = gpu.counters.buffers;
    const session = await openSession(gpu, nodeDirectory(MODEL), {}, { ...DEFAULT_CAPABILITIES, ...capabilities });
    expect(gpu.counters.buffers - before - session.weights.size).toBe(buffers);
    const got = await outcome(session);
    expect(got.logits).toEqual(want.logits);
    expect(got.ids).toEqual(want.ids);
    got.losses.forEach((loss, i) => {
      expect(Math.abs(loss - want.losses[i]!)).toBeLessThanOrEqual(1e-6 * want.losses[i]!);
    });
    got.adapter.forEach((tensor, i) => {
      expect(largestError(tensor, want.adapter[i]!)).toBeLessThanOrEqual(1e-4);
    });
    session.store.free(() => true);
  });

  it('says what it cannot answer, and answers what it can', async () => {
    const session = await openSession(gpu, nodeDirectory(MODEL));
    const limits: Record<string, unknown> = {};
    for (const name in gpu.device.limits) limits[name] = gpu.device.limits[name as keyof GPUSupportedLimits];
    const own = Object.getOwnPropertyDescriptor(gpu.device, 'limits')!;
    Object.defineProperty(gpu.device, 'limits', { value: { ...limits, maxStorageBufferBindingSize: 2 ** 15 }, configurable: true });
    await expect(outcome(session)).rejects.toThrow(/Answers of this length in 1 column at once need more than this GPU allows \(.+32768\)/);
    Object.defineProperty(gpu.device, 'limits', own);
    expect(await outcome(session)).toEqual(want);
    session.store.free(() => true);
  });

  it('leaves nothing behind but small readback buffers', () => {
    expect(gpu.counters.bytes).toBeLessThan(2 ** 16);
  });
});
