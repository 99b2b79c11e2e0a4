/**
 * A run that learns from a teacher that is shown more, on the bundled model: what it allocates is what was planned, nothing is made after its second step,
 * it repeats itself to the bit, and resumed it goes on as if nothing had been; also where the teacher is a running average of the student.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ARENAS, downloadAdapter, layoutAdapter, uploadAdapter } from '../../src/engine/adapters/lora.ts';
import type { PromptRow } from '../../src/engine/batch/prompt-rows.ts';
import { openText, type TextModel } from '../../src/engine/chat/open-text.ts';
import { promptOf } from '../../src/engine/chat/prompt.ts';
import { openDataset } from '../../src/engine/data/dataset.ts';
import { type AdapterTensors, initialAdapter, planAdapter } from '../../src/engine/files/adapter-plan.ts';
import { Gpu } from '../../src/engine/gpu/device.ts';
import { adaptableWeights } from '../../src/engine/models/index.ts';
import { positionsOf } from '../../src/engine/models/rope.ts';
import { openSession, type Session } from '../../src/engine/models/session.ts';
import { memoryPlan } from '../../src/engine/train/memory.ts';
import type { World } from '../../src/engine/train/method.ts';
import { promptsOfRun } from '../../src/engine/train/prompts.ts';
import { type Answering, prepareRun, TrainingRun } from '../../src/engine/train/run.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';
import { readSettings } from '../../src/headless/read-settings.ts';
import type { RolloutBatchRecord } from '../../src/protocol/rollouts.ts';
import type { StepMetrics } from '../../src/protocol/training.ts';

const MODEL = 'public/models/mini';
const named = {
  method: 'distillation',
  r: 4,
  target_modules: ['q_proj', 'v_proj'],
  learning_rate: 1e-2,
  per_device_train_batch_size: 4,
  max_completion_length: 12,
  max_steps: 4,
};

let gpu: Gpu;
let session: Session;
let text: TextModel;
let prompts: PromptRow[];
beforeAll(async () => {
  gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
  session = await openSession(gpu, nodeDirectory(MODEL));
  text = await openText(nodeDirectory(MODEL));
  const asked = ['What is 2 + 3?', 'Auf welchem Kontinent liegt Kanada?', 'What is the capital of Norway?', 'Was ist 5 + 9?', 'Ja?'];
  const asIds = (question: string, language: string | null): Promise<Uint32Array> =>
    promptOf(text, { messages: [{ role: 'user', content: question }] }, { date: '2025-08-05', reasoning_language: language });
  const end = text.tokenizer.encodeSegments([{ text: 'Ja.', special: false, channel: 'final', message: 0, assistant: true }]).ids;
  prompts = await Promise.all(
    asked.map(async (question, i) => ({
      row: i + 1,
      ids: await asIds(question, null),
      teacher: await asIds(`${question} Think in German.`, 'German'),
      completion: Uint32Array.from([...end, ...end]),
      ...{ question, gold: null, answer: null, reasoning_language: null, answer_language: null, columns: {} },
    })),
  );
});
afterAll(() => gpu.device.destroy());

const judge: World['judge'] = () => Promise.reject(new Error('Nothing is judged here.'));

interface Start {
  readonly step: number;
  readonly adapter: AdapterTensors;
  readonly m: AdapterTensors;
  readonly v: AdapterTensors;
  readonly average: AdapterTensors | null;
}

interface Course {
  readonly from?: Start;
  readonly until?: number;
  /** In place of what is given to every run. */
  readonly answering?: Partial<Answering>;
  readonly rows?: readonly PromptRow[];
}

async function run(more: object, { from, until = Number.POSITIVE_INFINITY, answering, rows = prompts }: Course = {}) {
  const { settings } = readSettings({ ...named, ...more }, 'settings', '2025-08-05');
  const targets = planAdapter(settings.lora, adaptableWeights(session.config));
  const layout = layoutAdapter(targets);
  const prepared = prepareRun(session, { settings, rows: [], validation: [], prompts: rows, layout });
  const records: RolloutBatchRecord[] = [];
  const metrics: StepMetrics[] = [];
  const created: Omit<typeof gpu.counters, 'submits'>[] = [];
  const averages: AdapterTensors[] = [];
  const adapters: AdapterTensors[] = [];
  const training = await TrainingRun.create(session, prepared, { text, judge, onAnswers: (record) => records.push(record), ...answering });
  const { store } = session;
  uploadAdapter(store, layout, from?.adapter ?? initialAdapter(targets, 3));
  if (from) {
    uploadAdapter(store, layout, from.m, ARENAS.m);
    uploadAdapter(store, layout, from.v, ARENAS.v);
    if (from.average) uploadAdapter(store, layout, from.average, ARENAS.average);
  }
  const of = (arena: string) => downloadAdapter(store, layout, arena);
  let allocated = store.bytes();
  const atFirst = allocated;
  const done = await training.train(
    {
      onStep: (one) => metrics.push(one),
      onEval: () => {},
      between: async (done) => {
        const { submits: _, ...counted } = gpu.counters;
        created.push({ ...counted });
        allocated = store.bytes();
        adapters.push(await of(ARENAS.parameters));
        if (store.has(ARENAS.average)) averages.push(await of(ARENAS.average));
        return done < until;
      },
    },
    { step: from?.step ?? 0, tokens: 0 },
  );
  const average = store.has(ARENAS.average) ? await of(ARENAS.average) : null;
  const end: Start = { step: done, adapter: await of(ARENAS.parameters), m: await of(ARENAS.m), v: await of(ARENAS.v), average };
  training.free();
  return {
    prepared,
    planned: memoryPlan(session, { ...prepared, settings }),
    atFirst,
    allocated,
    created,
    records,
    metrics,
    end,
    averages,
    adapters,
  };
}

