/**
 * Evaluations while a run goes on: asked when they are due, the best adapter kept, the run ended early, the planned peak held to the byte; the same in the
 * engine and in the verb `train`.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { downloadAdapter } from '../../src/engine/adapters/lora.ts';
import { answerPlan } from '../../src/engine/api/planning.ts';
import { readQuestions } from '../../src/engine/api/questions.ts';
import { readiness } from '../../src/engine/api/readiness.ts';
import { stop, train as trainRun } from '../../src/engine/api/training.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { train } from '../../src/headless/verbs/train.ts';
import type { EngineEvent } from '../../src/protocol/engine.ts';
import type { RunRecord, TrainingSettings } from '../../src/protocol/training.ts';
import { readTensors, testRunner } from './headless-support.ts';
import { openTestEngine, type TestEngine, tinySettings, writeTinyModel } from './surviving-support.ts';

const folder = mkdtempSync(join(tmpdir(), 'checkpoints-'));
const runner = testRunner();
const QUESTIONS = ['de\tWas ist 1+1?\t2', 'de\tWas ist 2+2?\t4', 'de\tWas ist 3+3?\t6', 'sw\tMoja na moja ni ngapi?\t2'];
const FILE = `language\tquestion\tanswer\n${QUESTIONS.join('\n')}\n`;
const evaluated: Partial<TrainingSettings> = {
  max_steps: 8,
  eval_steps: 2,
  validation_split: 0,
  eval_questions: 2,
  eval_max_new_tokens: 12,
};

let webgpu: GPU;
beforeAll(async () => {
  webgpu = await openNodeGpu();
  await writeTinyModel(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function ready(): Promise<TestEngine> {
  const opened = await openTestEngine(webgpu, folder);
  await opened.load();
  await readQuestions(opened.engine, { kind: 'file', name: 'own.tsv', file: new Blob([FILE]) });
  return opened;
}

const evalsOf = (events: readonly EngineEvent[]) => events.flatMap((event) => (event.type === 'eval' ? [event.metrics] : []));
const phasesOf = (events: readonly EngineEvent[]) => events.flatMap((event) => (event.type === 'run-phase' ? [event] : []));
const runOf = ({ engine }: TestEngine): RunRecord => engine.adapter!.run!;
const standing = ({ engine }: TestEngine) => downloadAdapter(engine.model!.session.store, engine.adapter!.layout);

it('asks when it is due, two questions of each language, in memory that was planned to the byte', async () => {
  const opened = await ready();
  const { engine, events } = opened;
  const settings = tinySettings({ ...evaluated, eval_on_start: true });
  const { memory, blockers } = await readiness(engine, settings, null);
  expect(blockers).toEqual([]);
  events.length = 0;
  await trainRun(engine, settings);
  expect(evalsOf(events).map(({ step }) => step)).toEqual([0, 2, 4, 6, 8]);
  for (const metrics of evalsOf(events))
    expect(metrics).toMatchObject({ eval_accuracy: 0, 'eval_accuracy/de': 0, 'eval_accuracy/sw': 0, eval_tokens: expect.any(Number) });
  expect(phasesOf(events).filter(({ phase }) => phase === 'evaluating')).toHaveLength(5);
  expect(runOf(opened).questions!.map(({ language, row }) => [language, row])).toEqual([
    ['de', 2],
    ['de', 3],
    ['sw', 5],
  ]);
  const during = events.flatMap((event) => (event.type === 'memory' && event.planned > 0 ? [event] : []));
  expect(Math.max(...during.map(({ allocated }) => allocated))).toBe(memory.peak);
  expect(during.at(-1)!.planned).toBe(memory.peak);
  engine.gpu!.close();
});

it('ends early and with the best evaluation’s adapter, or keeps that one beside the last', async () => {
  // A model of random weights answers nothing right: the first evaluation is the best.
  const settings = tinySettings({ ...evaluated, early_stopping_patience: 2 });
  const beside = await ready();
  await trainRun(beside.engine, settings);
  expect(beside.losses()).toHaveLength(6);
  expect(phasesOf(beside.events).at(-1)).toMatchObject({
    phase: 'done',
    message: 'Ended after step 6: the last 2 evaluations were no better by accuracy than that of step 2.',
  });
  const kept = (await beside.engine.shelf.list()).map(({ record }) => record!);
  expect(kept.map(({ name }) => name.replace(/.*, /, ''))).toContain('best at step 2');
  const best = await ready();
  await trainRun(best.engine, { ...settings, load_best_model_at_end: true });
  expect(runOf(best).best_step).toBe(2);
  expect(await standing(best)).not.toEqual(await standing(beside));
  const shelved = await beside.engine.shelf.open((await beside.engine.shelf.list()).find(({ record }) => record!.run!.best_step === 2)!.id);
  expect(shelved.record.hash).toBe((await best.engine.shelf.open(best.engine.adapter!.kept!)).record.hash);
  for (const { engine } of [beside, best]) engine.gpu!.close();
});

it('without questions is refused in one sentence, and a stop cuts an evaluation short', async () => {
  const none = await openTestEngine(webgpu, folder);
  await none.load();
  const settings = tinySettings({ ...evaluated, eval_on_start: true, eval_max_new_tokens: 400 });
  const { blockers } = await readiness(none.engine, settings, null);
  expect(blockers.map(({ sentence }) => sentence)).toEqual([
    'eval_questions is 2 and no questions are chosen; choose a set under Evaluate, or set eval_questions to 0.',
  ]);
  await expect(trainRun(none.engine, settings)).rejects.toThrow(blockers[0]!.sentence);
  // The planner plans without them, for readiness says why. Red before: it threw the same sentence.
  const { lora, per_device_train_batch_size } = settings;
  const asked = { config: null, lora, per_device_train_batch_size, max_length: 160, cache_length: 256, cache_rows: 1, gpu_bytes: null };
  expect((await answerPlan(none.engine, { ...asked, run: settings })).basis).toBe('longest');
  none.engine.gpu!.close();
  const opened = await ready();
  const asking = new Promise<void>((resolved) => {
    opened.engine.emit = (event) => {
      opened.events.push(event);
      if (event.type === 'run-phase' && event.phase === 'evaluating') resolved();
    };
  });
  const run = trainRun(opened.engine, settings);
  await asking;
  await stop(opened.engine);
  await run;
  expect(evalsOf(opened.events)).toEqual([]);
  expect(phasesOf(opened.events).at(-1)).toMatchObject({ phase: 'stopped', message: /before its first step/ });
  opened.engine.gpu!.close();
});

it('train does the same by run.json', async () => {
  writeFileSync(runner.path('questions.tsv'), FILE);
  const run = {
    model: resolve('public/models/mini'),
    dataset: resolve('e2e/fixtures/data/sums.jsonl'),
    questions: runner.path('questions.tsv'),
    max_steps: 6,
    learning_rate: 0.5, // so that the first evaluation is the best
    warmup_steps: 0,
    r: 4,
    per_device_train_batch_size: 2,
    eval_steps: 1,
    eval_on_start: true,
    eval_questions: 2,
    eval_max_new_tokens: 48,
    metric_for_best_model: 'eval_accuracy',
    early_stopping_patience: 2,
  };
  const at = async (name: string, more: object) => {
    writeFileSync(runner.path(`${name}.json`), JSON.stringify({ ...run, ...more }));
    await train(['--config', runner.path(`${name}.json`), '--out', runner.path(name)], runner);
    const log = readFileSync(`${runner.path(name)}/log.jsonl`, 'utf8')
      .trim()
      .split('\n');
    return log.map((line) => JSON.parse(line) as Record<string, number>);
  };
  const log = await at('beside', {});
  const evals = log.filter(({ eval_accuracy }) => eval_accuracy !== undefined);
  expect(evals.map(({ step }) => step)).toEqual([0, 1, 2]);
  expect(evals[0]).toMatchObject({ eval_format: expect.any(Number), eval_adherence: expect.any(Number), eval_tokens: expect.any(Number) });
  await at('ends', { load_best_model_at_end: true });
  const [best, ended] = await Promise.all(
    ['beside/best', 'ends/adapter'].map((path) => readTensors(`${runner.path(path)}/adapter_model.safetensors`)),
  );
  expect(ended).toEqual(best);
  const adapter = await readTensors(`${runner.path('beside/adapter')}/adapter_model.safetensors`);
  expect(adapter).not.toEqual(best);
  await expect(at('unasked', { questions: undefined })).rejects.toThrow('eval_questions is 2; name the file of questions as "questions".');
});
