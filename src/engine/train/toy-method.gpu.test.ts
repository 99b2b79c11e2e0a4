/**
 * A second training method through the table alone: `pull` brings the last hidden states back to those of the base model. It has a column, stats, a
 * kernel and metrics of its own, and reads the second stream through the weights without the adapter; nothing but this file knows it.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNodeGpu } from '../../headless/adapter.ts';
import { nodeDirectory } from '../../headless/node-files.ts';
import { defaultSettings } from '../../protocol/setting-values.ts';
import type { StepMetrics } from '../../protocol/training.ts';
import { ARENAS, createAdapter, downloadAdapter, freeAdapter, layoutAdapter, uploadAdapter } from '../adapters/lora.ts';
import { shapeOf } from '../batch/buckets.ts';
import type { EncodedRow } from '../batch/encode.ts';
import { pack } from '../batch/pack.ts';
import { type AdapterTensors, initialAdapter, planAdapter } from '../files/adapter-plan.ts';
import { Gpu } from '../gpu/device.ts';
import { makeKernel } from '../gpu/kernel.ts';
import type { Op } from '../graph/op.ts';
import type { Tensor } from '../graph/tensor.ts';
import { adaptableWeights } from '../models/index.ts';
import { openSession, type Session } from '../models/session.ts';
import { methods } from './index.ts';
import { memoryPlan } from './memory.ts';
import type { Method, MethodInput, Objective } from './method.ts';
import { planSteps } from './plans.ts';
import { TrainingPrograms } from './programs.ts';
import { prepareRun, TrainingRun } from './run.ts';

/** One invocation walks all rows: loss = sum of pull |h - b|^2 / 2, dh = pull (h - b). */
const kernel = makeKernel('pull.forward', [
  {
    path: 'toy/pull.forward.wgsl',
    text: `struct Params {
  rows: u32,
  width: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> hidden: array<f32>;
@group(0) @binding(2) var<storage, read> base: array<f32>;
@group(0) @binding(3) var<storage, read> pull: array<f32>;
@group(0) @binding(4) var<storage, read_write> dhidden: array<f32>;
@group(0) @binding(5) var<storage, read_write> stats: array<f32>;

@compute @workgroup_size(1)
fn main() {
  var sum = 0.0;
  for (var r = 0u; r < params.rows; r++) {
    for (var c = 0u; c < params.width; c++) {
      let i = r * params.width + c;
      let d = hidden[i] - base[i];
      dhidden[i] = pull[r] * d;
      sum += 0.5 * pull[r] * d * d;
    }
  }
  stats[0] += sum;
}
`,
  },
]);

type Inputs = { hidden: Tensor; base: Tensor; pull: Tensor };
const pullOp: Op<Inputs, { dhidden: Tensor; stats: Tensor }, { readonly width: number }> = {
  name: 'pull',
  infer: ({ hidden }, { width }) => ({ dhidden: { shape: hidden.shape, dtype: 'f32' }, stats: { shape: [width], dtype: 'f32' } }),
  lower: ({ inputs, outputs }) => {
    const [rows, width] = inputs.hidden.shape as [number, number];
    return [{ kernel, bind: { ...inputs, ...outputs }, params: { rows, width }, workgroups: [1, 1, 1] }];
  },
};

const objective: Objective = {
  name: 'pull',
  columns: [{ name: 'pull', dtype: 'f32', per: 'row' }],
  router_aux_loss: false,
  stats: ['distance'],
  loss: (trace, { hidden, column, stats, base }) =>
    trace.emit(pullOp, { hidden, base: base(), pull: column('pull') }, { width: stats.shape[0]! }, { stats }).dhidden,
};

function batchOf(rows: readonly EncodedRow[]) {
  const batch = pack(rows, shapeOf(rows), 0);
  const pull = new Float32Array(batch.M).fill(1 / batch.trained, 0, batch.trained);
  return { ...batch, columns: { ...batch.columns, pull } };
}

function pullMethod({ settings, rows }: MethodInput): Method {
  return {
    objective,
    steps: settings.max_steps,
    shapes: [shapeOf(rows)],
    max_micro_batches: 1,
    workload: { tokens: 0, trained_tokens: 0 },
    batches: async () => [batchOf(rows)],
    metrics: (step, [stats]) => ({ epoch: step + 1, loss: stats!.distance! }),
    evaluation: null,
    fingerprint: 'pull',
  };
}

