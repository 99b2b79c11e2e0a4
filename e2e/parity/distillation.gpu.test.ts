/**
 * Self-distillation against PyTorch in float64, which agrees with TRL's own losses where it has them (e2e/fixtures/distillation): for every case the loss, the
 * divergence at each token and every LoRA gradient; and what the second stream promises. Largest relative deviations are printed by kind.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ARENAS, createAdapter, downloadAdapter, freeAdapter, uploadAdapter } from '../../src/engine/adapters/lora.ts';
import { shapeOf } from '../../src/engine/batch/buckets.ts';
import { pack } from '../../src/engine/batch/pack.ts';
import { peftTensors } from '../../src/engine/files/adapter-layout.ts';
import { openSession, type Session } from '../../src/engine/models/session.ts';
import { type DivergenceSettings, distillationObjective } from '../../src/engine/train/distillation/objective.ts';
import { memoryPlan } from '../../src/engine/train/memory.ts';
import { planSteps } from '../../src/engine/train/plans.ts';
import { TrainingPrograms } from '../../src/engine/train/programs.ts';
import { buffersOfRun } from '../../src/engine/train/run-buffers.ts';
import { readDistillationFile } from '../../src/headless/distillation-file.ts';
import { differentiateDistillation } from '../../src/headless/grads-distillation.ts';
import type { Json } from '../../src/headless/json-files.ts';
import { limitsOf, type OpenAdapter, readAdapterFolder } from '../../src/headless/model-folder.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';
import { grads } from '../../src/headless/verbs/grads.ts';
import { readJson, readTensors, relativeL2, testRunner } from './headless-support.ts';

const ROOT = 'e2e/fixtures/distillation';
const ADAPTERS = 'e2e/fixtures/grpo';
/** A gradient smaller than this share of the largest is measured against that. */
const FLOOR = 1e-3;
const runner = testRunner();

interface Cases {
  readonly model: string;
  readonly cases: Record<string, Json>;
}

const norm = (values: Float32Array): number => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));

/** Largest |difference| over the larger of 1 and the largest |wanted|. */
function deviation(got: Float32Array | undefined, want: Float32Array): number {
  if (got?.length !== want.length) return Number.POSITIVE_INFINITY;
  const most = want.reduce((m, v) => Math.max(m, Math.abs(v)), 1);
  return want.reduce((m, v, i) => Math.max(m, Math.abs(got[i]! - v)), 0) / most;
}

describe.each(['qwen3', 'gpt-oss'])('%s', (name) => {
  const { model, cases } = readJson<Cases>(`${ROOT}/${name}/cases.json`);
  const worst = new Map<string, number>();
  let session: Session;
  let adapter: OpenAdapter;
  let golden: Map<string, Float32Array>;
  beforeAll(async () => {
    session = await openSession(await runner.gpu(), nodeDirectory(`e2e/fixtures/${model}`));
    adapter = await readAdapterFolder(resolve(`${ADAPTERS}/${name}/adapter`), session.config);
    golden = await readTensors(`${ROOT}/${name}/golden.safetensors`);
  });
  afterAll(() => {
    session.store.free(() => true);
    console.log(`${name}: worst deviations ${[...worst].map(([kind, value]) => `${kind} ${value.toExponential(1)}`).join(', ')}`);
  });
  const note = (kind: string, value: number): number => {
    worst.set(kind, Math.max(value, worst.get(kind) ?? 0));
    return value;
  };

  it.each(Object.keys(cases))('%s', async (key) => {
    const file = readDistillationFile(cases[key]!, key, limitsOf(session.config));
    const results = await differentiateDistillation(session, adapter, file, {});
    const gradients = peftTensors(adapter.targets, await downloadAdapter(session.store, adapter.layout, ARENAS.gradients));
    freeAdapter(session.store);
    const wanted = [...golden]
      .filter(([tensor]) => tensor.startsWith(`${key}/`))
      .map(([tensor, v]) => [tensor.slice(key.length + 1), v] as const);
    const largest = Math.max(...wanted.filter(([tensor]) => tensor.startsWith('grad.')).map(([, v]) => norm(v)));
    for (const [tensor, want] of wanted) {
      if (!tensor.startsWith('grad.')) {
        const got = results.get(tensor)?.data as Float32Array | undefined;
        expect(note(tensor === 'loss' ? 'loss' : 'divergence', deviation(got, want)), tensor).toBeLessThanOrEqual(1e-5);
        continue;
      }
      const got = gradients.get(tensor.slice('grad.'.length))!.data as Float32Array;
      expect(note('gradients', relativeL2(got, want) * Math.min(1, norm(want) / (FLOOR * largest))), tensor).toBeLessThanOrEqual(1e-4);
    }
    expect(wanted.filter(([tensor]) => tensor.startsWith('grad.')).length).toBe(gradients.size);
    expect(largest).toBeGreaterThan(1e-4);
    expect([...results.keys()].filter((tensor) => !wanted.some(([own]) => own === tensor))).toEqual([]);
  });
});

