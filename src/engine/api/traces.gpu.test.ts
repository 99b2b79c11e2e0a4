/**
 * Traces of the bundled model: a set that is paused, whose tab is gone, and that goes on in another has the traces, to the letter, of one that was not
 * interrupted; the kept ones open as a dataset with where they come from, and train as any other.
 */
import { afterAll, expect, it } from 'vitest';
import { closeTabs, openTab } from '../../../e2e/fixtures/bundled-tab.ts';
import { defaultTraces } from '../../protocol/trace-settings.ts';
import type { TraceSettings } from '../../protocol/traces.ts';
import type { Bytes } from '../files/source.ts';
import { rows } from './data.ts';
import type { EngineState } from './engine-state.ts';
import { exportTraces, listTraces, openTraces, reselectTraces, shownTraces } from './kept-traces.ts';
import { continueTraces, forecastTraces, makeTraces, pauseTraces } from './traces.ts';

const SETTINGS: TraceSettings = {
  ...defaultTraces('2026-11-28'),
  rows: 12,
  num_return_sequences: 2,
  checks: { ...defaultTraces().checks, thought_language: false }, // it thinks in English
  sampling: { ...defaultTraces().sampling, temperature: 1, max_new_tokens: 100, seed: 5 },
};

afterAll(closeTabs);

/** Without what a clock says. */
async function tracesOf(engine: EngineState, id: string): Promise<unknown[]> {
  const { traces } = await shownTraces(engine, { id, filter: 'all', language: null, from: 0, count: 200 });
  return traces.map(({ trace: { seconds: _, ...trace } }) => trace);
}

it('interrupted and gone on with in another tab, a set has the same traces; the kept ones are a dataset', async () => {
  const { engine: whole } = await openTab();
  expect(await forecastTraces(whole, SETTINGS)).toMatchObject({ rows: 12, traces: 24, unverifiable: 0, unread: 0, problem: null });
  const first = await makeTraces(whole, SETTINGS);
  const expected = await tracesOf(whole, first);
  expect(expected).toHaveLength(24);

  const files = new Map<string, Bytes>();
  let paused: Promise<void> | null = null;
  const { engine: one } = await openTab({
    files,
    listen: (event, tab) => {
      if (event.type === 'traces' && event.progress.done >= 3) paused ??= pauseTraces(tab);
    },
  });
  const id = await makeTraces(one, SETTINGS);
  await paused;
  const [record] = await listTraces(one);
  expect(record).toMatchObject({ id, phase: 'paused', total: 24, batch: 16 });
  expect(record!.done).toBeGreaterThanOrEqual(3);
  expect(record!.done).toBeLessThan(24);

  const copy = new Map(files); // what a killed tab leaves
  const { engine: other } = await openTab({ files: copy, rows: null });
  await continueTraces(other, id);
  const [done] = await listTraces(other);
  expect(done).toMatchObject({ phase: 'done', done: 24, total: 24 });
  expect(done!.kept + Object.values(done!.reasons).reduce((sum, n) => sum + n, 0)).toBe(24);
  expect(await tracesOf(other, id)).toEqual(expected);

  const [shown] = (await shownTraces(other, { id, filter: 'kept', language: null, from: 0, count: 1 })).traces;
  expect(shown!.prompt!.text).toContain(shown!.trace.question);
  expect(shown!.messages.at(-1)).toMatchObject({ role: 'user', content: shown!.trace.question });

  const summary = await openTraces(other, id);
  expect(summary).toMatchObject({ rows: done!.kept, problems: [] });
  expect((await rows(other, 0, 20)).some(({ reasoning_language }) => reasoning_language !== null)).toBe(true);
  const lines = (await (await exportTraces(other, id, 'dataset')).text()).trim().split('\n');
  expect(lines).toHaveLength(done!.kept);
  const { model } = other;
  expect(JSON.parse(lines[0]!).provenance).toMatchObject({
    ...{ generator: 'base', model: 'mini', model_hash: model!.hash, adapter: null, adapter_hash: null, dataset: 'mini.jsonl' },
    rewards: { accuracy: 1 },
    settings: { temperature: 1, seed: 5, num_return_sequences: 2, keep: 'first' },
  });

  const all = await reselectTraces(other, id, { keep: 'all', most_per_language: null, choice_seed: 0 });
  expect(all.kept).toBeGreaterThanOrEqual(done!.kept);
  expect(all.reasons['not-chosen']).toBeUndefined();
});
