/** Offers, the directory that a model is loaded from, and the list of cached models, over a engine with a disk in memory. */
import { resolve } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { bytesFile, createRepository, folderFiles, generatedFile } from '../../../e2e/hub/content.mjs';
import { startHub } from '../../../e2e/hub/server.mjs';
import type { EngineEvent } from '../../protocol/engine.ts';
import type { CachedModel } from '../../protocol/model.ts';
import { memoryStore } from '../files/byte-store.ts';
import { memoryDisk } from '../files/hub/memory-disk.ts';
import { openCheckpoint } from '../files/safetensors-read.ts';
import { EngineState } from './engine-state.ts';
import { deleteCachedModel, hubDirectory, hubOffer, listCachedModels, pauseDownload } from './hub.ts';

const mini = folderFiles(resolve(import.meta.dirname, '../../../public/models/mini'));
const bytes = mini.find(({ path }) => path === 'model.safetensors')!.size;

let hub: Awaited<ReturnType<typeof startHub>>;
afterEach(() => hub.close());

async function start(quota?: number) {
  hub = await startHub({
    repositories: [
      createRepository('us/mini', mini),
      createRepository('us/bert', [bytesFile('config.json', '{"model_type":"bert"}'), bytesFile('model.safetensors', 'x')]),
    ],
  });
  const disk = memoryDisk(quota);
  const engine = new EngineState({ files: memoryStore(), models: disk });
  const events: EngineEvent[] = [];
  engine.emit = (event) => void events.push(event);
  const given = { repository: 'us/mini', revision: 'main', endpoint: hub.endpoint };
  const fetch = (repository: typeof given & { commit?: string } = given) =>
    hubDirectory(engine, repository, new AbortController().signal, () => undefined);
  return { disk, engine, events, given, fetch };
}

async function keptModels(engine: EngineState): Promise<CachedModel[]> {
  let models: CachedModel[] = [];
  engine.emit = (event) => {
    if (event.type === 'cached-models') models = event.models;
  };
  await listCachedModels(engine);
  return models;
}

it('a repository whose sizes are known by heart is described by its own config.json', async () => {
  const { engine } = await start();
  hub.repositories.set('openai/gpt-oss-20b', createRepository('openai/gpt-oss-20b', mini));
  const offer = await hubOffer(engine, { repository: 'openai/gpt-oss-20b', revision: 'main', endpoint: hub.endpoint });
  expect(offer.config).toMatchObject({ num_hidden_layers: 4, hidden_size: 128 });
});

it('an offer states what loading needs, what is cached, the free storage and the config', async () => {
  const { engine, given, fetch } = await start(2 ** 24);
  const offer = await hubOffer(engine, given);
  expect(offer).toMatchObject({ ...given, stored: 0, storage: { available: 2 ** 24, persisted: false } });
  expect(offer.needed).toBe(offer.bytes);
  expect(offer.commit).toMatch(/^[0-9a-f]{40}$/);
  expect(offer.files.at(-1)).toEqual({ path: 'model.safetensors', bytes });
  expect(offer.files.map(({ path }) => path)).not.toContain('README.md');
  expect(offer.config.model_type).toBe('gpt_oss');
  expect(offer.blocker).toBeUndefined();
  expect(hub.fetches('model.safetensors')).toEqual([]);
  (await fetch()).close?.();
  const later = await hubOffer(engine, given);
  expect(later).toMatchObject({ stored: later.bytes, needed: 0 });
});

it('a model of another family is refused by its config, before anything else is fetched', async () => {
  const { engine, given, fetch } = await start();
  const bert = { ...given, repository: 'us/bert' };
  expect(await hubOffer(engine, bert)).toMatchObject({ blocker: expect.stringContaining('us/bert is a bert model'), files: [] });
  await expect(fetch(bert)).rejects.toMatchObject({
    name: 'ModelError',
    message: expect.stringMatching(/architectures \(model_type\): .*gpt_oss/),
  });
  expect(hub.fetches('model.safetensors')).toEqual([]);
});

it('a model that does not fit is offered with the way out, and not fetched', async () => {
  const { engine, given, fetch } = await start(1_000_000);
  expect((await hubOffer(engine, given)).blocker).toMatch(/us\/mini needs .* MiB more .* where 977 KiB are free; .*open their folder/);
  await expect(fetch()).rejects.toThrow(/open their folder/);
  expect(hub.fetches('model.safetensors')).toEqual([]);
});

it('without private storage the folder is the way', async () => {
  const { given } = await start();
  const engine = new EngineState({ files: memoryStore() });
  expect(await hubOffer(engine, given)).toMatchObject({ storage: null, stored: 0, blocker: expect.stringContaining('open their folder') });
  await expect(hubDirectory(engine, given, new AbortController().signal, () => undefined)).rejects.toThrow(/open the model from a folder/);
});

it('the directory is a checkpoint, read without the network once it is here', async () => {
  const { engine, given, fetch, events } = await start();
  const directory = await fetch();
  expect((await openCheckpoint(directory)).tensors.size).toBeGreaterThan(50);
  directory.close?.();
  await hub.close();
  const offline = await fetch();
  expect(JSON.parse(await offline.readText('config.json'))).toMatchObject({ model_type: 'gpt_oss' });
  offline.close?.();
  await expect(offline.readText('config.json')).rejects.toThrow(/us\/mini was closed/);
  expect(await hubOffer(engine, given)).toMatchObject({ stored: expect.any(Number), config: { model_type: 'gpt_oss' } });
  expect(events.filter(({ type }) => type === 'cached-models')).toHaveLength(1);
});

