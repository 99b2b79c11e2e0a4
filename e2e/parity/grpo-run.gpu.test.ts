/**
 * A run that learns from its own answers, on the bundled model: what it allocates is what was planned, nothing is made after its second step, it repeats
 * itself to the bit, and resumed it goes on as if nothing had been; also where one batch of answers serves several steps.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ARENAS, downloadAdapter, layoutAdapter, uploadAdapter } from '../../src/engine/adapters/lora.ts';
import type { PromptRow } from '../../src/engine/batch/prompt-rows.ts';
import { openText, type TextModel } from '../../src/engine/chat/open-text.ts';
import { type AdapterTensors, initialAdapter, planAdapter } from '../../src/engine/files/adapter-plan.ts';
import { Gpu } from '../../src/engine/gpu/device.ts';
import { adaptableWeights } from '../../src/engine/models/index.ts';
import { openSession, type Session } from '../../src/engine/models/session.ts';
import { memoryPlan } from '../../src/engine/train/memory.ts';
import type { World } from '../../src/engine/train/method.ts';
import { type Answering, prepareRun, TrainingRun } from '../../src/engine/train/run.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { nodeDirectory } from '../../src/headless/node-files.ts';
import { readSettings } from '../../src/headless/read-settings.ts';
import type { RolloutBatchRecord } from '../../src/protocol/rollouts.ts';
import type { StepMetrics } from '../../src/protocol/training.ts';

const MODEL = 'public/models/mini';
const named = {
  method: 'grpo',
  r: 4,
  target_modules: ['q_proj', 'v_proj'],
  learning_rate: 1e-2,
  per_device_train_batch_size: 8,
  num_generations: 4,
  max_completion_length: 12,
  max_steps: 4,
  router_aux_loss_coef: 0,
  reward_funcs: ['format'],
};

let gpu: Gpu;
let session: Session;
let text: TextModel;
let prompts: PromptRow[];
beforeAll(async () => {
  gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
  session = await openSession(gpu, nodeDirectory(MODEL));
  text = await openText(nodeDirectory(MODEL));
  prompts = ['What is 2 + 3?', 'Auf welchem Kontinent liegt Kanada?', 'What is the capital of Norway?', 'Was ist 5 + 9?', 'Ja?'].map(
    (question, i) => ({
      row: i + 1,
      ids: text.tokenizer.encodeSegments([{ text: question, special: false, channel: 'user', message: 0, assistant: false }]).ids,
      question,
      gold: null,
      answer: null,
      reasoning_language: null,
      answer_language: null,
      columns: {},
    }),
  );
});
afterAll(() => gpu.device.destroy());

/** Pays for even ids, so that hardly two answers are paid alike. */
const judge: World['judge'] = async (_, replies) => {
  const paid = replies.map(({ ids }) => [ids.filter((id) => id % 2 === 0).length]);
  return { paid, verdicts: paid.map(([value]) => [{ value: value!, why: 'Even ids.' }]) };
};

interface Start {
  readonly step: number;
  readonly adapter: AdapterTensors;
  readonly m: AdapterTensors;
  readonly v: AdapterTensors;
}

interface Course {
  readonly from?: Start;
  readonly until?: number;
  /** In place of what is given to every run. */
  readonly answering?: Partial<Answering>;
}

async function run(more: object, { from, until = Number.POSITIVE_INFINITY, answering }: Course = {}) {
  const { settings } = readSettings({ ...named, ...more }, 'settings', '2025-08-05');
  const targets = planAdapter(settings.lora, adaptableWeights(session.config));
  const layout = layoutAdapter(targets);
  const prepared = prepareRun(session, { settings, rows: [], validation: [], prompts, layout });
  const records: RolloutBatchRecord[] = [];
  const metrics: StepMetrics[] = [];
  const created: Omit<typeof gpu.counters, 'submits'>[] = [];
  const training = await TrainingRun.create(session, prepared, { text, judge, onAnswers: (record) => records.push(record), ...answering });
  const { store } = session;
  uploadAdapter(store, layout, from?.adapter ?? initialAdapter(targets, 3));
  if (from) {
    uploadAdapter(store, layout, from.m, ARENAS.m);
    uploadAdapter(store, layout, from.v, ARENAS.v);
  }
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
        return done < until;
      },
    },
    { step: from?.step ?? 0, tokens: 0 },
  );
  const of = (arena: string) => downloadAdapter(store, layout, arena);
  const end: Start = { step: done, adapter: await of(ARENAS.parameters), m: await of(ARENAS.m), v: await of(ARENAS.v) };
  training.free();
  return { prepared, planned: memoryPlan(session, { ...prepared, settings }), atFirst, allocated, created, records, metrics, end };
}

