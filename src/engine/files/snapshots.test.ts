/** Data of many pieces: cut, hashed, read back and found damaged wherever they are; nothing of a failed save stays behind. */
import { describe, expect, it } from 'vitest';
import { memoryStore } from './byte-store.ts';
import { loadSnapshot, PIECE_BYTES, peekSnapshot, peekSnapshots, saveSnapshot } from './snapshots.ts';
import type { Bytes } from './source.ts';

const KEY = { id: 'thing', kind: 'zip' } as const;

function bytesOf(length: number, seed: number): Bytes {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i += 997) bytes[i] = (i / 997 + seed) & 255;
  return bytes;
}

describe('snapshots', () => {
  it.each([
    ['nothing', []],
    ['one byte', [1]],
    ['one piece', [PIECE_BYTES]],
    ['parts that straddle pieces', [5, PIECE_BYTES - 2, 2 * PIECE_BYTES + 7, 0, 11]],
  ])('come back: %s', async (_title, lengths) => {
    const store = memoryStore();
    const parts = lengths.map(bytesOf);
    const bytes = lengths.reduce((n, length) => n + length, 0);
    await saveSnapshot(store, KEY, { bytes, parts }, { step: 3 });
    const found = await loadSnapshot<{ step: number }>(store, KEY);
    expect(found?.state).toEqual({ step: 3 });
    expect(Buffer.compare(Buffer.from(found!.data), Buffer.concat(parts))).toBe(0);
  });

  it('are passed over when a byte of any piece is changed or the last is missing', async () => {
    const length = 2 * PIECE_BYTES + 100;
    for (const spoil of [0, PIECE_BYTES + 5, length - 1, null]) {
      const files = new Map<string, Bytes>();
      const store = memoryStore(files);
      await saveSnapshot(store, KEY, { bytes: 3, parts: [bytesOf(3, 1)] }, 'old');
      await saveSnapshot(store, KEY, { bytes: length, parts: [bytesOf(length, 2)] }, 'new');
      const data = files.get('thing.2.zip')!;
      if (spoil === null) files.set('thing.2.zip', data.slice(0, length - 1));
      else data[spoil]! ^= 1;
      expect((await loadSnapshot(store, KEY))?.state).toBe('old');
      expect(await peekSnapshot(store, KEY)).toBe('new');
    }
  });

  it('leave nothing behind when the store is full', async () => {
    const files = new Map<string, Bytes>();
    const store = memoryStore(files);
    await saveSnapshot(store, KEY, { bytes: 3, parts: [bytesOf(3, 1)] }, 'old');
    const before = [...files.keys()];
    for (const full of ['thing.2.zip', 'thing.2.zip.json']) {
      const put: typeof store.put = async (name, data) => {
        if (name !== full) return store.put(name, data);
        files.set(name, bytesOf(1, 1));
        throw new Error('full');
      };
      await expect(saveSnapshot({ ...store, put }, KEY, { bytes: 3, parts: [bytesOf(3, 2)] }, 'new')).rejects.toThrow('full');
      expect([...files.keys()]).toEqual(before);
    }
  });

  it('of a kind are listed with one look at the store, and records that were read are not read again', async () => {
    const files = new Map<string, Bytes>();
    const store = memoryStore(files);
    for (const id of ['a1', 'a2', 'b1']) await saveSnapshot(store, { id, kind: 'zip' }, { bytes: 9, parts: [bytesOf(9, 1)] }, id);
    await saveSnapshot(store, { id: 'a1', kind: 'zip' }, { bytes: 9, parts: [bytesOf(9, 1)] }, 'newer');
    await saveSnapshot(store, { id: 'a3', kind: 'run' }, { bytes: 9, parts: [bytesOf(9, 1)] }, 'of another kind');
    files.get('a1.2.zip.json')![70]! ^= 1; // the older one counts
    files.get('a2.1.zip.json')![70]! ^= 1; // none does
    let looks = 0;
    const read: string[] = [];
    const counted = {
      ...store,
      list: () => {
        looks++;
        return store.list();
      },
      get: (name: string) => {
        read.push(name);
        return store.get(name);
      },
    };
    const known = new Map();
    const found = await peekSnapshots<string>(counted, 'zip', /^a/, known);
    expect([...found].map(([id, { state }]) => [id, state]).sort()).toEqual([
      ['a1', 'a1'],
      ['a2', null],
    ]);
    expect(found.get('a1')!.bytes).toBeGreaterThan(9);
    expect([looks, read.length]).toEqual([1, 3]);
    await peekSnapshots<string>(counted, 'zip', /^a/, known);
    expect([looks, read.slice(3).sort()]).toEqual([2, ['a1.2.zip.json', 'a2.1.zip.json']]); // damaged ones are looked at again
  });
});
