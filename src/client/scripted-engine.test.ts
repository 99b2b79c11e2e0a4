/** A whole journey on the scripted engine through the page's stores: what the screens will see, without a screen. */
import { beforeEach, expect, it } from 'vitest';
import type { EngineEvent } from '../protocol/engine.ts';
import { apply, facts, noFacts } from '../state/facts.ts';
import { startingSettings } from '../state/presets.ts';
import { createScriptedEngine } from './scripted-engine.ts';

const listen = (event: EngineEvent) => apply(event);

beforeEach(() => facts.setState(noFacts, true));

it('trains, probes and answers', async () => {
  const engine = createScriptedEngine('fast');
  await engine.start(listen);
  await engine.loadModel({ kind: 'bundled' });
  await engine.readDataset({ kind: 'bundled' });
  await engine.train({ ...startingSettings, max_steps: 20, adherence_steps: 5, adherence_languages: ['German'] });
  const { run, adapter } = facts.getState();
  expect(run?.phase).toBe('done');
  expect(run?.metrics).toHaveLength(20);
  expect(run?.samples.map((s) => s.step)).toEqual([0, 5, 10, 15, 20]);
  expect(adapter?.origin).toBe('trained');
  const sampling = { temperature: 0, top_k: 0, top_p: 1, min_p: 0, max_new_tokens: 10, seed: 1 };
  const asked = engine.ask({
    id: 'x',
    conversation: { messages: [] },
    columns: [{ id: 'c', source: 'adapter', reasoning_language: 'German' }],
    sampling,
    date: '2026-01-01',
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  await engine.cancelAsk();
  await asked;
  expect(facts.getState().answers.x).toMatchObject({ ended: true, columns: { c: { stop: 'cancelled' } } });
});

it('says when there is no GPU', async () => {
  const engine = createScriptedEngine('nogpu');
  await engine.start(listen);
  expect(facts.getState().problem?.reason).toBe('no-webgpu');
  await expect(engine.loadModel({ kind: 'bundled' })).rejects.toMatchObject({ name: 'DeviceError' });
});
