/** A stage that opens another model, of a stand-in for the Hub: fetched, trained, and what the person had is open again, also where it cannot be fetched. */
import { resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { closeTabs, loseDevice, newestPlan, openTab, planOf, runStage } from '../../../e2e/fixtures/bundled-tab.ts';
import { createRepository, folderFiles } from '../../../e2e/hub/content.mjs';
import { startHub } from '../../../e2e/hub/server.mjs';
import type { Hub } from '../../../e2e/hub/types.ts';
import type { ModelSummary } from '../../protocol/model.ts';
import type { RunStage, StageModel, StagePlan } from '../../protocol/stages.ts';
import { memoryDisk } from '../files/hub/memory-disk.ts';
import type { EngineState } from './engine-state.ts';
import { reopenDevice } from './recovery.ts';
import { continuePlan, startPlan, stopPlan } from './stages.ts';

const STUDENT = folderFiles(resolve(import.meta.dirname, '../../../public/models/mini-student'));
const OWN = resolve(import.meta.dirname, '../../../public/models/mini');

let hub: Hub;
beforeAll(async () => {
  hub = await startHub({ repositories: [createRepository('us/student', STUDENT)] });
});
afterAll(async () => {
  closeTabs();
  await hub.close();
});

function plan(own: ModelSummary, repository: string): StagePlan {
  const model: StageModel = { kind: 'hub', repository, revision: 'main', endpoint: hub.endpoint };
  return planOf([
    runStage(own, 'sft', { max_steps: 2 }, { name: 'Own' }),
    runStage(own, 'sft', { max_steps: 2 }, { name: 'A smaller model', model }),
  ]);
}

const openNow = ({ model, data, adapter }: EngineState): unknown[] => [model?.session.name, data?.dataset.name, adapter?.kept];

/** Red before: a stop that came when all stages were done ended the load of the person's own model. */
it('is fetched and trained, after a stop amid the download too, and then the person’s own model, adapter and rows are open', async () => {
  let stopped = false;
  const { engine, model } = await openTab({
    models: memoryDisk(),
    listen: (event, tab) => {
      if (event.type !== 'progress' || event.task !== 'model') return;
      if (tab.plan?.record.phase === 'done') void stopPlan(tab);
      if (event.label !== 'Fetching model.safetensors' || event.done === 0 || stopped) return;
      stopped = true;
      void stopPlan(tab);
    },
  });
  hub.faults.push({ file: 'model.safetensors', bytesPerSecond: 300_000 });
  await startPlan(engine, plan(model, 'us/student'));
  const before = await newestPlan(engine);
  expect([before.phase, ...before.stages.map(({ phase }) => phase)]).toEqual(['stopped', 'done', 'stopped']);
  expect(openNow(engine)).toEqual(['mini', 'mini.jsonl', before.stages[0]!.adapter]);
  hub.faults.length = 0;
  await continuePlan(engine, before.id);
  const done = await newestPlan(engine);
  expect([done.phase, done.message]).toEqual(['done', undefined]);
  expect(done.stages[1]!.figures).toMatchObject({ rows: 12, steps: 2 });
  const { record } = await engine.shelf.open(done.stages[1]!.adapter!);
  expect(record.model.name).toBe('us/student');
  expect(openNow(engine)).toEqual(['mini', 'mini.jsonl', done.stages[0]!.adapter]);
});

it('that cannot be fetched ends the plan in one sentence with the stage; with it there, the plan goes on', async () => {
  const { engine, model } = await openTab({ models: memoryDisk() });
  await startPlan(engine, plan(model, 'us/later'));
  const failed = await newestPlan(engine);
  const sentence = `The model of stage 2, A smaller model, could not be opened: ${hub.endpoint} has no public repository us/later; check the name, or give a token if it is private.`;
  expect([failed.phase, failed.message]).toEqual(['failed', sentence]);
  expect(failed.stages.map(({ phase, message }) => [phase, message])).toEqual([
    ['done', undefined],
    ['failed', sentence],
  ]);
  expect(openNow(engine)).toEqual(['mini', 'mini.jsonl', failed.stages[0]!.adapter]);
  hub.repositories.set('us/later', createRepository('us/later', STUDENT));
  await continuePlan(engine, failed.id);
  const done = await newestPlan(engine);
  expect([done.phase, done.message, done.stages[1]!.message]).toEqual(['done', undefined, undefined]);
  expect(openNow(engine)).toEqual(['mini', 'mini.jsonl', failed.stages[0]!.adapter]);
});

it('whose device is lost amid the download goes on once it is open again', async () => {
  let lost = false;
  const { engine, model } = await openTab({
    models: memoryDisk(),
    listen: (event, tab) => {
      if (event.type !== 'progress' || event.label !== 'Fetching model.safetensors' || event.done === 0 || lost) return;
      lost = true;
      loseDevice(tab);
    },
  });
  hub.faults.push({ file: 'model.safetensors', bytesPerSecond: 600_000 });
  await startPlan(engine, plan(model, 'us/student'));
  hub.faults.length = 0;
  expect(lost).toBe(true);
  const before = await newestPlan(engine);
  expect([before.phase, ...before.stages.map(({ phase }) => phase)]).toEqual(['stopped', 'done', 'stopped']);
  expect(before.message).toContain('The graphics device was lost');
  await reopenDevice(engine);
  expect(openNow(engine)).toEqual(['mini', 'mini.jsonl', before.stages[0]!.adapter]);
  await continuePlan(engine, before.id);
  const done = await newestPlan(engine);
  expect([done.phase, done.message]).toEqual(['done', undefined]);
  expect(openNow(engine)).toEqual(['mini', 'mini.jsonl', done.stages[0]!.adapter]);
});

it('of one name at two endpoints is two models', async () => {
  const other = await startHub({ repositories: [createRepository('us/student', folderFiles(OWN))] });
  try {
    const { engine, model } = await openTab({ models: memoryDisk() });
    const [own, smaller] = plan(model, 'us/student').stages as RunStage[];
    const elsewhere: StageModel = { kind: 'hub', repository: 'us/student', revision: 'main', endpoint: other.endpoint };
    await startPlan(engine, planOf([smaller!, { ...own!, name: 'Of the same name', model: elsewhere }]));
    const { phase, stages } = await newestPlan(engine);
    expect([phase, ...stages.map((stage) => stage.phase)]).toEqual(['done', 'done', 'done']);
    const records = await Promise.all(stages.map(async ({ adapter }) => (await engine.shelf.open(adapter!)).record.model));
    expect(records.map(({ name }) => name)).toEqual(['us/student', 'us/student']);
    expect(records[1]!.hash).toBe(engine.model!.hash);
    expect(records[0]!.hash).not.toBe(engine.model!.hash);
  } finally {
    await other.close();
  }
});
