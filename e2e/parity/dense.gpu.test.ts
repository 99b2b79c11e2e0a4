/**
 * Tiny models of every dense family against transformers and PEFT (e2e/fixtures/dense): logits within 1e-4 of the largest, loss within 1e-5, every LoRA
 * gradient within a relative L2 of 1e-4, the greedy ids exactly, all prompts decoded together, with and without the adapter; and the merged model's logits.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type AdapterLayout,
  ARENAS,
  createAdapter,
  downloadAdapter,
  layoutAdapter,
  uploadAdapter,
  withLora,
} from '../../src/engine/adapters/lora.ts';
import { shapeOf } from '../../src/engine/batch/buckets.ts';
import type { EncodedRow } from '../../src/engine/batch/encode.ts';
import { pack } from '../../src/engine/batch/pack.ts';
import { type ImportedAdapter, readAdapter } from '../../src/engine/files/adapter.ts';
import { peftTensors } from '../../src/engine/files/adapter-layout.ts';
import type { AdapterTarget } from '../../src/engine/files/adapter-plan.ts';
import { f32Tensor, type TensorData, writeSafetensors } from '../../src/engine/files/safetensors-write.ts';
import { bytesDirectory } from '../../src/engine/files/source.ts';
import { Generator } from '../../src/engine/generate/generator.ts';
import { Gpu } from '../../src/engine/gpu/device.ts';
import { DEFAULT_CAPABILITIES } from '../../src/engine/graph/op.ts';
import { type ModelFiles, openModelFiles } from '../../src/engine/models/files.ts';
import { adaptableWeights } from '../../src/engine/models/index.ts';
import { computeLogits } from '../../src/engine/models/logits.ts';
import { mergedTensors, tensorBytes } from '../../src/engine/models/merge.ts';
import { loadSession, openSession, type Session } from '../../src/engine/models/session.ts';
import { type MicroBatchOptions, planSteps } from '../../src/engine/train/plans.ts';
import { TrainingPrograms } from '../../src/engine/train/programs.ts';
import { sftObjectives, withInverseCount } from '../../src/engine/train/sft.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';
import { largestError, readTensors, relativeL2 } from './headless-support.ts';

const ROOT = 'e2e/fixtures/dense';
const GREEDY = { temperature: 0, top_k: 0, top_p: 1, min_p: 0, seed: 1, salt: 0 };
/** A gradient smaller than this share of the largest is measured against that. */
const FLOOR = 1e-3;

interface Case {
  readonly ids: { readonly input_ids: number[][] };
  readonly batch: { readonly input_ids: number[][]; readonly labels: number[][] };
  readonly greedy: { readonly input_ids: number[][]; readonly base: number[][]; readonly adapted: number[][] };
}

interface Loaded {
  readonly session: Session;
  readonly files: ModelFiles;
  readonly adapter: ImportedAdapter;
  readonly targets: readonly AdapterTarget[];
  readonly layout: AdapterLayout;
}

let gpu: Gpu;
const open: Session[] = [];
beforeAll(async () => {
  gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
});
afterEach(() => {
  for (const { store } of open.splice(0)) store.free(() => true);
});
afterAll(() => gpu.device.destroy());

async function load(name: string): Promise<Loaded> {
  const files = await openModelFiles(nodeDirectory(`${ROOT}/${name}`));
  const session = await loadSession(gpu, files);
  open.push(session);
  const adapter = await readAdapter(nodeDirectory(`${ROOT}/${name}/adapter`), adaptableWeights(session.config));
  const { targets, tensors } = adapter;
  const layout = layoutAdapter(targets);
  createAdapter(session.store, layout, { training: true });
  uploadAdapter(session.store, layout, tensors);
  return { session, files, adapter, targets, layout };
}

function floatsOf(parts: readonly Uint8Array[]): Float32Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((n, { length }) => n + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new Float32Array(whole.buffer);
}

/** The loss; gradients are left in their arena. */
async function differentiate(
  { session, layout }: Loaded,
  { input_ids, labels }: Case['batch'],
  options: MicroBatchOptions,
): Promise<number> {
  const rows = input_ids.map(
    (ids, row): EncodedRow => ({ row, ids: Uint32Array.from(ids), trained: Uint8Array.from(labels[row]!, (l) => (l === -100 ? 0 : 1)) }),
  );
  const shape = shapeOf(rows);
  const packed = pack(rows, shape, 0);
  const plans = planSteps(session, layout, sftObjectives.nll, { micro: [shape] }, options);
  const programs = await TrainingPrograms.create(session, plans, 1);
  await programs.microBatch(withInverseCount([packed])[0]!);
  const { loss, trained } = (await programs.stats()).batches[0]!;
  programs.free();
  return loss! / trained!;
}

async function decode(session: Session, prompts: readonly number[][], adapter: AdapterLayout | null): Promise<number[][]> {
  const got: number[][] = prompts.map(() => []);
  const generator = new Generator(session);
  await generator.generate({
    rows: prompts.map((prompt) => ({ prompt: Uint32Array.from(prompt), sampling: GREEDY, max_new_tokens: 12 })),
    adapter,
    vocabulary_with_text: session.config.vocab_size,
    eos: session.config.eos_token_ids,
    onIds: (row, ids) => {
      got[row]!.push(...ids);
      return false;
    },
  });
  generator.free();
  return got;
}