it('the verb `grads` writes gradients, the loss and the divergences of such a file', async () => {
  const { cases } = readJson<Cases>(`${ROOT}/qwen3/cases.json`);
  const key = 'forward-clip';
  writeFileSync(runner.path('batch.json'), JSON.stringify(cases[key]));
  const out = runner.path('out.safetensors');
  const [model, adapter] = ['e2e/fixtures/dense/qwen3', `${ADAPTERS}/qwen3/adapter`];
  await grads(['--model', model, '--adapter', adapter, '--batch', runner.path('batch.json'), '--out', out], runner);
  const got = await readTensors(out);
  for (const [name, want] of await readTensors(`${ROOT}/qwen3/golden.safetensors`)) {
    if (!name.startsWith(`${key}/`)) continue;
    expect(deviation(got.get(name.slice(key.length + 1).replace('grad.', '')), want), name).toBeLessThanOrEqual(1e-4);
  }
});

const settings: DivergenceSettings = {
  beta: 0.5,
  temperature: 1,
  jsd_token_clip: null,
  top_k_loss: 0,
  top_k_of: 'teacher',
  add_tail: false,
  sampled_token: false,
  teacher: 'base',
};
const encoded = (lengths: readonly number[], prompt: number) =>
  lengths.map((length, row) => ({
    row,
    ids: Uint32Array.from({ length: prompt + length }, (_, t) => 3 + ((t < prompt ? 7 * t + prompt : 5 * (t - prompt) + row) % 40)),
    trained: new Uint8Array(prompt + length).fill(1, prompt),
  }));
const rows = encoded([9, 14], 3);