it('a commit that is here whole is not even asked about; a branch is, and a part of a model needs the network', async () => {
  const { given, fetch } = await start();
  const commit = hub.repositories.get('us/mini')!.resolve('main')!;
  (await fetch({ ...given, revision: commit })).close?.();
  const before = hub.requests.length;
  (await fetch({ ...given, revision: commit })).close?.();
  expect(hub.requests.length).toBe(before);
  hub.faults.push({ file: 'model.safetensors', status: 404, host: 'hub' });
  await expect(fetch()).rejects.toThrow(/model\.safetensors of us\/mini is not at/);
});

it('a whole model opens as it is when its branch has moved, and an offered commit is fetched', async () => {
  const { engine, given, fetch } = await start();
  (await fetch()).close?.();
  const repository = hub.repositories.get('us/mini')!;
  const old = repository.resolve('main')!;
  repository.push([...mini.filter(({ path }) => path !== 'model.safetensors'), generatedFile('model.safetensors', bytes, 5)]);
  const before = hub.requests.length;
  (await fetch()).close?.();
  expect(hub.requests.length).toBe(before);
  expect((await keptModels(engine))[0]).toMatchObject({ commit: old, complete: true });
  const { commit } = await hubOffer(engine, given);
  (await fetch({ ...given, commit })).close?.();
  expect((await keptModels(engine))[0]).toMatchObject({ commit, complete: true });
  const after = hub.requests.length;
  (await fetch({ ...given, commit })).close?.();
  expect(hub.requests.length).toBe(after);
});

it('on a full disk a whole model opens all the same, and a new one is one sentence', async () => {
  const { disk, given, fetch } = await start();
  (await fetch()).close?.();
  disk.quota = 1;
  (await fetch()).close?.();
  disk.freeSpace = async () => null; // a browser that does not say
  const commit = hub.repositories.get('us/mini')!.resolve('main')!;
  await expect(fetch({ ...given, revision: commit })).rejects.toThrow(/storage is full: what is here of us\/mini is kept/);
});

it('data that are gone from the disk are fetched again when the model is loaded again', async () => {
  const { disk, engine, fetch } = await start();
  (await fetch()).close?.();
  const { id } = (await keptModels(engine))[0]!;
  const folder = await disk.folder(id);
  await folder.remove((await folder.list()).find(({ size }) => size === bytes)!.name);
  expect((await keptModels(engine))[0]).toMatchObject({ complete: false });
  const directory = await fetch();
  expect((await openCheckpoint(directory)).tensors.size).toBeGreaterThan(50);
  directory.close?.();
});

it('a config.json that is no JSON is a blocker and no more', async () => {
  const { engine, given } = await start();
  for (const text of ['{ // a comment\n "a": 1 }', 'null']) {
    hub.repositories.set('us/odd', createRepository('us/odd', [bytesFile('config.json', text), bytesFile('model.safetensors', 'x')]));
    const offer = await hubOffer(engine, { ...given, repository: 'us/odd' });
    expect(offer).toMatchObject({ config: {}, blocker: expect.stringMatching(/^config\.json of us\/odd is not/) });
  }
});

it('cached models are listed and deleted, not while one is in use', async () => {
  const { engine, fetch, events } = await start();
  const directory = await fetch();
  await listCachedModels(engine);
  const [model] = (events.at(-1) as Extract<EngineEvent, { type: 'cached-models' }>).models;
  expect(model).toMatchObject({ repository: 'us/mini', revision: 'main', complete: true });
  expect(model!.stored).toBe(model!.bytes);
  expect(Date.now() - Date.parse(model!.used)).toBeLessThan(60_000);
  await expect(deleteCachedModel(engine, model!.id)).rejects.toThrow(/us\/mini is in use/);
  directory.close?.();
  await deleteCachedModel(engine, model!.id);
  expect(events.at(-1)).toEqual({ type: 'cached-models', models: [] });
});

it('names are checked before anybody is asked', async () => {
  const { engine, given } = await start();
  await expect(hubOffer(engine, { ...given, repository: 'gpt-oss' })).rejects.toThrow(/write it as owner\/name/);
  await expect(hubOffer(engine, { ...given, repository: '../etc/x' })).rejects.toThrow(/write it as owner\/name/);
  await expect(hubOffer(engine, { ...given, revision: ' ' })).rejects.toThrow(/revision is empty/);
  await expect(hubOffer(engine, { ...given, endpoint: 'huggingface.co' })).rejects.toThrow(/write it with https/);
  const clear = { ...given, endpoint: 'http://mirror.example', token: 'hf_x' };
  await expect(hubOffer(engine, clear)).rejects.toThrow(/token is not sent to http:\/\/mirror\.example in the clear/);
  expect(hub.requests).toEqual([]);
});

it('a pause is reported to the page and ends with the download', async () => {
  const { engine, events, given } = await start();
  await expect(pauseDownload(engine, true)).rejects.toThrow(/nothing to hold/);
  const control = new AbortController();
  hub.faults.push({ file: 'model.safetensors', bytesPerSecond: 100_000 });
  const loading = hubDirectory(engine, given, control.signal, () => undefined);
  const ended = expect(loading).rejects.toMatchObject({ name: 'Cancelled', message: expect.stringContaining('need not be fetched again') });
  await expect.poll(() => hub.fetches('model.safetensors').length).toBe(1);
  await pauseDownload(engine, true);
  control.abort();
  await ended;
  expect(events.filter(({ type }) => type === 'download-paused')).toEqual([
    { type: 'download-paused', paused: true },
    { type: 'download-paused', paused: false },
  ]);
});
