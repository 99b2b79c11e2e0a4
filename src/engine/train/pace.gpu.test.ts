/** Pacing on a real device: the same bits however launches are cut and grouped, and times that the pace can learn from. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openNodeGpu } from '../../headless/adapter.ts';
import { nodeDirectory } from '../../headless/node-files.ts';
import { ARENAS, createAdapter, freeAdapter, layoutAdapter, uploadAdapter } from '../adapters/lora.ts';
import { pack } from '../batch/pack.ts';
import { initialAdapter, planAdapter } from '../files/adapter-plan.ts';
import { Gpu } from '../gpu/device.ts';
import type { Measured } from '../gpu/pace.ts';
import { adaptableWeights } from '../models/index.ts';
import { computeLogits } from '../models/logits.ts';
import { openSession, type Session } from '../models/session.ts';
import { planSteps } from './plans.ts';
import { TrainingPrograms } from './programs.ts';
import { sftObjectives, withInverseCount } from './sft.ts';

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
  const { store, config, weights, capabilities } = session;
  createAdapter(store, layout, { training: true });
  const plans = planSteps({ config, weights, capabilities: { ...capabilities, maxLaunchCost } }, layout, sftObjectives.nll, {
    micro: [SHAPE],
  });
  const programs = await TrainingPrograms.create(session, plans, 1);
  try {
    uploadAdapter(store, layout, initialAdapter(targets, 1));
    await programs.microBatch(withInverseCount([pack([row], SHAPE, 0)])[0]!);
    const { batches } = await programs.stats();
    const gradient = new Uint8Array(await store.read(ARENAS.gradients));
    return { gradient, nll: batches[0]!.loss!, launches: plans.micro[0]!.dispatches };
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

it('measures every submit and learns from it', async () => {
  expect(gpu.pace.isCalibrated).toBe(true);
  expect(gpu.device.features.has('timestamp-query')).toBe(true); // both software adapters have it
  await gpu.idle(); // what other tests submitted is measured, too, and heard before
  const heard: Measured[][] = [];
  gpu.pace.onMeasured = (submits) => void heard.push([...submits]);
  const run = async (): Promise<{ logits: Float32Array; submits: number }> => {
    const { length } = heard;
    const { submits } = gpu.counters;
    const logits = await computeLogits(session, [...ids(50)]);
    await expect.poll(() => heard.length).toBeGreaterThan(length);
    return { logits, submits: gpu.counters.submits - submits };
  };
  // A device said to be very slow: every launch alone is longer than a submit should be.
  gpu.pace.calibrate(1e5);
  const slow = await run();
  const measured = heard.flat();
  expect(measured.length).toBe(slow.submits);
  expect(slow.submits).toBeGreaterThan(20);
  for (const { seconds } of measured) expect(seconds).toBeGreaterThanOrEqual(0);
  const taken = measured.reduce((n, { seconds }) => n + seconds, 0);
  expect(taken).toBeGreaterThan(0);
  // And one said to be impossibly fast: what it really takes is learned within a few runs.
  gpu.pace.calibrate(1e15);
  const fast = await run();
  expect(fast.submits).toBe(1);
  expect(fast.logits).toEqual(slow.logits);
  const estimate = (): number =>
    measured.reduce((n, { work }) => n + [...work].reduce((m, [kernel, cost]) => m + gpu.pace.seconds(kernel, cost), 0), 0);
  const first = estimate();
  for (let i = 0; i < 6; i++) await run();
  expect(estimate()).toBeGreaterThan(20 * first);
});
