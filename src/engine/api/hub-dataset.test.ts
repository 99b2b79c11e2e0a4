/** Datasets of the Hub and of addresses, over the server that behaves as the Hub does: listed, fetched, compared with their hashes, cancelled. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { bytesFile, createRepository } from '../../../e2e/hub/content.mjs';
import { startHub } from '../../../e2e/hub/server.mjs';
import type { EngineEvent } from '../../protocol/engine.ts';
import { memoryStore } from '../files/byte-store.ts';
import { readDataset } from './data.ts';
import { EngineState } from './engine-state.ts';
import { hubDataset } from './hub-dataset.ts';

const fixture = (name: string) => new Uint8Array(readFileSync(resolve(import.meta.dirname, '../../../e2e/fixtures/data', name)));
const ROW = `${JSON.stringify({ reasoning_language: 'German', user: 'Was?', analysis: 'Ich denke nach.', final: 'So.' })}\n`;

let hub: Awaited<ReturnType<typeof startHub>>;
afterEach(() => hub.close());

async function start(token?: string) {
  const files = [
    bytesFile('README.md', '# rows'),
    bytesFile('data/test.jsonl', ROW),
    bytesFile('data/train-00000-of-00002.jsonl', ROW.repeat(3)),
    bytesFile('sums.snappy.parquet', fixture('sums.snappy.parquet')),
  ];
  hub = await startHub({
    repositories: [
      createRepository('datasets/us/rows', files, token === undefined ? {} : { token, gated: 'manual' }),
      createRepository('datasets/us/none', [bytesFile('README.md', '#')]),
    ],
  });
  const engine = new EngineState({ files: memoryStore() });
  const events: EngineEvent[] = [];
  engine.emit = (event) => void events.push(event);
  return { engine, events, given: { repository: 'us/rows', revision: 'main', endpoint: hub.endpoint } };
}

it('lists the files with rows and their sizes, and opens one at the commit that was listed', async () => {
  const { engine, events, given } = await start();
  const offer = await hubDataset(engine, given);
  expect(offer.files).toEqual([
    { path: 'data/train-00000-of-00002.jsonl', split: 'train', bytes: 3 * ROW.length },
    { path: 'data/test.jsonl', split: 'test', bytes: ROW.length },
    { path: 'sums.snappy.parquet', split: '', bytes: fixture('sums.snappy.parquet').length },
  ]);
  expect(hub.requests.filter(({ file }) => file !== null)).toEqual([]);
  const open = (path: string) => readDataset(engine, { kind: 'hub', ...given, revision: offer.commit, path });
  expect(await open('data/train-00000-of-00002.jsonl')).toMatchObject({ rows: 3, name: 'us/rows/data/train-00000-of-00002.jsonl' });
  expect(await open('sums.snappy.parquet')).toMatchObject({ rows: 12, format: 'parquet' });
  expect(events).toContainEqual(
    expect.objectContaining({ type: 'progress', task: 'dataset-fetch', done: 3 * ROW.length, total: 3 * ROW.length }),
  );
});

it('needs a token where the dataset is gated, and sends it to the endpoint alone', async () => {
  const { engine, given } = await start('hf_secret');
  await expect(hubDataset(engine, given)).rejects.toThrow(/us\/rows is gated; ask for access .* and give a token/);
  const { commit } = await hubDataset(engine, { ...given, token: 'hf_secret' });
  await readDataset(engine, { kind: 'hub', ...given, revision: commit, token: 'hf_secret', path: 'sums.snappy.parquet' });
  expect(hub.requests.filter(({ host }) => host === 'cdn').map(({ authorization }) => authorization)).toEqual([null]);
});

it('refuses a repository without rows, a file that is gone, and bytes that have another hash', async () => {
  const { engine, given } = await start();
  await expect(hubDataset(engine, { ...given, repository: 'us/none' })).rejects.toThrow(
    'us/none has no Parquet, JSONL, JSON, CSV or TSV file',
  );
  const open = (path: string) => readDataset(engine, { kind: 'hub', ...given, path });
  await expect(open('gone.csv')).rejects.toThrow('us/rows has no gone.csv at main; look at its files again.');
  for (const path of ['data/test.jsonl', 'sums.snappy.parquet']) {
    hub.faults.push({ file: path, wrongByteAt: 20 });
    await expect(open(path)).rejects.toThrow(/is not what .* lists/);
  }
  expect(engine.data).toBeNull();
});

it('goes on after a lost connection, and ends when it is cancelled', async () => {
  const { engine, events, given } = await start();
  hub.faults.push({ file: 'sums.snappy.parquet', dropAfter: 100 });
  expect(await readDataset(engine, { kind: 'hub', ...given, path: 'sums.snappy.parquet' })).toMatchObject({ rows: 12 });
  hub.faults.push({ file: 'data/test.jsonl', bytesPerSecond: 40 });
  const reading = readDataset(engine, { kind: 'hub', ...given, path: 'data/test.jsonl' });
  const ended = expect(reading).rejects.toMatchObject({ name: 'Cancelled' });
  await expect.poll(() => hub.requests.at(-1)!.file).toBe('data/test.jsonl');
  engine.cancel('dataset-fetch');
  await ended;
  expect(events.at(-1)).toEqual({ type: 'progress-end', task: 'dataset' });
  expect(engine.data!.dataset.length, 'what was open stays').toBe(12);
});

it('opens an address with progress, and names what is none', async () => {
  const { engine, events, given } = await start();
  const url = `${hub.endpoint}/datasets/us/rows/resolve/main/data/test.jsonl`;
  expect(await readDataset(engine, { kind: 'url', url })).toMatchObject({ rows: 1, name: 'test.jsonl' });
  expect(events).toContainEqual(expect.objectContaining({ task: 'dataset-fetch', done: ROW.length, total: ROW.length }));
  for (const wrong of ['rows', 'file:///etc/passwd', 'https://'])
    await expect(readDataset(engine, { kind: 'url', url: wrong })).rejects.toThrow('is not an address');
  await expect(readDataset(engine, { kind: 'url', url: `${given.endpoint}/nothing.csv` })).rejects.toThrow('answered with status 404');
});
