/** The library of runs over the real engine: however a run ends it is kept, can be opened and gone on with, and gives its room back when it is deleted. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exportAdapter } from '../../src/engine/api/adapter.ts';
import { standAdapter } from '../../src/engine/api/kept-adapters.ts';
import { deleteRun, keptRun, listRuns, purgeRuns, renameRun, showRun, undeleteRun } from '../../src/engine/api/kept-runs.ts';
import { readiness } from '../../src/engine/api/readiness.ts';
import { pause, resumeRun, stop, train } from '../../src/engine/api/training.ts';
import { memoryStore } from '../../src/engine/files/byte-store.ts';
import type { Bytes } from '../../src/engine/files/source.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import type { EngineEvent } from '../../src/protocol/engine.ts';
import type { KeptRun } from '../../src/protocol/kept-runs.ts';
import type { KeptAdapter } from '../../src/protocol/model.ts';
import { openTestEngine, type TestEngine, tinySettings, writeTinyModel } from './surviving-support.ts';

const folder = mkdtempSync(join(tmpdir(), 'runs-'));
const settings = tinySettings({ max_steps: 4, eval_steps: 0, validation_split: 0, save_steps: 1, save_total_limit: 2 });

let webgpu: GPU;
beforeAll(async () => {
  webgpu = await openNodeGpu();
  await writeTinyModel(folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function ready(files = new Map<string, Bytes>()): Promise<TestEngine> {
  const opened = await openTestEngine(webgpu, folder, { files: memoryStore(files) });
  await opened.load();
  return opened;
}

function runs({ events }: TestEngine): KeptRun[] {
  const event = events.findLast((e) => e.type === 'kept-runs');
  return event?.type === 'kept-runs' ? event.kept.runs : [];
}

function adapters({ events }: TestEngine): KeptAdapter[] {
  const event = events.findLast((e) => e.type === 'kept-adapters');
  return event?.type === 'kept-adapters' ? event.kept.adapters : [];
}

const used = ({ events }: TestEngine): number => {
  const event = events.findLast((e) => e.type === 'kept-runs');
  return event?.type === 'kept-runs' ? event.kept.storage.used : 0;
};

const weights = async ({ engine }: TestEngine): Promise<string> =>
  Buffer.from(unzipSync((await exportAdapter(engine)).bytes)['adapter_model.safetensors']!).toString('base64');

/** Calls `then` once, when the engine reports it. */
function when({ engine }: TestEngine, is: (event: EngineEvent) => boolean, then: () => unknown): void {
  const { emit } = engine;
  let done = false;
  engine.emit = (event) => {
    emit(event);
    if (done || !is(event)) return;
    done = true;
    void then();
  };
}

it('checkpoints are told before, kept beside the adapter, and stand as it does; the run is opened whole', async () => {
  const test = await ready();
  const { engine } = test;
  const { checkpoints } = await readiness(engine, settings, null);
  await train(engine, settings);
  expect(checkpoints.count).toBe(2);
  expect(adapters(test).map(({ trained, checkpoint, standing }) => [trained!.steps, checkpoint, standing])).toEqual([
    [4, undefined, true],
    [3, true, false],
    [2, true, false],
  ]);
  const [kept] = runs(test);
  expect(kept).toMatchObject({ phase: 'done', steps: 4, total_steps: 4, dataset: 'rows.jsonl', resumable: false, fits: true });
  expect(kept!.hashes.dataset).toMatch(/^[0-9a-f]{64}$/);
  expect(kept!.sparkline).toHaveLength(4);
  const whole = await keptRun(engine, kept!.id);
  expect(whole.metrics).toEqual(engine.adapter!.run!.metrics);

  const last = await weights(test);
  const third = adapters(test)[1]!;
  expect(Math.abs(third.bytes / checkpoints.bytes - 1)).toBeLessThan(0.5);
  await standAdapter(engine, third.id);
  expect(await weights(test)).not.toBe(last);
  expect(test.events.findLast((e) => e.type === 'run')).toMatchObject({ run: { id: kept!.id, phase: 'stopped' } });
  expect(engine.adapter!.run!.metrics.map(({ step }) => step)).toEqual([1, 2, 3]);
  engine.gpu!.close();
});

/** Red before: the checkpoint at which it was stopped was kept twice, and the oldest given up for it. */
it('a run that is resumed at a checkpoint keeps that once', async () => {
  const test = await ready();
  const { engine } = test;
  when(
    test,
    (e) => e.type === 'step' && e.metrics.step === 2,
    () => stop(engine),
  );
  await train(engine, { ...settings, save_total_limit: 3 });
  await resumeRun(engine, runs(test)[0]!.id);
  const kept = adapters(test).filter(({ checkpoint }) => checkpoint);
  expect(kept.map(({ trained }) => trained!.steps).toSorted()).toEqual([1, 2, 3]);
  engine.gpu!.close();
});

