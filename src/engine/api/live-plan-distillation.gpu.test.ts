/** Distillation as a stage, between examples and samples: it takes problems of the dataset that is open, goes on with an adapter, and hands its own on. */
import { afterAll, expect, it } from 'vitest';
import { bundledRows, closeTabs, newestPlan, openTab, planOf, runStage, traceStage } from '../../../e2e/fixtures/bundled-tab.ts';
import { readPlan } from '../../state/stage-actions.ts';
import { readDataset } from './data.ts';
import { keptRun } from './kept-runs.ts';
import { continuePlan, startPlan, stopPlan } from './stages.ts';

afterAll(closeTabs);

it('learns from problems with a teacher, stopped inside and gone on with, and its adapter writes the samples', async () => {
  let stopped = false;
  const { engine, model } = await openTab({
    rows: bundledRows('copsd.jsonl'),
    listen: (event, tab) => {
      if (event.type !== 'step' || event.metrics.divergence === undefined || stopped) return;
      stopped = true;
      void stopPlan(tab);
    },
  });
  const short = { max_steps: 2, 'distillation.max_completion_length': 8 } as const;
  const plan = planOf([
    runStage(model, 'sft', { max_steps: 2 }, { name: 'Solutions', data: [{ of: 'dataset', rows: 6 }] }),
    runStage(model, 'distillation', short, { name: 'Teacher', from: 1, data: [{ of: 'dataset', rows: 4, but: 1 }] }),
    traceStage(8, { from: 2, data: [{ of: 'dataset', rows: 3, but: 2 }] }),
  ]);
  await startPlan(engine, readPlan('plan.json', JSON.stringify(plan)));
  const before = await newestPlan(engine);
  expect(before.stages.map(({ phase }) => phase)).toEqual(['done', 'stopped', 'waiting']);
  expect(before.stages[1]!.message).toBe('It was stopped after step 1 and goes on from there.');
  await continuePlan(engine, before.id);
  const done = await newestPlan(engine);
  expect([done.phase, done.message]).toEqual(['done', undefined]);
  const [solutions, teacher, samples] = done.stages;
  expect(done.stages.map(({ figures }) => figures?.rows)).toEqual([6, 4, 3]);
  const run = await keptRun(engine, teacher!.run!);
  expect(run.settings).toMatchObject({ method: 'distillation', init_adapter: 'standing' });
  expect(run.metrics.map(({ step }) => step)).toEqual([1, 2]);
  expect(new Set([solutions, teacher].map((stage) => stage!.adapter)).size).toBe(2);
  expect((await engine.traces.get(samples!.traces!)).generator.adapter?.id).toBe(teacher!.adapter);
  expect(engine.needData().dataset.name).toBe('copsd.jsonl');

  await readDataset(engine, bundledRows());
  await expect(startPlan(engine, plan)).rejects.toThrow(
    /^This plan cannot start: stage 2: mini\.jsonl has nothing that a teacher alone could see: .+\. Correct it and try again\.$/,
  );
});

it('learns from kept traces, where the teacher sees the answer that they were kept for', async () => {
  const { engine, model } = await openTab();
  const teacher = {
    max_steps: 1,
    'distillation.max_completion_length': 8,
    'distillation.privileged_context': 'gold',
  } as const;
  const plan = planOf([
    traceStage(64, { data: [{ of: 'dataset', languages: 'without', rows: 6 }] }),
    runStage(model, 'distillation', teacher, { name: 'Teacher', data: [{ of: 1 }] }),
  ]);
  await startPlan(engine, readPlan('plan.json', JSON.stringify(plan)));
  const done = await newestPlan(engine);
  expect([done.phase, done.message]).toEqual(['done', undefined]);
  const [samples, taught] = done.stages;
  expect(samples!.figures!.kept).toBeGreaterThan(2);
  expect(taught!.figures).toMatchObject({ rows: samples!.figures!.kept, steps: 1 });
  const { metrics } = await keptRun(engine, taught!.run!);
  expect(metrics[0]!.divergence).toBeGreaterThan(0);
});