describe('the second stream', () => {
  let session: Session;
  let adapter: OpenAdapter;
  beforeAll(async () => {
    session = await openSession(await runner.gpu(), nodeDirectory('e2e/fixtures/models/mxfp4-yarn'));
    adapter = await readAdapterFolder(resolve(`${ADAPTERS}/gpt-oss/adapter`), session.config);
  });
  afterAll(() => session.store.free(() => true));

  /** One micro-batch, twice: to learn from, and only looked at. */
  async function run(teacher: DivergenceSettings['teacher'], beside: typeof rows, average = adapter.tensors, recompute?: boolean) {
    const { layout, tensors } = adapter;
    const objective = distillationObjective({ ...settings, teacher });
    const shape = shapeOf(rows, beside);
    const batch = pack(rows, shape, 0, beside);
    const weight = new Float32Array(shape.M).fill(0.1, 0, batch.trained - 3); // the last three are left out
    createAdapter(session.store, layout, { training: true, average: objective.average === true });
    uploadAdapter(session.store, layout, tensors);
    if (objective.average) uploadAdapter(session.store, layout, average, ARENAS.average);
    const options = recompute === undefined ? {} : { gradient_checkpointing: recompute, checkpoint_dtype: 'int16' as const };
    const plans = planSteps(session, layout, objective, { micro: [shape], evaluate: [shape] }, options);
    const programs = await TrainingPrograms.create(session, plans, 2);
    const planned = memoryPlan(session, { layout, plans, history: 2, settings: { gradient_accumulation_steps: 1 } });
    const probed = buffersOfRun({ layout, plans, history: 2 }).reduce((sum, { bytes }) => sum + bytes, 0);
    const allocated = session.store.bytes();
    const columns = { ...batch.columns, weight };
    await programs.microBatch({ ...batch, columns });
    await programs.evaluate({ ...batch, columns });
    const { batches, rows: values, grad_norm: _ } = await programs.stats();
    const gradient = new Float32Array(await session.store.read(ARENAS.gradients));
    programs.free();
    freeAdapter(session.store);
    return {
      stats: batches[0]!,
      looked: batches[1]!,
      divergence: values[0]!.divergence!,
      gradient,
      planned,
      probed,
      allocated,
      trained: batch.trained,
    };
  }

  it('is planned to the byte, with an arena for the average only where it is read', async () => {
    const base = await run('base', encoded([9, 14], 11));
    const ema = await run('ema', encoded([9, 14], 11));
    expect(base.allocated).toBe(base.planned.peak);
    expect(ema.allocated).toBe(ema.planned.peak);
    expect(base.probed + base.planned.weights).toBe(base.allocated);
    expect(ema.probed + ema.planned.weights).toBe(ema.allocated);
    expect([base.planned.adapter, ema.planned.adapter]).toEqual([4 * adapter.layout.length, 8 * adapter.layout.length]);
  });

  it('through the adapter itself, after the same prompt, is the student: no divergence and no gradient, to the bit', async () => {
    for (const beside of [await run('live', rows), await run('ema', rows)]) {
      expect([beside.stats.loss, beside.stats.divergence, beside.stats.entropy! - beside.stats.teacher_entropy!]).toEqual([0, 0, 0]);
      expect(beside.stats.entropy).toBeGreaterThan(1);
      expect(beside.gradient.some((d) => d !== 0)).toBe(false);
    }
  });

  it('through an average of zeros is the base, to the bit', async () => {
    const zeros = new Map([...adapter.tensors].map(([key, values]) => [key, new Float32Array(values.length)]));
    const [base, ema] = [await run('base', encoded([9, 14], 11)), await run('ema', encoded([9, 14], 11), zeros)];
    expect(base.stats.divergence).toBeGreaterThan(0.1);
    expect(ema.stats).toEqual(base.stats);
    expect(ema.gradient).toEqual(base.gradient);
  });

  it('counts only tokens with a weight, shows all, and looks as it learns', async () => {
    const { stats, looked, divergence, trained } = await run('base', encoded([9, 14], 11));
    expect(looked).toEqual(stats);
    expect([stats.count, trained]).toEqual([20, 23]);
    const shown = [...divergence.subarray(0, trained)];
    expect(shown.every((d) => d > 0)).toBe(true);
    expect(shown.slice(0, 20).reduce((a, b) => a + b, 0)).toBeCloseTo(stats.divergence!, 4);
    expect(stats.loss).toBeCloseTo(0.1 * stats.divergence!, 5);
  });

  it('has the same gradient where blocks are computed again', async () => {
    const [kept, again] = [
      await run('live', encoded([9, 14], 11), undefined, false),
      await run('live', encoded([9, 14], 11), undefined, true),
    ];
    expect(again.stats).toEqual(kept.stats);
    expect(relativeL2(again.gradient, kept.gradient)).toBeLessThan(1e-2); // from block inputs of 16 bits
    expect(norm(kept.gradient)).toBeGreaterThan(1e-3);
  });
});