it('a run that was stopped is gone on with after others and a reload, and ends as one that was not', async () => {
  const alone = await ready();
  await train(alone.engine, { ...settings, save_steps: 0 });
  const files = new Map<string, Bytes>();
  const first = await ready(files);
  when(
    first,
    (e) => e.type === 'step' && e.metrics.step === 2,
    () => stop(first.engine),
  );
  await train(first.engine, { ...settings, save_steps: 0 });
  const [stopped] = runs(first);
  expect(stopped).toMatchObject({ phase: 'stopped', steps: 2, resumable: true });
  await train(first.engine, { ...settings, seed: 8, max_steps: 1 });

  const test = await ready(files); // another visit
  expect(test.engine.resumable, 'nothing is offered that was stopped').toBeNull();
  expect(runs(test).map(({ steps, resumable }) => [steps, resumable])).toEqual([
    [1, false],
    [2, true],
  ]);
  await resumeRun(test.engine, stopped!.id);
  expect(await weights(test)).toBe(await weights(alone));
  expect(runs(test)[1]).toMatchObject({ phase: 'done', steps: 4, resumable: false });
  expect((await keptRun(test.engine, stopped!.id)).metrics.map(({ loss }) => loss)).toEqual(
    alone.engine.adapter!.run!.metrics.map(({ loss }) => loss),
  );
  for (const { engine } of [alone, first, test]) engine.gpu!.close();
});

it('what a closed tab leaves is listed as interrupted and can be opened; another run leaves it so', async () => {
  const files = new Map<string, Bytes>();
  const broken = await ready(files);
  const paused = new Promise<void>((resolve) => when(broken, (e) => e.type === 'run-phase' && e.phase === 'paused', resolve));
  when(
    broken,
    (e) => e.type === 'step' && e.metrics.step === 2,
    () => pause(broken.engine),
  );
  const run = train(broken.engine, settings).catch(() => undefined);
  await paused;
  const left = new Map([...files].map(([name, bytes]) => [name, bytes.slice()])); // as the tab leaves it
  await stop(broken.engine);
  await run;

  const test = await ready(left);
  const [kept] = runs(test);
  expect(kept).toMatchObject({ phase: 'paused', steps: 2, resumable: true, message: 'It was interrupted after step 2.' });
  expect(test.engine.resumable).toBe(kept!.id);
  expect((await keptRun(test.engine, kept!.id)).metrics).toHaveLength(2);
  await train(test.engine, { ...settings, seed: 8, save_steps: 0 });
  expect(runs(test)[1]).toMatchObject({ phase: 'stopped', steps: 2, resumable: true });
  await showRun(test.engine, kept!.id);
  expect(test.events.findLast((e) => e.type === 'run')).toMatchObject({ run: { id: kept!.id, phase: 'stopped' } });
  for (const { engine } of [broken, test]) engine.gpu!.close();
});

it('is renamed with its adapter, deleted with all that belongs to it, had back, and gives its room back', async () => {
  const files = new Map<string, Bytes>();
  const test = await ready(files);
  const { engine } = test;
  await train(engine, { ...settings, seed: 8, save_steps: 0 });
  const before = await weights(test);
  await listRuns(engine);
  const room = used(test);
  await train(engine, settings);
  const [kept] = runs(test);
  await renameRun(engine, kept!.id, 'Tuesday');
  expect([runs(test)[0]!.name, engine.adapter!.summary.name]).toEqual(['Tuesday', 'Tuesday']);
  const trained = await weights(test);
  expect(trained).not.toBe(before);
  await deleteRun(engine, kept!.id);
  expect([runs(test).length, adapters(test).length, engine.adapter]).toEqual([1, 1, null]);
  await undeleteRun(engine, kept!.id);
  expect([runs(test).length, adapters(test).length]).toEqual([2, 4]);
  expect(await weights(test)).toBe(trained);
  await deleteRun(engine, kept!.id);
  await purgeRuns(engine);
  expect([...files.keys()].filter((name) => name.includes(kept!.id))).toEqual([]);
  expect(used(test)).toBeLessThan(room * 1.1 + 2000); // but for the two small lists
  await expect(undeleteRun(engine, kept!.id)).rejects.toThrow('not kept any more');
  engine.gpu!.close();
});

it('a run that was stopped before its first step leaves nothing', async () => {
  const test = await ready();
  when(
    test,
    (e) => e.type === 'run' && e.run?.phase === 'preparing',
    () => stop(test.engine),
  );
  await train(test.engine, settings);
  expect(runs(test)).toEqual([]);
  expect((await test.engine.files.list()).filter((name) => /^run-\d/.test(name))).toEqual([]);
  test.engine.gpu!.close();
});
