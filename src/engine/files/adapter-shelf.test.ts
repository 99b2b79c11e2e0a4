/** What is kept, what goes first, what can be had back, and that damage or a full disk costs one adapter at most its place. */
import { describe, expect, it } from 'vitest';
import { MotherTongueError } from '../../lib/errors.ts';
import type { RunRecord } from '../../protocol/training.ts';
import { AdapterShelf, type ShelfRecord } from './adapter-shelf.ts';
import { type ByteStore, memoryStore } from './byte-store.ts';
import { saveSnapshot } from './snapshots.ts';
import type { Bytes } from './source.ts';

const TEN = { count: 10, bytes: Number.POSITIVE_INFINITY };
const bytesOf = (n: number): Bytes => Uint8Array.from({ length: 50 }, (_, i) => (i * n) & 255);

function record(name: string, change: Partial<ShelfRecord> = {}): ShelfRecord {
  const kept = new Date(2026, 0, 1, 0, 0, Number(name)).toISOString();
  return { name, origin: 'trained', kept, model: { name: 'mini', hash: 'aa' }, hash: name, bytes: 50, ...change };
}

const names = async (shelf: AdapterShelf): Promise<string[]> => (await shelf.list()).map(({ name }) => name);

/** A disk that takes `room` bytes in all. */
function fullAt(room: number, files = new Map<string, Bytes>()): ByteStore & { room: number } {
  const store = {
    ...memoryStore(files),
    room,
    put: async (name: string, data: Parameters<ByteStore['put']>[1]) => {
      const used = [...files].reduce((sum, [other, { length }]) => sum + (other === name ? 0 : length), 0);
      const size = data instanceof Uint8Array ? data.byteLength : data.bytes;
      if (used + size > store.room) throw new MotherTongueError('FileError', 'The storage is full.');
      await memoryStore(files).put(name, data);
    },
  };
  return store;
}

describe('kept adapters', () => {
  it('are the last ten where ten are the limit, newest first; the one that stands is never the one to go', async () => {
    const shelf = new AdapterShelf(memoryStore(), undefined, TEN);
    await shelf.put(record('1', { model: { name: 'other', hash: 'bb' } }), bytesOf(1), true);
    await shelf.put(record('2'), bytesOf(2), true);
    for (let i = 3; i <= 13; i++) await shelf.put(record(String(i)), bytesOf(i), i === 12);
    expect(await names(shelf)).toEqual(['13', '12', '11', '10', '9', '8', '7', '6', '5', '1']);
    expect((await shelf.list()).length).toBe(10);
    const stands = await shelf.standing('aa');
    expect((await shelf.open(stands!)).record.name).toBe('12');
    expect(await shelf.open((await shelf.standing('bb'))!)).toMatchObject({ record: { name: '1' }, zip: bytesOf(1) });
  });

  it('take another’s place and give it back: what stood before is still there', async () => {
    const shelf = new AdapterShelf(memoryStore());
    const first = await shelf.put(record('1'), bytesOf(1), true);
    const second = await shelf.put(record('2'), bytesOf(2), true);
    expect(await shelf.standing('aa')).toBe(second.id);
    await shelf.stand('aa', first.id);
    expect(await shelf.standing('aa')).toBe(first.id);
    await shelf.stand('aa', null);
    expect(await shelf.standing('aa')).toBeNull();
    expect(await names(shelf)).toEqual(['2', '1']);
    const third = await shelf.put(record('3'), bytesOf(3), false); // of a run that broke off
    expect(await shelf.standing('aa')).toBeNull();
    expect(third.problem).toBeUndefined();
  });

  it('are renamed, deleted, had back, and gone for good', async () => {
    const files = new Map<string, Bytes>();
    const shelf = new AdapterShelf(memoryStore(files));
    const { id } = await shelf.put(record('1'), bytesOf(1), true);
    await shelf.rename(id, 'Tuesday');
    expect((await shelf.open(id)).record.name).toBe('Tuesday');
    await shelf.delete(id);
    expect(await names(shelf)).toEqual([]);
    expect(await shelf.standing('aa')).toBeNull();
    await shelf.undelete(id);
    expect(await names(shelf)).toEqual(['Tuesday']);
    expect(await shelf.standing('aa'), 'it stands again').toBe(id);
    await shelf.delete(id);
    await shelf.purge();
    await shelf.undelete(id);
    expect(await names(shelf)).toEqual([]);
    expect([...files.keys()].filter((name) => name.startsWith(id))).toEqual([]);
  });

  it('imported again are one, trained ones are not', async () => {
    const shelf = new AdapterShelf(memoryStore());
    await shelf.put(record('1', { hash: 'same' }), bytesOf(1), true);
    await shelf.put(record('2', { hash: 'same', origin: 'imported' }), bytesOf(1), true);
    await shelf.put(record('3', { hash: 'same', origin: 'imported' }), bytesOf(1), true);
    expect(await names(shelf)).toEqual(['3', '1']);
  });
});