/** What does not depend on the clock. */
function lasting({ step_time: _, tokens_per_second: __, generation_time: ___, num_tokens: ____, ...rest }: StepMetrics): object {
  return rest;
}

describe.each([
  ['the teacher without the adapter', {}],
  [
    'an average as teacher, two micro-batches, half of the answers from the dataset',
    {
      ...{ teacher_model_kind: 'ema', teacher_sync_steps: 1, teacher_update_rate: 0.3 },
      lmbda: 0.5,
      per_device_train_batch_size: 2,
      gradient_accumulation_steps: 2,
      max_steps: 6,
    },
  ],
  [
    'the adapter itself as teacher, two answers a prompt, the mean of answers first',
    { teacher_model_kind: 'live', num_generations: 2, loss_reduction: 'row', beta: 0.5 },
  ],
])('%s', (_, more) => {
  it('allocates what was planned, makes nothing after step 2, repeats itself, and resumes as if nothing had been', async () => {
    const whole = await run(more);
    expect(whole.allocated).toBe(whole.planned.peak);
    expect(whole.atFirst).toBe(whole.planned.peak); // before the first step
    for (const later of whole.created.slice(3)) expect(later).toEqual(whole.created[2]);
    expect(new Set(whole.created.map(({ pipelines }) => pipelines)).size).toBe(1);
    expect(whole.metrics.every(({ loss, grad_norm }) => Number.isFinite(loss) && Number.isFinite(grad_norm))).toBe(true);
    expect(whole.metrics.every(({ grad_norm, divergence }) => grad_norm > 0 && divergence! > 0)).toBe(true);
    const half = whole.metrics.length / 2;

    const begun = await run(more, { until: half });
    expect(begun.metrics.map(lasting)).toEqual(whole.metrics.slice(0, half).map(lasting));
    const resumed = await run(more, { from: begun.end });
    expect(resumed.metrics.map(lasting)).toEqual(whole.metrics.slice(half).map(lasting));
    expect([...begun.records, ...resumed.records]).toEqual(whole.records);
    expect(resumed.end.adapter).toEqual(whole.end.adapter);
    expect(resumed.end.average).toEqual(whole.end.average);
  });
});

it('a teacher that reasons first writes with the model alone, in memory that was planned, and again the same after a resume', async () => {
  const own = { ...named, target_languages: ['sw'], reason_first: true, max_reasoning_length: 16, max_steps: 2 };
  const { settings } = readSettings(own, 'settings', '2025-08-05');
  const dataset = await openDataset(
    new Blob([readFileSync('public/datasets/mini/copsd.jsonl', 'utf8').split('\n').slice(0, 12).join('\n')]),
    'copsd.jsonl',
  );
  const { rows } = await promptsOfRun(dataset, settings, text, positionsOf(session.config));
  const whole = await run(own, { rows });
  expect([whole.atFirst, whole.allocated]).toEqual([whole.planned.peak, whole.planned.peak]);
  expect(new Set(whole.created.map(({ pipelines }) => pipelines)).size).toBe(1);
  expect(whole.metrics.every(({ divergence }) => divergence! > 0)).toBe(true);
  const begun = await run(own, { rows, until: 1 });
  const resumed = await run(own, { rows, from: begun.end });
  expect(resumed.metrics.map(lasting)).toEqual(whole.metrics.slice(1).map(lasting));
  expect(resumed.end.adapter).toEqual(whole.end.adapter);
});