const rows = [17, 33].map(
  (length, r): EncodedRow => ({
    row: r,
    ids: Uint32Array.from({ length }, (_, t) => 3 + ((t * (r + 5)) % 40)),
    trained: new Uint8Array(length).fill(1),
  }),
);
const defaults = defaultSettings('2025-08-05');
const settings = {
  ...defaults,
  method: 'pull',
  max_steps: 6,
  lora: { ...defaults.lora, r: 4, target_parameters: ['mlp.experts.down_proj'] },
  optimizer: { ...defaults.optimizer, learning_rate: 2e-3 },
};

let gpu: Gpu;
let session: Session;
beforeAll(async () => {
  methods.pull = pullMethod;
  gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
  session = await openSession(gpu, nodeDirectory('e2e/fixtures/models/mxfp4-yarn'));
});
afterAll(() => {
  delete methods.pull;
  gpu.close();
});

const targets = () => planAdapter(settings.lora, adaptableWeights(session.config));

/** B with values, so that the adapter does something. */
function stirred(): AdapterTensors {
  const tensors = initialAdapter(targets(), 1);
  for (const [key, values] of tensors) {
    if (key.includes('lora_B')) values.set(values.map((_, i) => Math.sin(i + key.length) / 30));
  }
  return tensors;
}

async function run(tensors: AdapterTensors): Promise<{ steps: StepMetrics[]; planned: number; allocated: number }> {
  const layout = layoutAdapter(targets());
  const prepared = prepareRun(session, { settings, rows, validation: [], layout });
  const planned = memoryPlan(session, prepared).peak;
  const training = await TrainingRun.create(session, prepared);
  try {
    uploadAdapter(session.store, layout, tensors);
    const steps: StepMetrics[] = [];
    await training.train({ onStep: (m) => steps.push(m), onEval: () => {}, between: async () => true });
    return { steps, planned, allocated: session.store.bytes() };
  } finally {
    training.free();
    freeAdapter(session.store);
  }
}

describe('a method of a test', () => {
  it('trains: the distance to the base model falls at every step, and planned bytes are allocated', async () => {
    const { steps, planned, allocated } = await run(stirred());
    expect(steps.length).toBe(6);
    for (const [i, { loss }] of steps.entries()) if (i > 0) expect(loss).toBeLessThan(steps[i - 1]!.loss);
    expect(steps[0]!.loss).toBeGreaterThan(0.01);
    expect(allocated).toBe(planned);
  });

  it('reads the base model through the second stream: an adapter that does nothing is at no distance, to the bit', async () => {
    const { steps } = await run(initialAdapter(targets(), 1));
    expect(steps.map(({ loss, grad_norm }) => [loss, grad_norm])).toEqual(steps.map(() => [0, 0]));
  });

  it('gives the same gradient bits where blocks are recomputed', async () => {
    const gradient = async (gradient_checkpointing: boolean): Promise<Buffer> => {
      const layout = layoutAdapter(targets());
      createAdapter(session.store, layout, { training: true });
      uploadAdapter(session.store, layout, stirred());
      const plans = planSteps(session, layout, objective, { micro: [shapeOf(rows)] }, { gradient_checkpointing });
      const programs = await TrainingPrograms.create(session, plans, 1);
      await programs.microBatch(batchOf(rows));
      await programs.stats();
      const all = await downloadAdapter(session.store, layout, ARENAS.gradients);
      programs.free();
      freeAdapter(session.store);
      return Buffer.concat([...all.values()].map((v) => Buffer.from(v.buffer, v.byteOffset, v.byteLength)));
    };
    const kept = await gradient(false);
    expect(kept.some((byte) => byte !== 0)).toBe(true);
    expect(kept.equals(await gradient(true))).toBe(true);
  });

  it('is refused by its name where the table lacks it', () => {
    const layout = layoutAdapter(targets());
    const input = { settings: { ...settings, method: 'ppo' }, rows, validation: [], layout };
    expect(() => prepareRun(session, input)).toThrow('method is "ppo" and must be sft or grpo or distillation or pull.');
  });
});
