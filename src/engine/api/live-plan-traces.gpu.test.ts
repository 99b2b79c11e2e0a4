/** Rejection sampling as a stage: stopped inside, it makes the others; what it keeps is learned from, mixed with rows of the dataset, and exported. */
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, expect, it } from 'vitest';
import { closeTabs, newestPlan, openTab, planOf, runStage, traceStage } from '../../../e2e/fixtures/bundled-tab.ts';
import { exportPlan } from './stage-export.ts';
import { continuePlan, startPlan, stopPlan } from './stages.ts';

const STEPS = 5;
afterAll(closeTabs);

it('what a stage keeps of its samples is learned from, mixed with rows of the dataset; stopped inside, it makes the others', async () => {
  let stopped = false;
  const { engine, model } = await openTab({
    listen: (event, tab) => {
      if (event.type !== 'traces' || stopped) return; // at the first word of it: later, a quick GPU may have ended all rows at once
      stopped = true;
      void stopPlan(tab);
    },
  });
  const own = runStage(model, 'sft', { max_steps: STEPS }, { name: 'Own', data: [{ of: 1 }, { of: 'dataset', rows: 3, but: 1 }] });
  await startPlan(engine, planOf([traceStage(100), own]));
  const before = await newestPlan(engine);
  expect([before.phase, before.stages[0]!.phase]).toEqual(['stopped', 'stopped']);
  expect(before.stages[0]!.message).toMatch(/^It was stopped after \d of 4 traces and goes on from there\.$/);
  await continuePlan(engine, before.id);
  const done = await newestPlan(engine);
  expect([done.phase, done.message]).toEqual(['done', undefined]);
  const { kept, made, kept_languages } = done.stages[0]!.figures!;
  expect([made, Object.keys(kept_languages!)]).toEqual([4, ['']]);
  expect(kept).toBeGreaterThan(0);
  expect(done.stages[1]!.figures).toMatchObject({ rows: kept! + 3, steps: STEPS });
  const files = unzipSync(new Uint8Array(await (await exportPlan(engine, done.id)).blob.arrayBuffer()));
  const lines = (path: string): string[] => strFromU8(files[`Short/${path}`]!).trim().split('\n');
  expect(lines('stage-1-samples/dataset.jsonl')).toHaveLength(kept!);
  expect(lines('stage-1-samples/traces.jsonl')).toHaveLength(4);
  expect(lines('stage-2-own/dataset.jsonl')).toHaveLength(kept! + 3);
  expect(Object.keys(files)).toContain('Short/stage-2-own/adapter/adapter_model.safetensors');
});
