/** Files of other programs are read in a worker: what comes back is what this thread reads, and a cancel ends a reader that never answers. */

import { readFileSync } from 'node:fs';
import { expose } from 'comlink';
import { gzipSync, zipSync } from 'fflate';
import { afterEach, describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../protocol/engine.ts';
import { exportAdapter } from '../files/adapter.ts';
import { plan, settings, weights } from '../files/adapter-cases.ts';
import { initialAdapter } from '../files/adapter-plan.ts';
import { memoryStore } from '../files/byte-store.ts';
import { readDataset, rows } from './data.ts';
import { EngineState } from './engine-state.ts';
import { createReading, readForeign } from './reading.ts';

const open: MessagePort[] = [];
afterEach(() => {
  for (const port of open.splice(0)) port.close();
});

/** A worker as the engine sees one; `deaf`: it never answers. */
function places({ deaf = false } = {}) {
  const ended: number[] = [];
  const readingWorker = (): Worker => {
    const { port1, port2 } = new MessageChannel();
    open.push(port1, port2);
    if (!deaf) expose(createReading(), port2);
    const index = open.length;
    port1.start();
    return Object.assign(port1, { terminate: () => ended.push(index), onerror: null }) as unknown as Worker;
  };
  return { files: memoryStore(), readingWorker, ended };
}

const parquet = new Blob([new Uint8Array(readFileSync(new URL('../../../e2e/fixtures/data/sums.snappy.parquet', import.meta.url)))]);
const jsonl = readFileSync(new URL('../../../e2e/fixtures/data/sums.jsonl', import.meta.url));
const file = (blob: Blob, name: string) => ({ kind: 'file' as const, file: blob as File, name });

describe('in a worker', () => {
  it('Parquet has the rows that this thread reads, and the worker ends when another dataset takes its place', async () => {
    const [remote, here] = [new EngineState(places()), new EngineState({ files: memoryStore() })];
    await readDataset(remote, file(parquet, 'sums.parquet'));
    await readDataset(here, file(parquet, 'sums.parquet'));
    expect(remote.needData().dataset.summary()).toEqual({ ...here.needData().dataset.summary(), id: remote.needData().dataset.id });
    expect(await rows(remote, 1, 3)).toEqual(await rows(here, 1, 3));
    const { ended } = remote.places as ReturnType<typeof places>;
    expect(ended).toEqual([]);
    await readDataset(remote, file(new Blob([jsonl]), 'sums.jsonl'));
    expect(ended).toHaveLength(1);
  });

  it('gzip is unpacked with progress in bytes', async () => {
    const engine = new EngineState(places());
    const events: EngineEvent[] = [];
    engine.emit = (event) => events.push(event);
    const packed = new Blob([gzipSync(jsonl)]);
    const summary = await readDataset(engine, file(packed, 'sums.jsonl.gz'));
    expect(summary.format).toBe('jsonl');
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'progress', label: 'Unpacking sums.jsonl.gz', unit: 'bytes', done: packed.size, total: packed.size }),
    );
  });

  it('an adapter has the same tensors, and what is wrong with one is the same error', async () => {
    const targets = plan();
    const { configJson, safetensors } = exportAdapter(targets, initialAdapter(targets, 7), settings, 'base');
    const zip = (config: string) =>
      new Blob([zipSync({ 'a/adapter_config.json': Buffer.from(config), 'a/adapter_model.safetensors': safetensors })]);
    const read = (where: ReturnType<typeof places> | { files: ReturnType<typeof memoryStore> }, blob: Blob, seen: number[] = []) =>
      readForeign(where, 'Unpacking a.zip', new AbortController().signal, (reading) =>
        reading.adapter({ kind: 'zip', name: 'a.zip', file: blob }, weights, (done, total) => seen.push(done / total)),
      );
    const seen: number[] = [];
    const remote = await read(places(), zip(configJson), seen);
    expect(remote).toEqual(await read({ files: memoryStore() }, zip(configJson)));
    expect(seen.at(-1)).toBe(1);
    const wrong = zip(configJson.replace('"LORA"', '"LOHA"'));
    const errors = await Promise.all(
      [places(), { files: memoryStore() }].map((where) => read(where, wrong).catch((error: unknown) => error)),
    );
    expect(errors[0]).toMatchObject({ name: 'AdapterError', message: (errors[1] as Error).message });
  });
});

describe('a cancel', () => {
  it.each([
    ['Parquet', parquet, 'sums.parquet'],
    ['gzip', new Blob([gzipSync(jsonl)]), 'sums.jsonl.gz'],
  ])('ends a reader of %s that never answers, and what was open stays open', async (_, blob, name) => {
    const engine = new EngineState({ ...places({ deaf: true }) });
    const events: EngineEvent[] = [];
    engine.emit = (event) => events.push(event);
    await readDataset(engine, file(new Blob([jsonl]), 'sums.jsonl'));
    const before = engine.data;
    const reading = readDataset(engine, file(blob, name));
    setTimeout(() => engine.cancel('dataset'), 30);
    await expect(reading).rejects.toMatchObject({ name: 'Cancelled' });
    expect(engine.data).toBe(before);
    expect(new Set((engine.places as ReturnType<typeof places>).ended).size).toBe(1);
    expect(events.at(-1)).toMatchObject({ type: 'progress-end', task: 'dataset' });
  });
});

describe('attempts of one task', () => {
  // The first one's end took the second one's progress off the page.
  it('an old one that ends late neither reports nor ends the progress of the new one', async () => {
    const engine = new EngineState({ files: memoryStore() });
    const events: EngineEvent[] = [];
    engine.emit = (event) => events.push(event);
    let endOld: () => void = () => {};
    let endNew: () => void = () => {};
    const old = engine.task('x', 'Old', 'rows', async (_signal, progress) => {
      await new Promise<void>((resolve) => {
        endOld = resolve;
      });
      progress(1, 2);
    });
    const young = engine.task('x', 'New', 'rows', () => new Promise<void>((resolve) => (endNew = resolve)));
    events.length = 0;
    endOld();
    await old;
    expect(events).toEqual([]);
    endNew();
    await young;
    expect(events).toEqual([{ type: 'progress-end', task: 'x' }]);
  });

  it('whatever a cancelled attempt throws is a cancel in words', async () => {
    const engine = new EngineState({ files: memoryStore() });
    const work = engine.task('x', 'Fetching it', 'bytes', (signal) =>
      fetch('data:text/plain,x', { signal }).then(
        () => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new DOMException('gone', 'AbortError')))),
      ),
    );
    setTimeout(() => engine.cancel('x'), 20);
    await expect(work).rejects.toMatchObject({ name: 'Cancelled', message: expect.stringMatching(/^Fetching it was cancelled/) });
  });
});