it('a running average begins at the adapter, is a copy the first time, and then follows slowly', async () => {
  const more = { teacher_model_kind: 'ema', teacher_update_rate: 0.25, teacher_sync_steps: 2, max_steps: 6 };
  const { averages, adapters } = await run(more);
  const at = (list: readonly AdapterTensors[], step: number): Float32Array =>
    Float32Array.from([...list[step]!.values()].flatMap((v) => [...v]));
  const expected = [at(adapters, 0), at(adapters, 0), at(adapters, 2), at(adapters, 2)];
  for (const step of [4, 6]) {
    const [before, adapter] = [expected.at(-1)!, at(adapters, step)];
    const moved = before.map((value, i) => 0.75 * value + 0.25 * adapter[i]!);
    expected.push(moved, moved);
  }
  expected.pop();
  // Before the first step nothing has been copied yet: `between` is called before it.
  for (const [step, values] of expected.entries()) {
    if (step === 0) continue;
    const found = at(averages, step);
    const far = found.reduce((most, value, i) => Math.max(most, Math.abs(value - values[i]!)), 0);
    expect(far, `after step ${step}`).toBeLessThan(step <= 3 ? 1e-12 : 1e-7);
  }
});

it('the teacher at its own prompt is the student: nothing to learn, to the bit', async () => {
  const same = prompts.map((one) => ({ ...one, teacher: one.ids }));
  const { metrics } = await run({ teacher_model_kind: 'live', max_steps: 2 }, { rows: same });
  for (const { loss, grad_norm, divergence, teacher_entropy, entropy } of metrics) {
    expect(divergence).toBeLessThan(1e-6);
    expect(grad_norm).toBeLessThan(1e-5);
    expect(Math.abs(loss)).toBeLessThan(1e-6);
    expect(teacher_entropy).toBeCloseTo(entropy!, 6);
  }
});

it('the student comes nearer to what the teacher writes, who is asked to think in German', async () => {
  const { metrics } = await run({
    max_steps: 16,
    max_completion_length: 24,
    target_modules: 'all-linear',
    learning_rate: 4e-3,
    num_train_epochs: 4,
  });
  const mean = (list: readonly StepMetrics[]): number => list.reduce((n, { divergence }) => n + divergence!, 0) / list.length;
  const [first, last] = [mean(metrics.slice(0, 3)), mean(metrics.slice(-3))];
  expect(first).toBeGreaterThan(0.05);
  expect(last).toBeLessThan(0.6 * first);
});

it('says how much the clip removes, and nothing of it where there is none', async () => {
  const [clipped, whole] = [
    await run({ max_steps: 1, max_completion_length: 24, jsd_token_clip: 0.05 }),
    await run({ max_steps: 1, max_completion_length: 24 }),
  ];
  expect(clipped.metrics[0]!.clipped_share).toBeGreaterThan(0.3);
  expect(clipped.metrics[0]!.divergence).toBeLessThan(whole.metrics[0]!.divergence!);
  expect(whole.metrics[0]).not.toHaveProperty('clipped_share');
});

it('records the answers of a step, and the divergence at each token of some', async () => {
  const { records, metrics } = await run({ max_steps: 1, lmbda: 0.5, max_completion_length: 8 });
  expect(records).toHaveLength(2);
  const [before, after] = [records[0]!, records[1]!];
  expect(before.rollouts.some((one) => one.divergences)).toBe(false);
  expect(after.rollouts.filter(({ given }) => given)).toHaveLength(2);
  const all = after.rollouts.flatMap(({ divergences, completion, tokens }) => {
    expect(divergences!.texts.join('')).toBe(completion);
    expect([divergences!.texts, divergences!.places, divergences!.divergence].map(({ length }) => length)).toEqual([
      tokens,
      tokens,
      tokens,
    ]);
    return [...divergences!.divergence];
  });
  expect(all.reduce((a, b) => a + b, 0) / all.length).toBeCloseTo(metrics[0]!.divergence!, 4);
});

/** Stops as soon as something is written of the answers of step `step`, counted from 0. */
function stoppedAmid(step: number): Partial<Answering> {
  const stop = new AbortController();
  let answered = 0;
  return {
    signal: stop.signal,
    onAnswers: (record) => {
      answered = record.step;
    },
    text: {
      ...text,
      format: {
        ...text.format,
        reply: (...asked) => {
          const stream = text.format.reply(...asked);
          const push = stream.push.bind(stream);
          stream.push = (ids) => {
            if (answered === step) stop.abort();
            return push(ids);
          };
          return stream;
        },
      },
    },
  };
}

it('stopped amid answers, it ends at once as it was after its last step, and frees everything', async () => {
  const more = { teacher_model_kind: 'ema' };
  const whole = await run(more);
  const before = session.store.bytes();
  const stopped = await run(more, { answering: stoppedAmid(2) });
  expect(stopped.end.step).toBe(2);
  expect(session.store.bytes()).toBe(before);
  expect(stopped.metrics.map(lasting)).toEqual(whole.metrics.slice(0, 2).map(lasting));
  const resumed = await run(more, { from: stopped.end });
  expect(resumed.metrics.map(lasting)).toEqual(whole.metrics.slice(2).map(lasting));
  expect(resumed.end.adapter).toEqual(whole.end.adapter);
});
