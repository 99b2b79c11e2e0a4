/** A plan of another tab, as this one tells its page: under way there, and as it ended there. */
import { expect, it } from 'vitest';
import { fakeLocks } from '../../../e2e/fixtures/fake-locks.ts';
import { peerTab, peerTraces } from '../../../e2e/fixtures/peer-tab.ts';
import { noFacts, planUnderWay, reduce } from '../../state/facts.ts';
import { memoryStore } from '../files/byte-store.ts';
import { listTraces } from './kept-traces.ts';
import { watchOtherTabs } from './other-tabs.ts';
import { continuePlan, reportPlans, stopPlan } from './stages.ts';

/** Red before: the page of the second tab had the plan under way for ever, and Stop did nothing. */
it('a tab that was opened meanwhile has the plan and its traces as they ended', async () => {
  const places = { files: memoryStore(), locks: fakeLocks() };
  const one = await peerTab(places);
  const { id } = await one.plan([peerTraces()]);
  const work = continuePlan(one.engine, id);
  await expect.poll(() => one.engine.making?.lines.length, { interval: 1 }).toBeGreaterThan(0);
  const two = await peerTab(places);
  two.engine.model = null; // one that has no model open hears of it too
  const shown = () => two.events.reduce(reduce, noFacts);
  const end = await watchOtherTabs(two.engine, 5);
  await reportPlans(two.engine);
  await listTraces(two.engine);
  expect([shown().elsewhere, shown().plans![0]!.phase]).toEqual([true, 'running']);
  await work;
  await expect.poll(() => shown().elsewhere, { interval: 5 }).toBe(false);
  await expect
    .poll(() => [shown().plans![0]!.phase, shown().traceSets!.sets[0]!.phase], { interval: 5, timeout: 2000 })
    .toEqual(['done', 'done']);
  expect(planUnderWay(shown())).toBe(false);
  end();
});

it('a stop where no plan is under way says how the plans stand', async () => {
  const { engine, events, plan } = await peerTab();
  const record = await plan([peerTraces()]);
  await engine.plans.put({ ...record, phase: 'running' });
  events.length = 0;
  await stopPlan(engine);
  expect(events).toMatchObject([{ type: 'plans', plans: [{ id: record.id, phase: 'stopped' }] }]);
});