/** What does not depend on the clock. */
function lasting({ step_time: _, tokens_per_second: __, generation_time: ___, num_tokens: ____, ...rest }: StepMetrics): object {
  return rest;
}

describe.each([
  ['a batch of answers a step', {}],
  ['a batch of answers for two steps, trained on twice', { steps_per_generation: 2, num_iterations: 2, max_steps: 8, beta: 0.1 }],
])('%s', (_, more) => {
  it('allocates what was planned, makes nothing after step 2, repeats itself, and resumes as if nothing had been', async () => {
    const whole = await run(more);
    expect(whole.allocated).toBe(whole.planned.peak);
    expect(whole.atFirst).toBe(whole.planned.peak); // before the first step
    for (const later of whole.created.slice(3)) expect(later).toEqual(whole.created[2]);
    expect(new Set(whole.created.map(({ pipelines }) => pipelines)).size).toBe(1);
    expect(whole.metrics.every(({ loss, grad_norm }) => Number.isFinite(loss) && Number.isFinite(grad_norm))).toBe(true);
    expect(whole.metrics.some(({ grad_norm }) => grad_norm > 0)).toBe(true);
    const half = whole.metrics.length / 2;
    expect([0, half].map((step) => whole.prepared.method.resumable?.(step))).toEqual([true, true]);

    const begun = await run(more, { until: half });
    expect(begun.metrics.map(lasting)).toEqual(whole.metrics.slice(0, half).map(lasting));
    const resumed = await run(more, { from: begun.end });
    expect(resumed.metrics.map(lasting)).toEqual(whole.metrics.slice(half).map(lasting));
    expect([...begun.records, ...resumed.records]).toEqual(whole.records);
    expect(resumed.end.adapter).toEqual(whole.end.adapter);
  });
});

it('looks again at answers in shapes that nothing is trained in', async () => {
  const more = { per_device_train_batch_size: 32, num_generations: 16, max_completion_length: 40, max_steps: 2 };
  const { prepared, metrics, records } = await run(more);
  const { shapes, lookingShapes } = prepared.method;
  const trained = shapes.map(({ T, M }) => `${T}x${M}`);
  expect(lookingShapes!.some(({ T, M }) => !trained.includes(`${T}x${M}`))).toBe(true);
  expect(metrics).toHaveLength(2);
  expect(records.length).toBeGreaterThan(2); // again, with what became of their tokens
});

it('computes the reference once a batch of answers that is trained on twice, and to the same bits', async () => {
  const split = { steps_per_generation: 2, beta: 0.1, lr_scheduler_type: 'constant' };
  const [inPlace, once] = [await run({ ...split, max_steps: 2 }), await run({ ...split, num_iterations: 2, max_steps: 4 })];
  expect(once.metrics.slice(0, 2).map(lasting)).toEqual(
    inPlace.metrics.map((step, i) => ({ ...lasting(step), epoch: once.metrics[i]!.epoch })),
  );
  expect(once.metrics[1]!.kl).toBeGreaterThan(0);
  const most = ({ prepared }: typeof once) => Math.max(...prepared.plans.micro.map(({ dispatches }) => dispatches));
  expect(most(once)).toBeLessThan(0.8 * most(inPlace));
});

/** Stops as soon as something is written, or judged, of the batch of answers `batch`, counted from 0. */
function stoppedAmid(what: 'writing' | 'judging', batch: number): Partial<Answering> {
  const stop = new AbortController();
  let judged = 0;
  return {
    signal: stop.signal,
    text: {
      ...text,
      format: {
        ...text.format,
        reply: (...asked) => {
          const stream = text.format.reply(...asked);
          const push = stream.push.bind(stream);
          stream.push = (ids) => {
            if (what === 'writing' && judged === batch) stop.abort();
            return push(ids);
          };
          return stream;
        },
      },
    },
    judge: (...asked) => {
      if (judged++ < batch || what === 'writing') return judge(...asked);
      setTimeout(() => stop.abort(), 50);
      return new Promise(() => undefined); // a judge that never ends
    },
  };
}

