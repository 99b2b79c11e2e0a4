/** A newer commit of a model that is here whole: the old one stays until the new one is whole, whatever happens in between. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { bytesFile, createRepository, generatedFile } from '../../../../e2e/hub/content.mjs';
import { startHub } from '../../../../e2e/hub/server.mjs';
import type { Hub } from '../../../../e2e/hub/types.ts';
import { openCachedModel } from './cached-directory.ts';
import { storageNeed } from './fetch-model.ts';
import { type Downloaded, download, PART, REPOSITORY } from './hub-cases.ts';
import { type MemoryDisk, memoryDisk } from './memory-disk.ts';
import { describeModel, findModel, listModels, touchModel } from './model-cache.ts';

const BYTES = 10 * PART;
const commitOf = (bytes: number, seed: number) => [
  bytesFile('config.json', '{}'),
  bytesFile('tokenizer.json', '{}'),
  generatedFile('model.safetensors', bytes, seed),
];

let hub: Hub;
let disk: MemoryDisk;
let old: Downloaded;
beforeEach(async () => {
  hub = await startHub({ repositories: [createRepository(REPOSITORY, commitOf(BYTES, 1))] });
  disk = memoryDisk();
  old = await download({ disk, endpoint: hub.endpoint });
});
afterEach(() => hub.close());

const push = (bytes: number): string => hub.repositories.get(REPOSITORY)!.push(commitOf(bytes, 2));
const cut = (after: number): Promise<Downloaded> => {
  const control = new AbortController();
  const onProgress = (done: number): void => void (done > after && control.abort());
  return download({ disk, endpoint: hub.endpoint, signal: control.signal, onProgress });
};
const weights = async (): Promise<number> => (await (await disk.folder(old.id)).list()).filter(({ size }) => size >= BYTES).length;

async function expectWhole(commit: string): Promise<void> {
  const record = (await findModel(disk, old.id))!;
  expect(record.commit).toBe(commit);
  expect(await describeModel(disk, old.id, record)).toMatchObject({ complete: true, bytes: BYTES + 4 });
  const directory = await openCachedModel(disk, old.id, record);
  const served = hub.repositories.get(REPOSITORY)!.filesAt(commit)!.get('model.safetensors')!;
  expect(await directory.open('model.safetensors').read(0, BYTES)).toEqual(new Uint8Array(served.read(0, BYTES)));
  directory.close?.();
}

it('that does not fit beside it changes nothing', async () => {
  push(BYTES);
  disk.quota = 1.9 * BYTES;
  await expect(download({ disk, endpoint: hub.endpoint })).rejects.toThrow(/needs 160 KiB more .* delete cached models/);
  await expectWhole(old.record.commit);
});

it('that is cancelled leaves the old one whole, goes on where it was, and then takes its place', async () => {
  const commit = push(BYTES);
  await expect(cut(6 * PART)).rejects.toThrow();
  await expectWhole(old.record.commit);
  const { stored, bytes } = (await listModels(disk))[0]!;
  expect(stored, 'what came of the new one is counted').toBeGreaterThan(bytes);
  await touchModel(disk, old.id);
  const before = hub.requests.length;
  await download({ disk, endpoint: hub.endpoint });
  const sent = hub.requests.slice(before).reduce((sum, request) => sum + (request.range ? request.sent : 0), 0);
  expect(sent).toBe(BYTES + bytes - stored);
  await expectWhole(commit);
  expect(await weights(), 'the old weights are gone').toBe(1);
});

it('takes the place of the old one when nobody reads that any more', async () => {
  const reader = await openCachedModel(disk.tab(), old.id, old.record);
  const commit = push(BYTES);
  await download({ disk, endpoint: hub.endpoint });
  expect(await reader.open('model.safetensors').read(0, 1)).toHaveLength(1);
  expect(await weights()).toBe(2);
  reader.close?.();
  const removed: string[] = [];
  const folder = disk.folder;
  disk.folder = async (name) => {
    const real = await folder(name);
    return { ...real, remove: (file) => real.remove(file).then(() => void removed.push(file)) };
  };
  await touchModel(disk, old.id);
  expect(await weights()).toBe(1);
  expect(removed.at(-1), 'data last, after what says that they are here').toMatch(/\.data$/);
  expect(removed.filter((name) => name.includes('.record'))).toHaveLength(2);
  await expectWhole(commit);
});

it('leaves a file that is still open to the next time', async () => {
  const [name] = (await (await disk.folder(old.id)).list()).filter(({ size }) => size === BYTES).map((file) => file.name);
  const open = (await (await disk.folder(old.id)).open(name!, 'read'))!;
  push(BYTES);
  await download({ disk, endpoint: hub.endpoint });
  expect(await weights()).toBe(2);
  open.close();
  await touchModel(disk, old.id);
  expect(await weights()).toBe(1);
});

it('needs storage for what differs, less what an abandoned one before it takes', async () => {
  push(BYTES);
  await cut(6 * PART).catch(() => undefined);
  const list = await (await disk.folder(old.id)).list();
  const taken = list.filter(({ name }) => name.endsWith('.data')).reduce((sum, { size }) => sum + size, 0) - BYTES - 4;
  const commit = push(2 * BYTES);
  const files = commitOf(2 * BYTES, 2).map(({ path, size, sha256 }) => ({ path, size, sha256 }));
  const kept = old.record.files.filter(({ path }) => path !== 'model.safetensors');
  const { needed } = await storageNeed(disk, old.id, [...kept, files.at(-1)!], commit);
  expect(needed).toBe(2 * BYTES - taken);
  disk.quota = (await used()) + needed + 64 * 1024; // and the records
  await download({ disk, endpoint: hub.endpoint });
  expect((await findModel(disk, old.id))!.commit).toBe(commit);
});

const used = async (): Promise<number> => (await (await disk.folder(old.id)).list()).reduce((sum, { size }) => sum + size, 0);
