/**
 * The second stream of a micro-batch (batch/pack.ts) through the base, the adapter and its running average, by the objective of distillation: planned bytes
 * are allocated, equal weights after equal prompts give equal bits, and only tokens with a weight count.
 */
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ARENAS, createAdapter, freeAdapter, uploadAdapter } from '../../src/engine/adapters/lora.ts';
import { shapeOf } from '../../src/engine/batch/buckets.ts';
import { pack } from '../../src/engine/batch/pack.ts';
import type { AdapterTensors } from '../../src/engine/files/adapter-plan.ts';
import { openSession, type Session } from '../../src/engine/models/session.ts';
import { type DivergenceSettings, distillationObjective } from '../../src/engine/train/distillation/objective.ts';
import { memoryPlan } from '../../src/engine/train/memory.ts';
import { planSteps } from '../../src/engine/train/plans.ts';
import { TrainingPrograms } from '../../src/engine/train/programs.ts';
import { buffersOfRun } from '../../src/engine/train/run-buffers.ts';
import { type OpenAdapter, readAdapterFolder } from '../../src/headless/model-folder.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';
import { relativeL2, testRunner } from './headless-support.ts';

const runner = testRunner();
const norm = (values: Float32Array): number => Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
const MODEL = 'e2e/fixtures/models/mxfp4-yarn';
interface Options {
  readonly average?: AdapterTensors;
  readonly recompute?: boolean;
  readonly session?: Session;
}

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

let whole: Session;
let adapter: OpenAdapter;
beforeAll(async () => {
  whole = await openSession(await runner.gpu(), nodeDirectory(MODEL));
  adapter = await readAdapterFolder(resolve('e2e/fixtures/grpo/gpt-oss/adapter'), whole.config);
});
afterAll(() => whole.store.free(() => true));

/** One micro-batch, twice: to learn from, and only looked at. */
async function run(
  teacher: DivergenceSettings['teacher'],
  beside: typeof rows,
  { average = adapter.tensors, recompute, session = whole }: Options = {},
) {
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
  const { batches, rows: values } = await programs.stats();
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

describe('the second stream', () => {
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
    const [base, ema] = [await run('base', encoded([9, 14], 11)), await run('ema', encoded([9, 14], 11), { average: zeros })];
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
      await run('live', encoded([9, 14], 11), { recompute: false }),
      await run('live', encoded([9, 14], 11), { recompute: true }),
    ];
    expect(again.stats).toEqual(kept.stats);
    expect(relativeL2(again.gradient, kept.gradient)).toBeLessThan(1e-2); // from block inputs of 16 bits
    expect(norm(kept.gradient)).toBeGreaterThan(1e-3);
  });

  it('has the same bits where the embedding table stays with the file', async () => {
    const session = await openSession(await runner.gpu(), nodeDirectory(MODEL), { largestTableOnGpu: 0 });
    try {
      expect(session.table).not.toBeNull();
      const [here, there] = [await run('base', encoded([9, 14], 11)), await run('base', encoded([9, 14], 11), { session })];
      expect(there.stats).toEqual(here.stats);
      expect(there.gradient).toEqual(here.gradient);
      expect(there.allocated).toBe(there.planned.peak);
    } finally {
      session.store.free(() => true);
    }
  });
});
