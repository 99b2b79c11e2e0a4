/** Training again, importing, a run that blows up and damaged files: no adapter that stood is lost, and the model opens whatever is kept. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { strFromU8, unzipSync } from 'fflate';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { exportAdapter } from '../../src/engine/api/adapter.ts';
import {
  deleteAdapter,
  exportKeptAdapter,
  importAdapter,
  purgeAdapters,
  removeAdapter,
  renameAdapter,
  reportKept,
  standAdapter,
  undeleteAdapter,
} from '../../src/engine/api/kept-adapters.ts';
import { readiness } from '../../src/engine/api/readiness.ts';
import { pause, train } from '../../src/engine/api/training.ts';
import { memoryStore } from '../../src/engine/files/byte-store.ts';
import { memoryDisk } from '../../src/engine/files/hub/memory-disk.ts';
import type { Bytes } from '../../src/engine/files/source.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import type { KeptAdapter } from '../../src/protocol/model.ts';
import { openTestEngine, type TestEngine, tinySettings, writeTinyModel } from './surviving-support.ts';

const folder = mkdtempSync(join(tmpdir(), 'kept-'));
const settings = tinySettings({ max_steps: 2, eval_steps: 0, validation_split: 0 });

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

function kept({ events }: TestEngine): KeptAdapter[] {
  const event = events.findLast((e) => e.type === 'kept-adapters');
  return event?.type === 'kept-adapters' ? event.kept.adapters : [];
}

const weights = async ({ engine }: TestEngine): Promise<string> =>
  Buffer.from(unzipSync((await exportAdapter(engine)).bytes)['adapter_model.safetensors']!).toString('base64');

it('what stood before another run, an import or a removal is kept, and stands again with the same weights', async () => {
  const test = await ready();
  const { engine } = test;
  await train(engine, settings);
  const first = { weights: await weights(test), zip: new Blob([(await exportAdapter(engine)).bytes]), ...kept(test)[0]! };
  expect(first).toMatchObject({ standing: true, fits: true, model: 'tiny', trained: { steps: 2, dataset: 'rows.jsonl' } });
  await train(engine, { ...settings, seed: 8 });
  expect(kept(test).map(({ standing }) => standing)).toEqual([true, false]);
  expect(await weights(test)).not.toBe(first.weights);
  await importAdapter(engine, { kind: 'zip', name: 'mine.zip', file: first.zip });
  expect(kept(test).map(({ name, origin, standing }) => [name, origin, standing])).toEqual([
    ['mine', 'imported', true],
    [expect.stringContaining('tiny adapter'), 'trained', false],
    [first.name, 'trained', false],
  ]);

  await standAdapter(engine, first.id);
  expect(await weights(test)).toBe(first.weights);
  expect(test.events.findLast((event) => event.type === 'run')).toMatchObject({ run: { id: first.trained!.run } });
  await renameAdapter(engine, first.id, ' \u202eTuesday ');
  expect(engine.adapter!.summary.name).toBe('Tuesday');
  await expect(renameAdapter(engine, first.id, '\u200b ')).rejects.toThrow('1 to 120 characters');
  const { name, bytes } = await exportKeptAdapter(engine, first.id);
  expect(name).toBe('Tuesday.zip');
  expect(strFromU8(unzipSync(bytes)['README.md']!)).toContain('# Tuesday\n');

  await deleteAdapter(engine, first.id);
  expect(engine.adapter).toBeNull();
  await undeleteAdapter(engine, first.id);
  expect(await weights(test)).toBe(first.weights);
  await removeAdapter(engine);
  await test.load();
  expect(engine.adapter, 'after a reload too').toBeNull();
  expect(kept(test)).toHaveLength(3);
  await deleteAdapter(engine, first.id);
  await purgeAdapters(engine);
  await expect(undeleteAdapter(engine, first.id)).rejects.toThrow('not kept any more');
  engine.gpu!.close();
});

it('after numbers that are none the adapter of before stands, and what the run had learned is kept beside it', async () => {
  const test = await ready();
  const { engine } = test;
  const wild = { ...settings, max_steps: 4, optimizer: { ...settings.optimizer, learning_rate: 1e30, warmup_steps: 0 } };
  await expect(train(engine, wild)).rejects.toThrow(
    /not a number.* The model stands without an adapter, as before this run\. What the run/,
  );
  expect([engine.adapter, engine.resumable, kept(test).length]).toEqual([null, null, 1]);
  await train(engine, settings);
  const before = await weights(test);
  await expect(train(engine, { ...wild, seed: 8 })).rejects.toThrow(
    / The adapter of before this run stands\. What the run had learned up to step 1 /,
  );
  expect(await weights(test)).toBe(before);
  expect(kept(test).map(({ standing, trained }) => [standing, trained!.steps])).toEqual([
    [false, 2],
    [true, 2],
    [false, 2],
  ]);
  expect(test.events.findLast((event) => event.type === 'run-phase')).toMatchObject({
    phase: 'failed',
    message: /of before this run stands/,
  });
  engine.gpu!.close();
});

it('a run that was interrupted and not resumed is kept before the next begins', async () => {
  const files = new Map<string, Bytes>();
  const broken = await ready(files);
  const run = train(broken.engine, settings).catch(() => undefined);
  await pause(broken.engine);
  await expect.poll(() => broken.events.some((e) => e.type === 'run-phase' && e.phase === 'paused'), { timeout: 60_000 }).toBe(true);
  broken.engine.gpu!.device.destroy();
  await run;
  const test = await ready(files);
  const { step } = broken.engine.snapshot!.state;
  await train(test.engine, { ...settings, seed: 8 });
  expect(kept(test).map(({ standing, trained }) => [standing, trained!.steps])).toEqual(
    step > 0
      ? [
          [true, 2],
          [false, step],
        ]
      : [[true, 2]],
  );
  test.engine.gpu!.close();
});

it.each([
  ['its zip', /^adapter-\d+\.1\.zip$/],
  ['its record', /^adapter-\d+\.1\.zip\.json$/],
  ['the list', /^adapter-list/],
])('damage to %s does not keep the model from opening', async (what, name) => {
  const files = new Map<string, Bytes>();
  const first = await ready(files);
  await train(first.engine, settings);
  for (const [path, bytes] of files) if (name.test(path)) bytes[bytes.length >> 1]! ^= 1;
  const test = await ready(files);
  if (what === 'the list') expect(kept(test)[0]).toMatchObject({ standing: true });
  else {
    const [damaged] = kept(test);
    expect(damaged).toMatchObject({ standing: false, problem: expect.stringContaining('is damaged') });
    await expect(standAdapter(test.engine, damaged!.id)).rejects.toThrow('damaged');
    await deleteAdapter(test.engine, damaged!.id);
    await purgeAdapters(test.engine);
    expect(kept(test)).toEqual([]);
  }
  for (const { engine } of [first, test]) engine.gpu!.close();
});

it('an adapter of another model is listed and says so', async () => {
  const files = new Map<string, Bytes>();
  const test = await ready(files);
  const { engine } = test;
  await train(engine, settings);
  const model = engine.model!;
  engine.model = { ...model, hash: 'f'.repeat(64) };
  await reportKept(engine);
  const [entry] = kept(test);
  expect(entry).toMatchObject({ fits: false, model: 'tiny' });
  await expect(standAdapter(engine, entry!.id)).rejects.toThrow(/belongs to tiny, and tiny is open; open tiny first/);
  expect((await exportKeptAdapter(engine, entry!.id)).bytes.length).toBeGreaterThan(1000);
  engine.gpu!.close();
});

it('says before a run that the storage is short', async () => {
  const opened = await openTestEngine(webgpu, folder, { files: memoryStore(), models: memoryDisk(1000) });
  await opened.load();
  const { warnings } = await readiness(opened.engine, settings, null);
  expect(warnings.map(({ sentence }) => sentence).join()).toMatch(
    /1000 B are free in this browser's storage, and such a run needs up to .* KiB/,
  );
  opened.engine.gpu!.close();
});
