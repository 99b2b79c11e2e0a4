/**
 * Asking base, the adapter that stands and kept ones as one batch: each answers as it does alone; what cannot be asked is left out with one sentence;
 * what is not asked any more leaves the GPU; a run changes the one that stands and not the kept one.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ask } from '../../src/engine/api/asking.ts';
import { deleteAdapter, undeleteAdapter } from '../../src/engine/api/kept-adapters.ts';
import { train } from '../../src/engine/api/training.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import type { AskColumn, ColumnState } from '../../src/protocol/generation.ts';
import type { KeptAdapter } from '../../src/protocol/model.ts';
import { openTestEngine, type TestEngine, tinySettings, writeTinyModel } from './surviving-support.ts';

const folder = mkdtempSync(join(tmpdir(), 'beside-'));
/** So that every adapter says something of its own. */
const settings = tinySettings({ max_steps: 3, eval_steps: 0, validation_split: 0 });
const loud = { ...settings, optimizer: { ...settings.optimizer, learning_rate: 0.2 } };

let test: TestEngine;
beforeAll(async () => {
  await writeTinyModel(folder);
  test = await openTestEngine(await openNodeGpu(), folder);
  await test.load();
  await train(test.engine, { ...loud, seed: 1 });
  await train(test.engine, { ...loud, seed: 2, lora: { ...loud.lora, r: 3, target_parameters: null, use_rslora: true } });
  await train(test.engine, { ...loud, seed: 3, lora: { ...loud.lora, r: 9, target_modules: ['q_proj', 'v_proj'] } });
});
afterAll(() => rmSync(folder, { recursive: true }));

const sampling = { temperature: 0, top_k: 0, top_p: 1, min_p: 0, max_new_tokens: 8, seed: 1 };
const LANGUAGES = ['German', 'French'];

function kept(): KeptAdapter[] {
  const event = test.events.findLast((e) => e.type === 'kept-adapters');
  return event?.type === 'kept-adapters' ? event.kept.adapters : [];
}

type Row = Pick<AskColumn, 'source' | 'adapter'>;
const base: Row = { source: 'base' };
const standing: Row = { source: 'adapter' };
const keptRow = (adapter: string): Row => ({ source: 'kept', adapter });

/** By row, what was written in every language. */
async function asked(...rows: Row[]): Promise<ColumnState[][]> {
  const columns = rows.flatMap((row, r) =>
    LANGUAGES.map((reasoning_language): AskColumn => ({ id: `${r}/${reasoning_language}`, ...row, reasoning_language })),
  );
  const conversation = { messages: [{ role: 'user' as const, content: 'What is 27 + 38?' }] };
  await ask(test.engine, { id: 'r', conversation, columns, sampling, date: '2025-08-05' });
  const last = (id: string): ColumnState => {
    const event = test.events.findLast((e) => e.type === 'column' && e.state.column === id);
    return (event as Extract<typeof event, { type: 'column' }>).state;
  };
  return rows.map((_, r) => LANGUAGES.map((language) => last(`${r}/${language}`)));
}

const words = (row: ColumnState[]): string[] => row.map(({ thinking, content, rest }) => `${thinking}|${content}|${rest}`);
const beside = (): number => {
  const { store } = test.engine.needModel().session;
  return store.has('adapters') ? store.get('adapters').bytes : 0;
};

it('all answer as each alone, whoever is beside them; nothing is left on the GPU of those who are not asked', async () => {
  const [third, second, first] = kept().map(({ id }) => id);
  const alone = [];
  for (const row of [base, standing, keptRow(second!), keptRow(first!)]) alone.push(words((await asked(row))[0]!));
  expect(new Set(alone.map((both) => both.join())).size).toBe(4); // each says something of its own
  const all = await asked(base, keptRow(first!), standing, keptRow(second!));
  expect(all.map(words)).toEqual([alone[0], alone[3], alone[1], alone[2]]);
  const bytes = beside();
  expect((await asked(keptRow(second!), base)).map(words)).toEqual([alone[2], alone[0]]);
  expect(beside()).toBeLessThan(bytes);
  // The one that stands is asked in its place, also by its id.
  expect((await asked(base, keptRow(third!), standing)).map(words)).toEqual([alone[0], alone[1], alone[1]]);
  expect(beside()).toBe(0);
});

it('one that is not kept any more, or belongs to another model, is left out with one sentence; the others answer', async () => {
  const [, second, first] = kept().map(({ id }) => id);
  const [before] = await asked(base);
  await deleteAdapter(test.engine, second!);
  const [gone, alone] = await asked(keptRow(second!), base);
  expect(gone![0]).toMatchObject({ stop: 'error', error: 'This adapter is not kept any more; another tab may have deleted it.' });
  expect(words(alone!)).toEqual(words(before!));
  await undeleteAdapter(test.engine, second!);

  const { hash } = test.engine.needModel();
  Object.assign(test.engine.needModel(), { hash: 'of another model' });
  const [other, still] = await asked(keptRow(first!), base);
  Object.assign(test.engine.needModel(), { hash });
  expect(other![0]!.error).toMatch(/^tiny adapter .+ belongs to tiny, and tiny is open; open tiny first\.$/);
  expect(words(still!)).toEqual(words(before!));
});

it('a GPU whose buffers are too small for all together is told how many bytes they take', async () => {
  const [, second, first] = kept().map(({ id }) => id);
  const { session } = test.engine.needModel();
  const { maxBufferSize } = session.capabilities;
  await asked(base);
  Object.assign(session.capabilities, { maxBufferSize: 4096 });
  await expect(asked(keptRow(first!), keptRow(second!))).rejects.toThrow(
    /^2 adapters beside each other take .+, and one buffer of this GPU holds 4.+; choose fewer of them\.$/,
  );
  Object.assign(session.capabilities, { maxBufferSize });
  expect(beside()).toBe(0);
  await asked(keptRow(first!), keptRow(second!));
});

it('while a run changes the one that stands, the kept ones answer as before, and the run takes them off the GPU as it begins', async () => {
  const [, second] = kept().map(({ id }) => id);
  const [before] = await asked(keptRow(second!));
  expect(beside()).toBeGreaterThan(0);
  const { engine } = test;
  let during: Promise<ColumnState[][]> | null = null;
  let left = -1;
  const { emit } = engine;
  engine.emit = (event) => {
    emit(event);
    if (event.type !== 'step' || during) return;
    left = beside();
    during = asked(standing, keptRow(second!));
  };
  await train(engine, { ...loud, seed: 4 });
  engine.emit = emit;
  expect(left).toBe(0);
  const [running, still] = await during!;
  expect(words(still!)).toEqual(words(before!));
  expect(words(running!)).not.toEqual(words(still!));
  expect((await asked(standing, keptRow(second!))).map(words)[1]).toEqual(words(before!)); // the copy of the one that stands is made anew
});