it.each(['writing', 'judging'] as const)(
  'stopped amid %s, it ends at once as it was after its last step, and frees everything',
  async (what) => {
    const whole = await run({});
    const before = session.store.bytes();
    const stopped = await run({}, { answering: stoppedAmid(what, 2) });
    expect(stopped.end.step).toBe(2);
    expect(session.store.bytes()).toBe(before);
    expect(stopped.metrics.map(lasting)).toEqual(whole.metrics.slice(0, 2).map(lasting));
    expect(stopped.records).toEqual(whole.records.filter(({ step }) => step <= 2));
    const resumed = await run({}, { from: stopped.end });
    expect(resumed.metrics.map(lasting)).toEqual(whole.metrics.slice(2).map(lasting));
    expect(resumed.end.adapter).toEqual(whole.end.adapter);
  },
);

const changesOf = (records: readonly RolloutBatchRecord[]) =>
  records.flatMap(({ step, rollouts }) => rollouts.flatMap((one) => (one.changes ? [{ step, ...one, changes: one.changes }] : [])));

it('shows what a step made of its tokens: nothing where it changes nothing, else mostly what was wanted', async () => {
  const still = changesOf((await run({ learning_rate: 1e-12, max_steps: 2, token_changes: 1 })).records);
  expect(still.length).toBeGreaterThan(8);
  for (const { changes, tokens, completion } of still) {
    expect(changes.texts.join('')).toBe(completion);
    expect([changes.places, changes.before, changes.after].map(({ length }) => length)).toEqual([tokens, tokens, tokens]);
    expect(Math.max(...changes.before)).toBeLessThanOrEqual(0);
    const moved = changes.after.map((after, i) => Math.abs(after - changes.before[i]!));
    expect(Math.max(...moved)).toBeLessThan(1e-4);
  }
  const { records } = await run({ learning_rate: 2e-3, max_steps: 2, token_changes: 1 });
  const pushed = changesOf(records).map(({ advantage, changes }) =>
    changes.after.reduce((sum, after, i) => sum + advantage * (after - changes.before[i]!), 0),
  );
  expect(pushed.reduce((a, b) => a + b, 0)).toBeGreaterThan(0);
  expect(changesOf((await run({ max_steps: 1, token_changes: 0 })).records)).toEqual([]);
});

it('looks at two answers a step where nothing else is said, and keeps the beginning where a batch serves several steps', async () => {
  const few = changesOf((await run({ max_steps: 1 })).records);
  expect(few).toHaveLength(2);
  const { records } = await run({ max_steps: 2, num_iterations: 2 });
  const [first, second] = records.filter(({ rollouts }) => rollouts.some(({ changes }) => changes)).map((record) => changesOf([record]));
  expect(second!.map(({ changes }) => changes.before)).toEqual(first!.map(({ changes }) => changes.before));
  expect(second!.map(({ changes }) => changes.after)).not.toEqual(first!.map(({ changes }) => changes.after));
});

it('a step whose groups are all paid alike still says how fast it answered', async () => {
  const alike: World['judge'] = async (_, replies) => ({
    paid: replies.map(() => [1]),
    verdicts: replies.map(() => [{ value: 1, why: '' }]),
  });
  const { metrics, records } = await run({ max_steps: 1 }, { answering: { judge: alike } });
  expect(metrics[0]!.frac_reward_zero_std).toBe(1);
  expect(metrics[0]!.tokens_per_second, 'red before: 0').toBeGreaterThan(0);
  const tokens = records[0]!.rollouts.reduce((n, one) => n + one.tokens + records[0]!.prompts[one.group]!.tokens, 0);
  expect(metrics[0]!.num_tokens, 'as TRL counts them').toBe(tokens);
  expect(records[0]!.rollouts.every(({ left_out }) => left_out === 'alike')).toBe(true);
});

it('prefers what is paid', async () => {
  const { metrics, records } = await run({ max_steps: 12, learning_rate: 2e-2 });
  const mean = (list: readonly StepMetrics[]): number => list.reduce((n, { reward }) => n + reward!, 0) / list.length;
  expect(mean(metrics.slice(-4))).toBeGreaterThan(mean(metrics.slice(0, 4)));
  const [first] = records;
  expect(first!.rollouts).toHaveLength(8);
  expect(first!.rollouts.map(({ group }) => group)).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
  for (const group of [0, 1]) {
    const own = first!.rollouts.filter((one) => one.group === group);
    expect(own.reduce((n, { advantage }) => n + advantage, 0)).toBeCloseTo(0, 6);
    expect(own.every(({ reward, verdicts }) => reward === verdicts[0]!.value)).toBe(true);
  }
});
