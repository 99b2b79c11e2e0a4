/** What is asked of the planner and what its answers change: settings tried on a model, the newest question wins, changes keep the rows of a step. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { gptOss20b } from '../lib/known-models.ts';
import type { PlanAnswer, PlanQuestion } from '../protocol/training.ts';
import { describeConfig, shapeOf } from './model-config.ts';
import { changedSettings, freshPlanning, planningStore, planQuestion, recalledPlanning, stops, triedSettings } from './planning.ts';
import { adoptTried, applyChange, askPlan, trySettings } from './planning-actions.ts';
import { startingSettings } from './presets.ts';
import { freshSettings, settingsStore } from './settings.ts';

const asked: { question: PlanQuestion; answer: (answer: PlanAnswer | Error) => void }[] = [];

vi.mock('../client/engine.ts', () => ({
  engine: () => ({
    plan: (question: PlanQuestion) =>
      new Promise((resolve, reject) => {
        asked.push({ question, answer: (answer) => (answer instanceof Error ? reject(answer) : resolve(answer)) });
      }),
  }),
}));

const answer = (reason: string) => ({ reason, verdict: 'fits' }) as PlanAnswer;
const shape = shapeOf(gptOss20b);
const question = (changes: Partial<PlanQuestion> = {}): PlanQuestion => ({
  ...planQuestion(gptOss20b, startingSettings, freshPlanning, shape.context),
  ...changes,
});
const until = (ready: () => boolean) => expect.poll(ready, { interval: 5 }).toBe(true);

beforeEach(() => {
  asked.length = 0;
  planningStore.setState(freshPlanning, true);
  settingsStore.setState(freshSettings, true);
});

describe('the settings tried on a model that is not loaded', () => {
  it('are those that would stand when it is opened', () => {
    const untouched = { ...freshSettings, preset: 'cookbook' as const };
    expect(triedSettings(shape, untouched, freshPlanning).lora.target_parameters).toHaveLength(6);
    const own = { ...freshSettings, touched: true, settings: { ...startingSettings, per_device_train_batch_size: 3 } };
    expect(triedSettings(shape, own, freshPlanning)).toEqual(own.settings);
  });

  it('start from the recipe where that is chosen, with what was tried on top', () => {
    const tried = triedSettings(shape, freshSettings, { recipe: 'cookbook', tried: { r: 4, max_length: 1024 } });
    expect(tried).toMatchObject({ lora: { r: 4, lora_alpha: 16 }, encoding: { max_length: 1024 }, per_device_train_batch_size: 4 });
  });

  it('become the training settings when it opens, with the pinned date and the languages kept', () => {
    const settings = { ...startingSettings, encoding: { ...startingSettings.encoding, date: '2020-01-01', languages: ['German'] } };
    settingsStore.setState({ ...freshSettings, settings }, true);
    planningStore.setState({ recipe: 'cookbook' });
    trySettings('offered', { per_device_train_batch_size: 1, gradient_accumulation_steps: 16 });
    expect(settingsStore.getState().settings).toBe(settings);
    adoptTried(triedSettings(shape, settingsStore.getState(), planningStore.getState()));
    expect(settingsStore.getState()).toMatchObject({
      preset: 'cookbook',
      touched: true,
      settings: {
        per_device_train_batch_size: 1,
        gradient_accumulation_steps: 16,
        encoding: { date: '2020-01-01', languages: ['German'] },
      },
    });
    expect(planningStore.getState()).toMatchObject({ recipe: null, tried: {} });
  });

  it('leave the settings alone where nothing was tried', () => {
    adoptTried(triedSettings(shape, settingsStore.getState(), planningStore.getState()));
    expect(settingsStore.getState()).toEqual(freshSettings);
  });
});

describe('a change', () => {
  const settings = { ...startingSettings, per_device_train_batch_size: 4, gradient_accumulation_steps: 4 };

  it('of the batch keeps the rows of a step, with the next smaller batch where the one named does not go into them', () => {
    const change = (batch: number) => changedSettings(settings, { sentence: '', peak: 1, per_device_train_batch_size: batch });
    expect(change(1)).toEqual({ per_device_train_batch_size: 1, gradient_accumulation_steps: 16 });
    expect(change(3)).toEqual({ per_device_train_batch_size: 2, gradient_accumulation_steps: 8 });
  });

  it('is applied to the training settings of the loaded model, and to the cache', () => {
    applyChange('loaded', settings, { sentence: '', peak: 1, max_length: 384 });
    applyChange('loaded', settings, { sentence: '', peak: 1, cache_length: 512 });
    expect(settingsStore.getState().settings.encoding.max_length).toBe(384);
    expect(settingsStore.getState().touched).toBe(true);
    expect(planningStore.getState().cache_length).toBe(512);
  });
});

describe('asking', () => {
  it('asks the newest question after the one under way, and skips those between', async () => {
    for (const r of [2, 4]) askPlan('offered', 'a', question({ gpu_bytes: r }));
    await until(() => asked.length === 1);
    expect(asked[0]!.question.gpu_bytes).toBe(4);
    for (const r of [8, 16]) askPlan('offered', 'a', question({ gpu_bytes: r }));
    asked[0]!.answer(answer('first'));
    await until(() => asked.length === 2);
    expect(planningStore.getState().plans.offered).toMatchObject({ answer: { reason: 'first' }, gpuBytes: 4, pending: true });
    expect(asked[1]!.question.gpu_bytes).toBe(16);
    asked[1]!.answer(answer('second'));
    await until(() => planningStore.getState().plans.offered?.pending === false);
    expect(planningStore.getState().plans.offered).toMatchObject({ answer: { reason: 'second' }, gpuBytes: 16 });
  });

  it('keeps the last answer beside an error, and shows none about another model', async () => {
    askPlan('offered', 'a', question());
    await until(() => asked.length === 1);
    asked[0]!.answer(answer('of a'));
    await until(() => planningStore.getState().plans.offered?.answer !== null);
    askPlan('offered', 'a', question());
    await until(() => asked.length === 2);
    asked[1]!.answer(new Error('r must be above 0.'));
    await until(() => planningStore.getState().plans.offered?.error !== null);
    expect(planningStore.getState().plans.offered).toMatchObject({ error: 'r must be above 0.', answer: { reason: 'of a' } });
    askPlan('offered', 'b', question());
    expect(planningStore.getState().plans.offered).toMatchObject({ about: 'b', answer: null, error: null });
    await until(() => asked.length === 3);
    asked[2]!.answer(answer('of b'));
    await until(() => planningStore.getState().plans.offered?.pending === false);
  });
});

it('asks no further than the model reaches', () => {
  const settings = { ...startingSettings, encoding: { ...startingSettings.encoding, max_length: 4096 } };
  expect(planQuestion(null, settings, freshPlanning, 2048)).toMatchObject({ config: null, max_length: 2048, cache_length: 2048 });
  expect(planQuestion(null, settings, freshPlanning, 0)).toMatchObject({ max_length: 4096, cache_length: 4096 });
});

it('sliders stop at doubling values and where the setting stands', () => {
  expect(stops(128, 1024, 512)).toEqual([128, 256, 512, 1024]);
  expect(stops(128, 1024, 384)).toEqual([128, 256, 384, 512, 1024]);
});

it('counts the questions of a run and the adapters that are asked together', () => {
  const evaluated = { ...startingSettings, eval_questions: 4, eval_max_new_tokens: 96 };
  expect(planQuestion(null, evaluated, freshPlanning, 2048, null, 3)).toMatchObject({ evaluation_tokens: 96, adapters: 3 });
  const plain = planQuestion(null, startingSettings, freshPlanning, 2048);
  expect([plain.evaluation_tokens, plain.adapters]).toEqual([undefined, undefined]);
});

it('what was kept counts only as far as it can be true', () => {
  const kept = { gpu_bytes: 'x' as unknown as number, cache_length: -1, cache_rows: 3 };
  expect(recalledPlanning(kept)).toEqual({ ...freshPlanning, cache_rows: 3 });
});

it('describes any config as far as it goes', () => {
  expect(Object.fromEntries(describeConfig(gptOss20b))).toEqual({
    Family: 'gpt_oss, mxfp4',
    Layers: '24 of width 2,880',
    Experts: '32, 4 per token',
    Attention: '64 heads (8 KV), window 128',
    Vocabulary: '201,088',
    Context: '131,072 tokens',
  });
  expect(describeConfig({ model_type: 7, vocab_size: 'many' })).toEqual([['Experts', 'none']]);
});
