/** Plans without a GPU: a stop at the edges of a stage, and runs whose steps are all done. Runs are stand-ins, traces are of an ONNX model. */
import { beforeEach, expect, it, vi } from 'vitest';
import { examples, PEER_TRACES, type PeerTab, peerTab, peerTraces, runOf } from '../../../e2e/fixtures/peer-tab.ts';
import type { RunRecord } from '../../protocol/training.ts';
import type { ShelfRecord } from '../files/adapter-shelf.ts';
import { memoryStore } from '../files/byte-store.ts';
import type { EngineState, OpenAdapter } from './engine-state.ts';
import { continuePlan, stopPlan } from './stages.ts';
import { makeTraces, pauseTraces } from './traces.ts';

type Train = (engine: EngineState, settings: unknown, begun: (run: RunRecord) => Promise<void>) => Promise<void>;

const training = vi.hoisted(() => ({ train: vi.fn<Train>() }));
vi.mock('./training.ts', async (original) => ({ ...(await original<object>()), train: training.train }));
vi.mock('./checks.ts', async (original) => ({
  ...(await original<object>()),
  checkedTraining: (_: unknown, settings: unknown) => settings,
}));

beforeEach(() => void training.train.mockReset());

const RUN = '20260101000000000';

/** An adapter of a run, as it is kept. */
async function keepAdapter({ engine }: PeerTab, run: RunRecord): Promise<string> {
  const about = { name: 'a', origin: 'trained', kept: run.started, model: { name: 'm', hash: 'model' }, hash: '', bytes: 1 };
  return (await engine.shelf.put({ ...about, run } as ShelfRecord, new Uint8Array(1), false)).id;
}

/** Red before: the stage had stopped "after step 5 and goes on from there", and all its steps were trained again. */
it('a stage that is stopped behind its last step is done', async () => {
  const tab = await peerTab();
  const { engine, plan } = tab;
  const { id } = await plan([examples(), examples()]);
  training.train.mockImplementation(async (_engine, _settings, begun) => {
    const run = runOf(RUN, 'preparing', 0, 5);
    await begun(run);
    Object.assign(run, runOf(RUN, 'stopped', 5, 5));
    engine.adapter = { kept: await keepAdapter(tab, run), run } as OpenAdapter;
    void stopPlan(engine);
  });
  await continuePlan(engine, id);
  const { phase, stages } = await engine.plans.get(id);
  expect([phase, stages[0]!.phase, stages[1]!.phase]).toEqual(['stopped', 'done', 'waiting']);
  expect(stages[0]).toMatchObject({ adapter: engine.adapter!.kept, figures: { rows: 6, steps: 5 } });
});

it('a record of before that says so goes on with the next stage, with the adapter of the last step', async () => {
  const tab = await peerTab();
  const run = runOf(RUN, 'stopped', 5, 5);
  await keepAdapter(tab, runOf(RUN, 'stopped', 3, 5)); // of a stop before
  const adapter = await keepAdapter(tab, run);
  await keepAdapter(tab, runOf(RUN, 'stopped', 4, 5)); // of its best evaluation
  await tab.engine.library.put(run, { model: 'model', dataset: tab.engine.data!.hash });
  const { id } = await tab.plan([examples()], [{ phase: 'stopped', run: RUN, figures: { rows: 6 } }]);
  await continuePlan(tab.engine, id);
  expect(training.train).not.toHaveBeenCalled();
  const { phase, stages } = await tab.engine.plans.get(id);
  expect(phase).toBe('done');
  expect(stages[0]).toMatchObject({ phase: 'done', adapter, figures: { rows: 6, steps: 5 } });
});

/** Red before: the stop came while the beginning was written, no run was there yet, and all its steps were taken. */
it('a stop while the beginning of a run is kept ends it before its first step', async () => {
  const { engine, plan } = await peerTab();
  const { id } = await plan([examples()]);
  let steps = 0;
  training.train.mockImplementation(async (_engine, _settings, begun) => {
    await begun(runOf(RUN, 'preparing', 0, 5));
    steps = 5;
  });
  const put = engine.plans.put.bind(engine.plans);
  vi.spyOn(engine.plans, 'put').mockImplementation(async (record) => {
    if (record.stages[0]!.run !== undefined && record.stages[0]!.phase === 'running') void stopPlan(engine);
    await put(record);
  });
  await continuePlan(engine, id);
  expect(steps).toBe(0);
  const { phase, message, stages } = await engine.plans.get(id);
  expect([phase, message]).toEqual(['stopped', undefined]);
  expect(stages[0]).toMatchObject({ phase: 'stopped', message: 'It was stopped before its first step.' });
});

/** Red before: until the set was read nothing was there to be paused, and the stage went on to its end. */
it('a stop right behind Go on pauses rejection sampling', async () => {
  const store = memoryStore();
  let reading: () => void = () => {};
  const files = {
    ...store,
    get: async (name: string) => {
      if (name.endsWith('.beside')) reading();
      await new Promise((resolve) => setTimeout(resolve, 1));
      return store.get(name);
    },
  };
  const { engine, plan } = await peerTab({ files });
  const making = makeTraces(engine, PEER_TRACES);
  await expect.poll(() => engine.making?.lines.length ?? 0, { interval: 1 }).toBeGreaterThan(1);
  await pauseTraces(engine);
  const traces = await making;
  const { id } = await plan([peerTraces()], [{ phase: 'stopped', traces }]);
  const read = new Promise<void>((resolve) => {
    reading = resolve;
  });
  const work = continuePlan(engine, id);
  await read;
  expect(engine.making).toBeNull();
  await stopPlan(engine);
  await work;
  const { phase, stages } = await engine.plans.get(id);
  expect([phase, stages[0]!.phase]).toEqual(['stopped', 'stopped']);
  expect(stages[0]!.figures!.made).toBeLessThan(18); // of 6 rows
  expect((await engine.traces.get(traces)).phase).toBe('paused');
});