describe('damage and a full disk', () => {
  it('are told apart from damaged ones, which keep their name and can be deleted', async () => {
    const files = new Map<string, Bytes>();
    const shelf = new AdapterShelf(memoryStore(files));
    const data = await shelf.put(record('1'), bytesOf(1), true);
    const both = await shelf.put(record('2'), bytesOf(2), false);
    await shelf.rename(both.id, 'Mine');
    files.get(`${data.id}.1.zip`)![7]! ^= 1;
    files.get(`${both.id}.1.zip.json`)![90]! ^= 1;
    const later = new AdapterShelf(memoryStore(files)); // another visit
    await expect(later.open(data.id)).rejects.toThrow('The kept adapter 1 is damaged');
    await expect(later.open(both.id)).rejects.toThrow('The kept adapter Mine is damaged');
    expect((await later.list()).map(({ name, record: kept }) => [name, kept === null])).toEqual([
      ['Mine', true],
      ['1', false],
    ]);
    for (const { id } of [data, both]) await later.delete(id);
    await later.purge();
    expect(await later.list()).toEqual([]);
    await expect(later.open(data.id)).rejects.toThrow(`The adapter ${data.id} is not kept in this browser any more.`);
  });

  it('stand although the list of them is lost: the newest of the model', async () => {
    const files = new Map<string, Bytes>();
    const shelf = new AdapterShelf(memoryStore(files));
    await shelf.put(record('1'), bytesOf(1), true);
    const { id } = await shelf.put(record('2'), bytesOf(2), false);
    for (const name of files.keys()) if (name.startsWith('adapter-list.')) files.set(name, new Uint8Array(3));
    expect(await shelf.standing('aa')).toBe(id);
  });

  it('last as long as the tab where the disk is full, and nothing on the disk is lost for it', async () => {
    const disk = fullAt(Number.POSITIVE_INFINITY);
    const shelf = new AdapterShelf(disk);
    const first = await shelf.put(record('1'), bytesOf(1), true);
    disk.room = 0;
    const second = await shelf.put(record('2'), bytesOf(2), true);
    expect(second.problem).toBe('The storage is full.');
    expect((await shelf.list()).map(({ name, tab_only }) => [name, tab_only])).toEqual([
      ['2', true],
      ['1', false],
    ]);
    expect(await shelf.standing('aa')).toBe(second.id);
    expect((await shelf.open(second.id)).zip).toEqual(bytesOf(2));
    const later = new AdapterShelf(disk); // another visit
    expect(await later.standing('aa')).toBe(first.id);
  });

  it('make room for the next where ten are kept and the disk is full', async () => {
    const files = new Map<string, Bytes>();
    const disk = fullAt(Number.POSITIVE_INFINITY, files);
    const shelf = new AdapterShelf(disk, undefined, TEN);
    for (let i = 1; i <= 10; i++) await shelf.put(record(String(i)), bytesOf(i), i === 1);
    disk.room = [...files.values()].reduce((sum, { length }) => sum + length, 10);
    expect((await shelf.put(record('11'), bytesOf(11), false)).problem).toBeUndefined();
    expect(await names(shelf)).toEqual(['11', '10', '9', '8', '7', '6', '5', '4', '3', '1']);
  });

  it('of earlier versions, one for each model, are listed and stand', async () => {
    const disk = memoryStore();
    const model = 'c'.repeat(64);
    const run = { id: 'r', started: '2025-12-01T00:00:00.000Z', model: 'mini', dataset: 'd' };
    const saved = { name: 'old', origin: 'trained', tokens_per_second: 3, run };
    await saveSnapshot(disk, { id: `adapter-${model}`, kind: 'zip' }, { bytes: 50, parts: [bytesOf(9)] }, saved);
    const shelf = new AdapterShelf(disk);
    expect(await shelf.standing(model)).toBe(`adapter-${model}`);
    const found = { name: 'old', kept: run.started, model: { name: 'mini', hash: model }, bytes: 50 };
    expect(await shelf.open(`adapter-${model}`)).toMatchObject({ record: found, zip: bytesOf(9) });
    await shelf.put(record('1', { model: found.model, kept: '2026-01-01T00:00:00.000Z' }), bytesOf(1), true);
    expect(await names(shelf)).toEqual(['1', 'old']);
  });

  it('changed at once by several are changed one after another', async () => {
    const shelf = new AdapterShelf(memoryStore());
    const kept = await Promise.all(['1', '2', '3'].map((name) => shelf.put(record(name), bytesOf(1), false)));
    await Promise.all(kept.map(({ id }, i) => shelf.rename(id, `n${i}`)));
    expect((await names(shelf)).sort()).toEqual(['n0', 'n1', 'n2']);
  });
});