const cases = readdirSync(ROOT, { withFileTypes: true }).filter((entry) => entry.isDirectory());

it('scales the rows of an embedding table that stays off the GPU', async () => {
  const session = await openSession(gpu, nodeDirectory(`${ROOT}/granite`), { largestTableOnGpu: 0 });
  open.push(session);
  expect(session.table).not.toBeNull();
  const { ids } = JSON.parse(readFileSync(`${ROOT}/granite/case.json`, 'utf8')) as Case;
  const want = await readTensors(`${ROOT}/granite/golden.safetensors`);
  expect(largestError(await computeLogits(session, ids.input_ids[2]!), want.get('logits.2')!)).toBeLessThanOrEqual(1e-4);
});

it('decodes through gate and up in pieces that a binding holds', async () => {
  const less = { ...DEFAULT_CAPABILITIES, maxStorageBufferBindingSize: 3072 };
  const session = await openSession(gpu, nodeDirectory(`${ROOT}/qwen2`), {}, less);
  open.push(session);
  const { greedy } = JSON.parse(readFileSync(`${ROOT}/qwen2/case.json`, 'utf8')) as Case;
  expect(await decode(session, greedy.input_ids, null)).toEqual(greedy.base);
});

describe.each(cases.map(({ name }) => name))('%s', (name) => {
  const { ids, batch, greedy } = JSON.parse(readFileSync(`${ROOT}/${name}/case.json`, 'utf8')) as Case;
  const golden = () => readTensors(`${ROOT}/${name}/golden.safetensors`);

  it('gives the logits of transformers, and with the adapter those of PEFT', async () => {
    const { session, layout } = await load(name);
    const want = await golden();
    let worst = 0;
    for (const [i, row] of ids.input_ids.entries())
      worst = Math.max(worst, largestError(await computeLogits(session, row), want.get(`logits.${i}`)!));
    for (const [i, row] of batch.input_ids.entries()) {
      const got = await computeLogits(session, row, (trace, weights) => withLora(trace, weights, layout));
      worst = Math.max(worst, largestError(got, want.get(`adapted.${i}`)!));
    }
    console.log(`${name}: worst relative difference of logits ${worst.toExponential(2)}`);
    expect(worst).toBeLessThanOrEqual(1e-4);
  });

  it('merged, gives the logits of PEFT', async () => {
    const { layout, files, adapter } = await load(name);
    const tensors = new Map<string, TensorData>();
    for (const tensor of mergedTensors({ files, adapter, dtype: 'F32' })) {
      const bytes: Uint8Array[] = [];
      for await (const part of tensorBytes(tensor)) bytes.push(part);
      tensors.set(tensor.name, f32Tensor(floatsOf(bytes), ...tensor.shape));
    }
    expect(layout.targets.length).toBeGreaterThan(0);
    const folder = new Map([
      ['config.json', new Uint8Array(readFileSync(`${ROOT}/${name}/config.json`))],
      ['model.safetensors', writeSafetensors(tensors)],
    ]);
    const session = await openSession(gpu, bytesDirectory(name, folder));
    open.push(session);
    const want = await golden();
    for (const [i, row] of batch.input_ids.entries())
      expect(largestError(await computeLogits(session, row), want.get(`adapted.${i}`)!)).toBeLessThanOrEqual(1e-4);
  });

  it.each([
    [{ gradient_checkpointing: true }, 1e-4],
    [{ gradient_checkpointing: false }, 1e-4],
  ] as const)('gives the loss and the gradients of PEFT, %o', async (options, bound) => {
    const loaded = await load(name);
    const want = await golden();
    const loss = await differentiate(loaded, batch, options);
    const expected = want.get('loss')![0]!;
    expect(Math.abs(loss - expected) / expected).toBeLessThanOrEqual(1e-5);
    const gradients = peftTensors(loaded.targets, await downloadAdapter(loaded.session.store, loaded.layout, ARENAS.gradients));
    const keys = [...want.keys()].filter((key) => key.startsWith('grad.')).map((key) => key.slice('grad.'.length));
    expect([...gradients.keys()].sort()).toEqual(keys.sort());
    const norm = (values: Float32Array): number => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
    const largest = Math.max(...keys.map((key) => norm(want.get(`grad.${key}`)!)));
    const errors = keys.map((key) => {
      const wanted = want.get(`grad.${key}`)!;
      return relativeL2(gradients.get(key)!.data as Float32Array, wanted) * Math.min(1, norm(wanted) / (FLOOR * largest));
    });
    console.log(
      `${name}, ${JSON.stringify(options)}: loss off by ${Math.abs(loss - expected).toExponential(2)}, worst relative L2 of ${keys.length} gradients ${Math.max(...errors).toExponential(2)}`,
    );
    keys.forEach((key, i) => {
      expect(errors[i], key).toBeLessThanOrEqual(bound);
    });
  });

  it('decodes the greedy ids of transformers, and with the adapter those of PEFT', async () => {
    const { session, layout } = await load(name);
    expect(await decode(session, greedy.input_ids, null)).toEqual(greedy.base);
    expect(await decode(session, greedy.input_ids, layout)).toEqual(greedy.adapted);
  });
});
