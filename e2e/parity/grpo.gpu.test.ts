/**
 * GRPO against TRL's own GRPOTrainer (e2e/fixtures/grpo): for every case the loss, the advantages, the log-probabilities, every metric and every LoRA gradient;
 * and a run of three optimizer steps on TRL's completions. Largest relative deviations are printed by kind.
 */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ARENAS, createAdapter, downloadAdapter, freeAdapter, uploadAdapter } from '../../src/engine/adapters/lora.ts';
import { shapeOf } from '../../src/engine/batch/buckets.ts';
import { peftTensors } from '../../src/engine/files/adapter-layout.ts';
import type { Session } from '../../src/engine/models/session.ts';
import { openSession } from '../../src/engine/models/session.ts';
import { scoreRollouts } from '../../src/engine/train/grpo/advantages.ts';
import { type Brought, type GrpoContext, microBatches } from '../../src/engine/train/grpo/batches.ts';
import { grpoMetrics } from '../../src/engine/train/grpo/metrics.ts';
import { grpoObjective } from '../../src/engine/train/grpo/objective.ts';
import { keepsReference, lookAhead, needsOldLogps, packStep } from '../../src/engine/train/grpo/step.ts';
import { memoryPlan } from '../../src/engine/train/memory.ts';
import { planSteps } from '../../src/engine/train/plans.ts';
import { TrainingPrograms } from '../../src/engine/train/programs.ts';
import { learningRateFactor } from '../../src/engine/train/schedule.ts';
import { differentiateGrpo } from '../../src/headless/grads-grpo.ts';
import { readGrpoFile } from '../../src/headless/grpo-file.ts';
import type { Json } from '../../src/headless/json-files.ts';
import { limitsOf, type OpenAdapter, readAdapterFolder } from '../../src/headless/model-folder.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';
import { grads } from '../../src/headless/verbs/grads.ts';
import { readJson, readTensors, relativeL2, testRunner } from './headless-support.ts';

