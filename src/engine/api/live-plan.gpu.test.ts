/**
 * A plan of stages on the bundled model: it stops inside a stage and goes on, a tab that is killed loses nothing finished, and either way the losses are those of
 * the plan that nobody touched. What was open before is open afterwards, and others wait meanwhile.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundledRows, closeTabs, newestPlan, openTab, shortPlan, type Tab } from '../../../e2e/fixtures/bundled-tab.ts';
import type { PlanRecord, StagePlan } from '../../protocol/stages.ts';
import type { Bytes } from '../files/source.ts';
import { readDataset } from './data.ts';
import type { EngineState } from './engine-state.ts';
import { keptRun } from './kept-runs.ts';
import { continuePlan, free, startPlan, stopPlan } from './stages.ts';

const STEPS = 5;

const lossesOf = async (engine: EngineState, { stages }: PlanRecord): Promise<number[][]> =>
  Promise.all(stages.map(async ({ run }) => (await keptRun(engine, run!)).metrics.map(({ loss }) => loss)));

let first: Tab;
let plan: StagePlan;
let untouched: number[][];
beforeAll(async () => {
  first = await openTab();
  plan = shortPlan(first.model, STEPS);
  await startPlan(first.engine, plan);
  untouched = await lossesOf(first.engine, await newestPlan(first.engine));
});
afterAll(closeTabs);

it('hands on adapter and rows, stops inside a stage, goes on there, and puts back what was open', async () => {
  let refused = '';
  const { engine } = await openTab({
    listen: (event, tab) => {
      if (event.type !== 'step' || event.metrics.step !== 2 || refused) return;
      try {
        free(tab, 'starting a run');
      } catch (error) {
        refused = (error as Error).message;
      }
      void stopPlan(tab);
    },
  });
  const { hash } = engine.needData();
  await startPlan(engine, plan);
  expect(refused).toBe('A plan of stages is under way; stop it before starting a run.');
  const stopped = await newestPlan(engine);
  expect(stopped.phase).toBe('stopped');
  expect(stopped.stages.map(({ phase }) => phase)).toEqual(['stopped', 'waiting']);
  expect(stopped.stages[0]!.message).toMatch(/^It was stopped after step \d and goes on from there\.$/);
  expect(engine.needData().hash).toBe(hash);
  await continuePlan(engine, stopped.id);
  const done = await newestPlan(engine);
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
  const { engine: killed } = await openTab({
    files,
    listen: (event) => {
      if (event.type === 'saved' && event.step >= 2) left ??= new Map(files);
    },
  });
  await startPlan(killed, plan);
  const { engine: next } = await openTab({ files: left! });
  const found = await newestPlan(next);
  expect([found.phase, found.stages[0]!.phase, found.message]).toEqual([
    'stopped',
    'stopped',
    expect.stringContaining('closed or reloaded'),
  ]);
  await readDataset(next, { kind: 'file', name: 'other.jsonl', file: new Blob(['{"user":"a","final":"b","reasoning_language":null}']) });
  await expect(continuePlan(next, found.id)).rejects.toThrow(
    'Short began with the rows of mini.jsonl, and other.jsonl is open; open mini.jsonl to go on.',
  );
  await readDataset(next, bundledRows());
  await continuePlan(next, found.id);
  const done = await newestPlan(next);
  expect(done.phase).toBe('done');
  expect(await lossesOf(next, done)).toEqual(untouched);
});

it('a plan that cannot be used does not start, with every clause', async () => {
  const { engine } = first;
  const [examples, rewards] = plan.stages;
  await expect(startPlan(engine, { ...plan, stages: [examples!, { ...rewards!, from: 2 }] })).rejects.toThrow(
    'This plan cannot start: stage 2: it goes on from stage 2, which does not come before it',
  );
});
