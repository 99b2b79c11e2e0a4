/** What a plan does where the traces or the adapter of a done stage are gone: it makes them again where a stage to come needs them, and says so. */
import { expect, it } from 'vitest';
import { examples, PEER_TRACES, peerTab, peerTraces, runOf } from '../../../e2e/fixtures/peer-tab.ts';
import type { StageState } from '../../protocol/stages.ts';
import type { ShelfRecord } from '../files/adapter-shelf.ts';
import { deleteTraces, listTraces } from './kept-traces.ts';
import { withLostStages } from './lost-stages.ts';
import { continuePlan } from './stages.ts';
import { makeTraces } from './traces.ts';

const RUN = '20260101000000000';

/** Red before: "This set of traces is not kept any more" each time. */
it('traces that were deleted are made again', async () => {
  const { engine, events, plan } = await peerTab();
  const traces = await makeTraces(engine, PEER_TRACES);
  const { id } = await plan([peerTraces(), peerTraces({ data: [{ of: 1 }] })], [{ phase: 'done', traces }, { phase: 'waiting' }]);
  await deleteTraces(engine, traces);
  await listTraces(engine); // gone for good
  await continuePlan(engine, id);
  const { phase, stages } = await engine.plans.get(id);
  expect([phase, ...stages.map((stage) => stage.phase)]).toEqual(['done', 'done', 'done']);
  expect(stages[0]!.traces).not.toBe(traces);
  expect(stages[0]!.message).toBeUndefined();
  const said = events.flatMap((event) => (event.type === 'plans' ? [event.plans[0]!.stages[0]!] : []));
  const running = said.filter((stage) => stage.phase === 'running');
  expect(new Set(running.map(({ message }) => message))).toEqual(new Set(['Its traces are not kept any more, so they are made again.']));
});

const DONE: StageState = { phase: 'done', run: RUN, adapter: '1' };

it('an adapter that is gone is trained again where a stage to come goes on from it, or one before that', async () => {
  const { engine, plan } = await peerTab();
  const chain = [examples(), examples({ from: 1 }), examples({ from: 2 })];
  const phases = async (...states: StageState[]) =>
    (await withLostStages(engine, await plan(chain, states))).stages.map(({ phase, message }) => message ?? phase);
  const lost = 'Its adapter is not kept any more, so it is trained again.';
  expect(await phases(DONE, DONE, { phase: 'waiting' })).toEqual([lost, lost, 'waiting']);
  expect(await phases(DONE, DONE, DONE), 'nothing is to come').toEqual(['done', 'done', 'done']);
  const about = { name: 'a', origin: 'trained', kept: '', model: { name: 'm', hash: 'model' }, hash: '', bytes: 1 };
  const { id } = await engine.shelf.put({ ...about, run: runOf(RUN, 'done', 5, 5) } as ShelfRecord, new Uint8Array(1), false);
  expect(await phases(DONE, { ...DONE, adapter: id }, { phase: 'waiting' }), 'the first is needed no more').toEqual([
    'done',
    'done',
    'waiting',
  ]);
});

it('what was begun on lost traces begins anew; a run that can be resumed needs no adapter', async () => {
  const { engine, plan } = await peerTab();
  const stopped: StageState = { phase: 'stopped', run: RUN, figures: { steps: 3 } };
  engine.snapshot = { state: { run: runOf(RUN, 'paused', 3, 5), step: 3 } } as typeof engine.snapshot;
  const onTraces = await plan([peerTraces(), examples({ data: [{ of: 1 }] })], [{ phase: 'done', traces: '1' }, stopped]);
  expect((await withLostStages(engine, onTraces)).stages).toEqual([
    { phase: 'waiting', message: 'Its traces are not kept any more, so they are made again.' },
    { phase: 'waiting', message: 'What stage 1 made is not kept any more, so it begins anew.' },
  ]);
  const onAdapter = await plan([examples(), examples({ from: 1 })], [DONE, stopped]);
  expect(await withLostStages(engine, onAdapter)).toEqual(onAdapter);
});
