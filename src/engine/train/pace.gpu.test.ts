/** Pacing on a real device: the same bits however launches are cut and grouped, and times that the pace can learn from. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openNodeGpu } from '../../headless/adapter.ts';
import { nodeDirectory } from '../../headless/node-files.ts';
import { ARENAS, createAdapter, freeAdapter, layoutAdapter, uploadAdapter } from '../adapters/lora.ts';
import { pack } from '../batch/pack.ts';
import { initialAdapter, planAdapter } from '../files/adapter-plan.ts';
import { Gpu } from '../gpu/device.ts';
import { type Measured, SUBMIT_SECONDS } from '../gpu/pace.ts';
import { adaptableWeights } from '../models/gpt-oss-weights.ts';
import { computeLogits } from '../models/logits.ts';
import { openSession, type Session } from '../models/session.ts';
import { planSteps, TrainingPrograms } from './step.ts';

const SHAPE = { T: 64, M: 32 };
const ids = (n: number): Uint32Array => Uint32Array.from({ length: n }, (_, i) => (i * 37 + 11) % 200);
const row = { row: 0, ids: ids(60), trained: Uint8Array.from({ length: 60 }, (_, i) => (i > 30 ? 1 : 0)) };

let gpu: Gpu;
let session: Session;
beforeAll(async () => {
  gpu = await Gpu.open(await openNodeGpu());
  session = await openSession(gpu, nodeDirectory('e2e/fixtures/models/mxfp4-yarn'));
});
afterAll(() => gpu.close());

/** The gradient arena after one micro-batch, and its figures; launches of the program. */
async function step(maxLaunchCost: number): Promise<{ gradient: Uint8Array; nll: number; launches: number }> {
  const lora = {
    r: 8,
    lora_alpha: 16,
    target_modules: 'all-linear',
    target_parameters: ['mlp.experts.gate_up_proj', 'mlp.experts.down_proj'],
  };
  const targets = planAdapter(
    { ...lora, target_modules: 'all-linear', use_rslora: false, rank_pattern: {}, alpha_pattern: {} },
    adaptableWeights(session.config),
  );
  const layout = layoutAdapter(targets);
  const { store, config, residents, capabilities } = session;
  createAdapter(store, layout, { training: true });
  const plans = planSteps(config, residents, layout, [SHAPE], [], { ...capabilities, maxLaunchCost });
  const programs = await TrainingPrograms.create(session, plans, [], 1);
  try {
    uploadAdapter(store, layout, initialAdapter(targets, 1));
    await programs.microBatch(pack([row], SHAPE, 0), 29);
    const { batches } = await programs.figures();
    const gradient = new Uint8Array(await store.read(ARENAS.gradients));
    return { gradient, nll: batches[0]!.nll, launches: plans.micro[0]!.launches.length };
  } finally {
    programs.free();
    freeAdapter(store);
  }
}

it('gives the same loss and gradient bits with launches whole and in many parts', async () => {
  const whole = await step(Number.POSITIVE_INFINITY);
  const parts = await step(20_000);
  expect(parts.launches).toBeGreaterThan(3 * whole.launches);
  expect(whole.nll).toBeGreaterThan(0);
  expect(parts.nll).toBe(whole.nll);
  expect(whole.gradient.some((byte) => byte !== 0)).toBe(true);
  expect(Buffer.compare(parts.gradient, whole.gradient)).toBe(0);
});

it('gives the same logits bits', async () => {
  const of = (maxLaunchCost: number) =>
    computeLogits({ ...session, capabilities: { ...session.capabilities, maxLaunchCost } }, [...ids(50)]);
  expect(await of(20_000)).toEqual(await of(Number.POSITIVE_INFINITY));
});

it('measures every submit, learns from it, and groups by what it has learned', async () => {
  expect(gpu.pace.isCalibrated).toBe(true);
  const heard: Measured[][] = [];
  gpu.pace.onMeasured = (submits) => void heard.push([...submits]);
  const { submits: before } = gpu.counters;
  // A device said to be a hundred thousand times slower: every launch is longer than a submit should be.
  gpu.pace.calibrate(1e5);
  const logits = await computeLogits(session, [...ids(50)]);
  const alone = gpu.counters.submits - before;
  expect(alone).toBeGreaterThan(20);
  await expect.poll(() => heard.length).toBeGreaterThan(0);
  const measured = heard.flat();
  if (gpu.device.features.has('timestamp-query')) {
    expect(measured.length).toBe(alone);
    for (const { seconds } of measured) expect(seconds).toBeGreaterThanOrEqual(0);
  }
  expect(measured.reduce((n, { seconds }) => n + seconds, 0)).toBeGreaterThan(0);
  const estimate = (): number =>
    measured.reduce((n, { work }) => n + [...work].reduce((m, [kernel, cost]) => m + gpu.pace.seconds(kernel, cost), 0), 0);
  const first = estimate();
  expect(first).toBeGreaterThan(alone * SUBMIT_SECONDS);
  for (let i = 0; i < 8; i++) {
    const count = heard.length;
    expect(await computeLogits(session, [...ids(50)])).toEqual(logits);
    await expect.poll(() => heard.length).toBeGreaterThan(count);
  }
  expect(estimate()).toBeLessThan(first / 100);
  const last = gpu.counters.submits;
  await computeLogits(session, [...ids(50)]);
  expect(gpu.counters.submits - last).toBeLessThan(alone / 2);
});
