/**
 * A plan of stages on the bundled model: it stops inside a stage and goes on, a tab that is killed loses nothing finished, and either way the losses are those of
 * the plan that nobody touched. What was open before is open afterwards, and others wait meanwhile.
 */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openNodeGpu } from '../../headless/adapter.ts';
import type { EngineEvent } from '../../protocol/engine.ts';
import { withValues } from '../../protocol/setting-values.ts';
import type { PlanRecord, StagePlan } from '../../protocol/stages.ts';
import type { TrainingSettings } from '../../protocol/training.ts';
import { presetSettings } from '../../state/presets.ts';
import { memoryStore } from '../files/byte-store.ts';
import type { Bytes } from '../files/source.ts';
import { readDataset } from './data.ts';
import { openDevice } from './device.ts';
import { EngineState } from './engine-state.ts';
import { keptRun } from './kept-runs.ts';
import { BUNDLED_FILES, loadModel } from './model.ts';
import { continuePlan, free, reportPlans, startPlan, stopPlan } from './stages.ts';

const root = resolve(import.meta.dirname, '../../..');
const blob = (path: string): Blob => new Blob([new Uint8Array(readFileSync(`${root}/${path}`))]);
const STEPS = 5;

const engines: EngineState[] = [];
let plan: StagePlan;

/** A tab: an engine with the model and the dataset of the person. */
async function openTab(
  files: Map<string, Bytes>,
  listen: (engine: EngineState, event: EngineEvent) => void = () => {},
): Promise<EngineState> {
  const engine = new EngineState({ files: memoryStore(files), models: null, webgpu: await openNodeGpu() });
  engines.push(engine);
  engine.emit = (event) => listen(engine, event);
  await openDevice(engine, true);
  const model = BUNDLED_FILES.map((path) => ({ path, file: blob(`public/models/mini/${path}`) }));
  const summary = await loadModel(engine, { kind: 'folder', name: 'mini', files: model });
  await readDataset(engine, { kind: 'file', name: 'mini.jsonl', file: blob('public/datasets/mini/train.jsonl') });
  plan ??= planOf((method) => presetSettings('recommended', summary, method));
  return engine;
}

function planOf(preset: (method: string) => TrainingSettings): StagePlan {
  const short = { adherence_steps: 0, per_device_train_batch_size: 2, 'encoding.max_length': 192, 'encoding.date': '2026-11-28' } as const;
  const sft = withValues(preset('sft'), { ...short, max_steps: STEPS });
  const grpo = withValues(preset('grpo'), { ...short, max_steps: 1, 'grpo.num_generations': 2, 'grpo.max_completion_length': 8 });
  const shared = { what: 'It is tried.', model: 'open' as const };
  return {
    name: 'Short',
    choice_seed: 0,
    stages: [
      { ...shared, name: 'Examples', kind: 'sft', from: 'base', data: [{ of: 'dataset', rows: 12 }], settings: { ...sft, method: 'sft' } },
      { ...shared, name: 'Rewards', kind: 'grpo', from: 1, data: [{ of: 'dataset', rows: 6, but: 1 }], settings: grpo },
    ],
  };
}

const plans = (engine: EngineState): Promise<PlanRecord> => reportPlans(engine).then(([newest]) => newest!);
const lossesOf = async (engine: EngineState, { stages }: PlanRecord): Promise<number[][]> =>
  Promise.all(stages.map(async ({ run }) => (await keptRun(engine, run!)).metrics.map(({ loss }) => loss)));

let untouched: number[][];
beforeAll(async () => {
  const engine = await openTab(new Map());
  await startPlan(engine, plan);
  untouched = await lossesOf(engine, await plans(engine));
});
afterAll(() => {
  for (const engine of engines) engine.gpu!.close();
});

it('hands on adapter and rows, stops inside a stage, goes on there, and puts back what was open', async () => {
  let refused = '';
  const engine = await openTab(new Map(), (tab, event) => {
    if (event.type !== 'step' || event.metrics.step !== 2 || refused) return;
    try {
      free(tab, 'starting a run');
    } catch (error) {
      refused = (error as Error).message;
    }
    void stopPlan(tab);
  });
  const { hash } = engine.needData();
  await startPlan(engine, plan);
  expect(refused).toBe('A plan of stages is under way; stop it before starting a run.');
  const stopped = await plans(engine);
  expect(stopped.phase).toBe('stopped');
  expect(stopped.stages.map(({ phase }) => phase)).toEqual(['stopped', 'waiting']);
  expect(stopped.stages[0]!.message).toMatch(/^It was stopped after step \d and goes on from there\.$/);
  expect(engine.needData().hash).toBe(hash);
  await continuePlan(engine, stopped.id);
  const done = await plans(engine);
  expect([done.phase, ...done.stages.map(({ phase }) => phase)]).toEqual(['done', 'done', 'done']);
  expect(await lossesOf(engine, done)).toEqual(untouched);
  expect(done.stages.map(({ figures }) => [figures?.rows, figures?.steps])).toEqual([
    [12, STEPS],
    [6, 1],
  ]);
  expect([engine.needData().hash, engine.needData().dataset.name]).toEqual([hash, 'mini.jsonl']);
  const { record } = await engine.shelf.open(done.stages[1]!.adapter!);
  expect(record.run?.settings).toMatchObject({ method: 'grpo', init_adapter: 'standing' });
  await expect(continuePlan(engine, done.id)).rejects.toThrow('This plan is done');
});

it('a killed tab loses nothing finished: another goes on at the stage and the step', async () => {
  const files = new Map<string, Bytes>();
  let left: Map<string, Bytes> | null = null;
  const killed = await openTab(files, (_, event) => {
    if (event.type === 'saved' && event.step >= 2) left ??= new Map(files);
  });
  await startPlan(killed, plan);
  const next = await openTab(left!);
  const found = await plans(next);
  expect([found.phase, found.stages[0]!.phase, found.message]).toEqual([
    'stopped',
    'stopped',
    expect.stringContaining('closed or reloaded'),
  ]);
  await readDataset(next, { kind: 'file', name: 'other.jsonl', file: new Blob(['{"user":"a","final":"b","reasoning_language":null}']) });
  await expect(continuePlan(next, found.id)).rejects.toThrow(
    'Short began with the rows of mini.jsonl, and other.jsonl is open; open mini.jsonl to go on.',
  );
  await readDataset(next, { kind: 'file', name: 'mini.jsonl', file: blob('public/datasets/mini/train.jsonl') });
  await continuePlan(next, found.id);
  const done = await plans(next);
  expect(done.phase).toBe('done');
  expect(await lossesOf(next, done)).toEqual(untouched);
});

it('a plan that cannot be used does not start, with every clause', async () => {
  const engine = engines[0]!;
  const [first, second] = plan.stages;
  await expect(startPlan(engine, { ...plan, stages: [first!, { ...second!, from: 2 }] })).rejects.toThrow(
    'This plan cannot start: stage 2: it goes on from stage 2, which does not come before it',
  );
});
