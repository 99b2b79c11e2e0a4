/** A plan whose device is lost inside a stage: it says where it stopped, and ends as the plan that nobody touched, on a reopened device and after a reload. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import {
  bundledRows,
  closeTabs,
  loseDevice,
  newestPlan,
  openTab,
  planOf,
  runStage,
  traceStage,
} from '../../../e2e/fixtures/bundled-tab.ts';
import type { StagePlan } from '../../protocol/stages.ts';
import { LineWriter } from '../files/result-shelf.ts';
import type { Bytes } from '../files/source.ts';
import type { EngineState } from './engine-state.ts';
import { keptRun } from './kept-runs.ts';
import { reopenDevice } from './recovery.ts';
import { continuePlan, startPlan } from './stages.ts';

/** More than are asked at once, so that a loss at the first trace leaves some to make. */
const ROWS = 18;
const LOST = 'The graphics device was lost; what is finished is kept, and once the device is open again the plan goes on where it stopped.';

let plan: StagePlan;
let untouched: unknown;
beforeAll(async () => {
  const { engine, model } = await openTab();
  const examples = runStage(model, 'sft', { max_steps: 4 }, { name: 'Examples' });
  plan = planOf([examples, traceStage(24, { from: 1, data: [{ of: 'dataset', rows: ROWS }] })]);
  await startPlan(engine, plan);
  untouched = await outcome(engine);
});
afterAll(closeTabs);

/** Losses of the run, and the traces in the order of their rows, without what a clock says. */
async function outcome(engine: EngineState): Promise<unknown> {
  const { phase, stages } = await newestPlan(engine);
  const [run, samples] = stages;
  const { metrics } = await keptRun(engine, run!.run!);
  const traces = await engine.traces.lines(samples!.traces!);
  return {
    phases: [phase, ...stages.map((stage) => stage.phase)],
    losses: metrics.map(({ loss }) => loss),
    traces: traces.map(({ seconds: _, ...trace }) => trace).sort((a, b) => a.row - b.row),
  };
}

it('stops inside a run and inside rejection sampling, and goes on to the same losses and traces', async () => {
  const files = new Map<string, Bytes>();
  let struck = false;
  const { engine } = await openTab({
    files,
    listen: (event, tab) => {
      if (event.type !== 'step' || event.metrics.step !== 3 || struck) return;
      struck = true;
      loseDevice(tab);
    },
  });
  const own = [engine.model!.hash, engine.needData().hash];
  await startPlan(engine, plan);
  const inRun = await newestPlan(engine);
  expect([inRun.phase, ...inRun.stages.map(({ phase }) => phase)]).toEqual(['stopped', 'stopped', 'waiting']);
  expect(inRun.message).toBe(LOST);
  expect(inRun.stages[0]).toMatchObject({
    message: 'It was stopped after step 2 and goes on from there.',
    figures: { rows: 12, steps: 2 },
  });
  await reopenDevice(engine);
  expect([engine.model!.hash, engine.needData().hash]).toEqual(own);

  const { add } = LineWriter.prototype;
  vi.spyOn(LineWriter.prototype, 'add').mockImplementationOnce(async function (this: LineWriter<unknown>, line) {
    await add.call(this, line);
    loseDevice(engine);
  });
  await continuePlan(engine, inRun.id);
  const inTraces = await newestPlan(engine);
  expect([inTraces.phase, ...inTraces.stages.map(({ phase }) => phase)]).toEqual(['stopped', 'done', 'stopped']);
  expect(inTraces.message).toBe(LOST);
  expect(inTraces.stages[1]!.message).toMatch(/^It was stopped after [1-9]\d* of 18 traces and goes on from there\.$/);
  expect(inTraces.stages[1]!.figures!.made).toBeLessThan(ROWS);

  const { engine: reloaded } = await openTab({ files });
  await continuePlan(reloaded, inRun.id);
  expect(await outcome(reloaded)).toEqual(untouched);
});

it('stops between the answers of rewards, or of a teacher, and the step on them, and goes on to the same losses', async () => {
  const answering = {
    grpo: { max_steps: 2, 'grpo.num_generations': 2, 'grpo.max_completion_length': 12 },
    distillation: { max_steps: 2, 'distillation.max_completion_length': 8 },
  } as const;
  for (const kind of ['grpo', 'distillation'] as const) {
    const rows = kind === 'distillation' ? bundledRows('copsd.jsonl') : bundledRows();
    const { engine: calm, model } = await openTab({ rows });
    const answered = planOf([runStage(model, kind, answering[kind], { data: [{ of: 'dataset', rows: 6 }] })]);
    await startPlan(calm, answered);
    const whole = await keptRun(calm, (await newestPlan(calm)).stages[0]!.run!);
    expect(
      whole.metrics.map(({ step }) => step),
      kind,
    ).toEqual([1, 2]);

    let struck = false;
    const { engine } = await openTab({
      rows,
      listen: (event, tab) => {
        if (event.type !== 'rollouts' || event.batch.step !== 2 || struck) return;
        struck = true;
        loseDevice(tab);
      },
    });
    await startPlan(engine, answered);
    const lost = await newestPlan(engine);
    expect([lost.phase, lost.message], kind).toEqual(['stopped', LOST]);
    expect(lost.stages[0]!.message, kind).toBe('It was stopped after step 1 and goes on from there.');
    await reopenDevice(engine);
    await continuePlan(engine, lost.id);
    const { phase, stages } = await newestPlan(engine);
    expect([phase, stages[0]!.phase], kind).toEqual(['done', 'done']);
    const { metrics } = await keptRun(engine, stages[0]!.run!);
    expect(
      metrics.map(({ step, loss, grad_norm }) => [step, loss, grad_norm]),
      kind,
    ).toEqual(whole.metrics.map(({ step, loss, grad_norm }) => [step, loss, grad_norm]));
  }
});