const ROOT = 'e2e/fixtures/grpo';
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
    adapter = await readAdapterFolder(resolve(`${ROOT}/${name}/adapter`), session.config);
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
    const file = readGrpoFile(cases[key]!, key, limitsOf(session.config), session.config);
    const results = await differentiateGrpo(session, adapter, file, {});
    const gradients = peftTensors(adapter.targets, await downloadAdapter(session.store, adapter.layout, ARENAS.gradients));
    freeAdapter(session.store);
    const wanted = [...golden]
      .filter(([tensor]) => tensor.startsWith(`${key}/`))
      .map(([tensor, v]) => [tensor.slice(key.length + 1), v] as const);
    const largest = Math.max(...wanted.filter(([tensor]) => tensor.startsWith('grad.')).map(([, v]) => norm(v)));
    for (const [tensor, want] of wanted) {
      if (!tensor.startsWith('grad.')) {
        const got = results.get(tensor)?.data as Float32Array | undefined;
        const kind = tensor.includes('logps.') ? 'log-probabilities' : ['loss', 'advantages'].includes(tensor) ? tensor : 'metrics';
        expect(note(kind, deviation(got, want)), tensor).toBeLessThanOrEqual(1e-4);
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

it('the verb `grads` writes gradients and metrics of such a file', async () => {
  const { cases } = readJson<Cases>(`${ROOT}/qwen3/cases.json`);
  writeFileSync(runner.path('batch.json'), JSON.stringify(cases.cispo));
  const out = runner.path('out.safetensors');
  const [model, adapter] = ['e2e/fixtures/dense/qwen3', `${ROOT}/qwen3/adapter`];
  await grads(['--model', model, '--adapter', adapter, '--batch', runner.path('batch.json'), '--out', out], runner);
  const got = await readTensors(out);
  const golden = await readTensors(`${ROOT}/qwen3/golden.safetensors`);
  for (const [name, want] of golden) {
    if (!name.startsWith('cispo/')) continue;
    expect(deviation(got.get(name.slice('cispo/'.length).replace('grad.', '')), want), name).toBeLessThanOrEqual(1e-4);
  }
});

interface Replay {
  readonly settings: Record<string, number>;
  readonly rollouts: readonly { prompt_ids: number[][]; completion_ids: number[][]; rewards: (number | null)[][] }[];
  readonly steps: readonly Record<string, number>[];
}

describe('three optimizer steps on the completions of a run of TRL', () => {
  it('repeats losses, gradient norms, metrics and the adapter', async () => {
    const { settings, rollouts, steps } = readJson<Replay>(`${ROOT}/run-3/run.json`);
    const { learning_rate, max_grad_norm, weight_decay } = settings as {
      learning_rate: number;
      max_grad_norm: number;
      weight_decay: number;
    };
    const optimizer = { learning_rate, max_grad_norm, weight_decay, adam_beta1: 0.9, adam_beta2: 0.999, adam_epsilon: 1e-8 };
    const session = await openSession(await runner.gpu(), nodeDirectory('e2e/fixtures/dense/qwen3'));
    const adapter = await readAdapterFolder(resolve(`${ROOT}/qwen3/adapter`), session.config);
    const {
      per_device_train_batch_size: _,
      learning_rate: _l,
      lr_scheduler_type: _s,
      warmup_steps: _w,
      weight_decay: _d,
      ...rest
    } = settings;
    const { max_grad_norm: _g, max_steps: _m, seed: _x, ...loss } = rest;
    const files = rollouts.map((batch, i) => readGrpoFile({ loss, ...batch }, `${i}`, limitsOf(session.config), session.config));
    const context: GrpoContext = { ...files[0]!, aux: false };
    expect(needsOldLogps(context)).toBe(true);
    const scored = files.map(({ batch }) => scoreRollouts(batch.rewards, context.settings));
    const plan = steps.map((_step, i) => ({ of: Math.floor(i / 2), step: i % 2 }));
    const shapes = [...plan.flatMap(({ of, step }) => microBatches(files[of]!.batch, scored[of]!.advantages, step, context))].map(
      ({ rows }) => shapeOf(rows),
    );
    const shape = { T: Math.max(...shapes.map(({ T }) => T)), M: Math.max(...shapes.map(({ M }) => M)) };
    createAdapter(session.store, adapter.layout, { training: true });
    uploadAdapter(session.store, adapter.layout, adapter.tensors);
    const objective = grpoObjective(context.settings, { micro_batches: 2, old_logps: true, ref_logps: keepsReference(context) });
    const plans = planSteps(session, adapter.layout, objective, { micro: [shape], evaluate: [shape] });
    const programs = await TrainingPrograms.create(session, plans, 2);
    const planned = memoryPlan(session, { layout: adapter.layout, plans, history: 2, settings: { gradient_accumulation_steps: 2 } });
    expect(session.store.bytes()).toBe(planned.peak);
    const schedule = { lr_scheduler_type: 'cosine', lr_scheduler_kwargs: {}, warmup_steps: 0 } as const;
    let brought: Brought = {};
    const off = { loss: 0, grad_norm: 0, metrics: 0 };
    for (const [i, { of, step }] of plan.entries()) {
      const { batch } = files[of]!;
      if (step === 0) brought = await lookAhead(programs, batch, scored[of]!.advantages, context, [shape]);
      const batches = microBatches(batch, scored[of]!.advantages, step, context);
      for (const packed of packStep(batches, context, brought, [shape])) await programs.microBatch(packed);
      const rate = learning_rate * learningRateFactor({ ...optimizer, ...schedule }, i, steps.length, 0);
      programs.optimizerStep({ ...optimizer, learning_rate: rate }, i + 1);
      const { batches: stats, grad_norm } = await programs.stats();
      const metrics = grpoMetrics(context.settings, batches, stats, 0);
      const want = steps[i]!;
      expect(rate).toBeCloseTo(want.learning_rate!, 12);
      off.loss = Math.max(off.loss, Math.abs(metrics.loss - want.loss!));
      off.grad_norm = Math.max(off.grad_norm, Math.abs(grad_norm - want.grad_norm!) / want.grad_norm!);
      for (const [name, value] of Object.entries(metrics)) off.metrics = Math.max(off.metrics, Math.abs(value - want[name]!));
      expect(want.grad_norm).toBeGreaterThan(max_grad_norm);
    }
    programs.free();
    const got = peftTensors(adapter.targets, await downloadAdapter(session.store, adapter.layout, ARENAS.parameters));
    const wanted = await readTensors(`${ROOT}/run-3/adapter-final/adapter_model.safetensors`);
    const apart = Math.max(...[...wanted].map(([key, values]) => relativeL2(got.get(key)!.data as Float32Array, values)));
    session.store.free(() => true);
    console.log(
      `run of 3 steps: loss off by ${off.loss.toExponential(1)}, gradient norm ${off.grad_norm.toExponential(1)}, metrics ${off.metrics.toExponential(1)}, adapter ${apart.toExponential(1)}`,
    );
    expect(off.loss).toBeLessThanOrEqual(1e-3);
    expect(off.grad_norm).toBeLessThanOrEqual(1e-3);
    expect(off.metrics).toBeLessThanOrEqual(1e-3);
    expect(apart).toBeLessThanOrEqual(1e-3);
  });
});