describe('checkpoints', () => {
  const run = (id: string) => ({ id, started: '', model: 'mini', dataset: 'd' }) as unknown as RunRecord;
  const checkpoint = (name: string, of: string) => record(name, { checkpoint: true, run: run(of) });

  it('of a run are as many as it says, the newest', async () => {
    const shelf = new AdapterShelf(memoryStore());
    await shelf.put(checkpoint('1', 'other'), bytesOf(1), false, 2);
    for (let i = 2; i <= 6; i++) await shelf.put(checkpoint(String(i), 'r'), bytesOf(i), false, 2);
    expect(await names(shelf)).toEqual(['6', '5', '1']);
    await shelf.put(record('7', { run: run('r') }), bytesOf(7), true);
    expect(await names(shelf)).toEqual(['7', '6', '5', '1']);
  });

  it('go before adapters where the bytes are used up, and it is said which is next', async () => {
    const shelf = new AdapterShelf(memoryStore(), undefined, { count: 100, bytes: 150 });
    await shelf.put(record('1'), bytesOf(1), true);
    await shelf.put(record('2'), bytesOf(2), false);
    expect(await shelf.leaving(50)).toBeNull();
    await shelf.put(checkpoint('3', 'r'), bytesOf(3), false, 5);
    expect((await shelf.leaving(50))?.name).toBe('3');
    await shelf.put(record('4'), bytesOf(4), false);
    expect(await names(shelf)).toEqual(['4', '2', '1']);
    expect((await shelf.leaving(50))?.name).toBe('2');
  });

  it('go for an adapter where the disk is full', async () => {
    const files = new Map<string, Bytes>();
    const disk = fullAt(Number.POSITIVE_INFINITY, files);
    const shelf = new AdapterShelf(disk);
    await shelf.put(record('1'), bytesOf(1), true);
    await shelf.put(checkpoint('2', 'r'), bytesOf(2), false, 5);
    disk.room = [...files.values()].reduce((sum, { length }) => sum + length, 10);
    expect((await shelf.put(record('3'), bytesOf(3), false)).problem).toBeUndefined();
    expect(await names(shelf)).toEqual(['3', '1']);
  });
});
