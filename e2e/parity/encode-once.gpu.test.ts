/** A dataset is encoded once: statistics, readiness and training read the same tokens, and a setting that changes none of them costs no encoding. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { readDataset, tokenStatistics } from '../../src/engine/api/data.ts';
import { readiness } from '../../src/engine/api/readiness.ts';
import { stop, train } from '../../src/engine/api/training.ts';
import { SAMPLE_ROWS } from '../../src/engine/data/dataset.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import type { TrainingSettings } from '../../src/protocol/training.ts';
import { openTestEngine, type TestEngine, tinySettings, writeTinyModel } from './surviving-support.ts';

const folder = mkdtempSync(join(tmpdir(), 'encode-once-'));
const settings = tinySettings({ max_steps: 2, eval_steps: 0 });
const ROWS = 30; // of openTestEngine

let opened: TestEngine;
beforeAll(async () => {
  await writeTinyModel(folder);
  opened = await openTestEngine(await openNodeGpu(), folder);
  await opened.load();
});
afterEach(() => vi.restoreAllMocks());
afterAll(() => {
  opened.engine.gpu!.close();
  rmSync(folder, { recursive: true });
});

const encoded = () => vi.spyOn(opened.engine.text!.tokenizer, 'encodeSegments');
const ready = (changed: Partial<TrainingSettings> = {}) => readiness(opened.engine, { ...settings, ...changed }, null);

it('statistics, readiness, another learning rate and the run itself take one encoding', async () => {
  const { engine } = opened;
  const calls = encoded();
  const [statistics, first] = await Promise.all([tokenStatistics(engine, settings.encoding), ready()]);
  expect(calls).toHaveBeenCalledTimes(ROWS);
  expect(statistics.sampled).toBeUndefined();
  expect(first).toMatchObject({ blockers: [], rows: statistics.rows_trained });
  const faster = await ready({ optimizer: { ...settings.optimizer, learning_rate: 1e-3 } });
  expect({ ...faster, seconds: 0 }).toEqual({ ...first, seconds: 0 });
  await train(engine, settings);
  expect(calls).toHaveBeenCalledTimes(ROWS);
});

it('length, labels and languages are chosen from what is encoded', async () => {
  const { engine } = opened;
  const calls = encoded();
  const all = await tokenStatistics(engine, settings.encoding);
  const short = await tokenStatistics(engine, { ...settings.encoding, max_length: 64 });
  expect(short.lengths).toEqual(all.lengths);
  expect(short.tokens).toBeLessThanOrEqual(64 * ROWS);
  expect(short.problems.some(({ kind }) => kind === 'too-long')).toBe(true);
  const whole = await tokenStatistics(engine, { ...settings.encoding, assistant_only_loss: false });
  expect(whole.trained_tokens).toBe(whole.tokens - whole.rows_trained); // the first token of a row is never predicted
  const german = await tokenStatistics(engine, { ...settings.encoding, languages: ['German'] });
  expect(german.rows_trained).toBe(engine.needData().dataset.summary().languages.German);
  expect(calls).not.toHaveBeenCalled();
  await tokenStatistics(engine, { ...settings.encoding, template: 'prefix-preserving' });
  expect(calls).toHaveBeenCalledTimes(ROWS);
});

it('what stops a run says where it is mended', async () => {
  const none = await ready({ encoding: { ...settings.encoding, max_length: 8 } });
  expect(none.blockers).toMatchObject([{ place: 'data', sentence: /No row of the dataset/ }]);
  const stock = await ready({ encoding: { ...settings.encoding, template: 'hf' } });
  expect(stock.blockers).toMatchObject([{ place: 'train' }]);
  const misfit = await ready({ lora: { ...settings.lora, r: 0 } });
  expect(misfit.blockers).toMatchObject([{ place: 'train' }]);
});

/** More rows than a sample has; every one is a few tokens. */
async function openLarge(): Promise<number> {
  const rows = 2 * SAMPLE_ROWS + 7;
  const lines = Array.from({ length: rows }, (_, i) =>
    JSON.stringify({ reasoning_language: i === rows - 1 ? 'Latin' : 'German', user: `${i}+1?`, analysis: 'Plus.', final: `${i + 1}` }),
  );
  await readDataset(opened.engine, { kind: 'file', file: new Blob([lines.join('\n')]), name: 'large.jsonl' });
  return rows;
}

it('of a large dataset a sample is read first, then all of it, once', async () => {
  const { engine, events } = opened;
  const rows = await openLarge();
  const { dataset } = engine.needData();
  expect(dataset.summary()).toMatchObject({ rows, sampled: SAMPLE_ROWS });
  const calls = encoded();
  const sample = await tokenStatistics(engine, settings.encoding);
  expect(sample).toMatchObject({ rows, sampled: SAMPLE_ROWS, rows_trained: rows });
  const early = await ready();
  expect(early).toMatchObject({ sampled: SAMPLE_ROWS, rows, blockers: [] });

  await engine.encodings.job!.encoded;
  expect(calls).toHaveBeenCalledTimes(SAMPLE_ROWS + rows);
  const summary = events.findLast((event) => event.type === 'dataset')!.dataset!;
  expect(summary).toMatchObject({ id: dataset.id, languages: { German: rows - 1, Latin: 1 } });
  expect(summary.sampled).toBeUndefined();
  const exact = await tokenStatistics(engine, settings.encoding);
  expect(exact.sampled).toBeUndefined();
  expect(exact.lengths.every((length) => length > 0)).toBe(true);
  expect(Math.abs(sample.tokens / exact.tokens - 1)).toBeLessThan(0.01);
  expect((await ready()).sampled).toBeUndefined();
  expect(calls).toHaveBeenCalledTimes(SAMPLE_ROWS + rows);
});

it('a run that begins before all rows are counted waits for them, and can be stopped while it waits', async () => {
  const { engine, events } = opened;
  const rows = await openLarge();
  const calls = encoded();
  await ready();
  const { job } = engine.encodings;
  const run = train(engine, settings);
  await job!.encoded;
  await run;
  expect(calls).toHaveBeenCalledTimes(SAMPLE_ROWS + rows);
  expect(events.findLast((event) => event.type === 'run-phase')).toMatchObject({ phase: 'done' });

  await openLarge();
  await ready();
  const waiting = train(engine, settings);
  await new Promise((resolve) => setTimeout(resolve));
  await stop(engine);
  await waiting;
  expect(events.findLast((event) => event.type === 'run-phase')).toMatchObject({ phase: 'stopped', message: /before its first step/ });
  expect(engine.encodings.job, 'the count goes on').not.toBeNull();
  await engine.encodings.job!.encoded;
});

it('a count that the user cancels is not begun again until a run needs it', async () => {
  const { engine } = opened;
  await openLarge();
  await tokenStatistics(engine, settings.encoding);
  const { job } = engine.encodings;
  engine.cancel('tokens');
  await expect(job!.encoded).rejects.toMatchObject({ name: 'Cancelled' });
  expect((await tokenStatistics(engine, settings.encoding)).sampled).toBe(SAMPLE_ROWS);
  expect(engine.encodings.job).toBeNull();
  await train(engine, { ...settings, max_steps: 1 });
  expect((await tokenStatistics(engine, settings.encoding)).sampled).toBeUndefined();
});
