/** Encodings that outlive a reload: whole ones come back as they were; damaged, half-written and foreign ones are as good as none; few are kept. */
import { beforeEach, describe, expect, it } from 'vitest';
import { MotherTongueError } from '../../lib/errors.ts';
import { type ByteStore, memoryStore } from '../files/byte-store.ts';
import type { Bytes } from '../files/source.ts';
import { type EncodedPiece, PieceBuilder } from './encoded-piece.ts';
import { EncodingSaver, keyOf, loadEncoding } from './encoded-store.ts';

const findings = { languages: { German: 2 }, problems: [] };

function piece(first: number): EncodedPiece {
  const builder = new PieceBuilder(first, 4);
  const tokens = (ids: number[]) => ({
    ids: Uint32Array.from(ids),
    assistant: Uint8Array.from(ids, (id) => id % 2),
    complete: ids.length < 6,
    length: ids.length,
    notes: ids.length > 4 ? 1 : 0,
    mode: ids.length > 4 ? ('no_think' as const) : ('think' as const),
  });
  builder.add(first + 1, 'Deutsch – ü', tokens([200_000 + first, 2, 3]));
  builder.add(first + 2, '', null);
  builder.add(first + 4, '', { row: first + 4, kind: 'malformed', message: `Row ${first + 4} is refused.`, trains: false });
  builder.add(first + 5, 'French', tokens([1, 2, 3, 4, 5, 6]));
  return builder.build();
}

async function save(store: ByteStore, key: string): Promise<void> {
  const saver = new EncodingSaver(store, key);
  for (const first of [0, 5]) await saver.add(piece(first));
  await saver.finish(findings);
}

let files: Map<string, Bytes>;
let store: ByteStore;
beforeEach(() => {
  files = new Map();
  store = memoryStore(files);
});

describe('an encoding that is kept', () => {
  it('comes back as it was, with at most the capacity of every row', async () => {
    await save(store, 'a');
    expect(await loadEncoding(store, 'a')).toEqual({ pieces: [piece(0), piece(5)], findings });
    expect([...piece(0).offsets]).toEqual([0, 3, 3, 3, 7]);
    expect([...piece(0).lengths]).toEqual([3, 0, 0, 6]);
    expect(await loadEncoding(store, 'b')).toBeNull();
  });

  it('is none when a byte of it has changed, a piece or the record is missing, or the record is not ours', async () => {
    const damages: ((name: string) => void)[] = [
      (name) => files.get(name)!.set([9], files.get(name)!.length - 1),
      (name) => files.set(name, files.get(name)!.slice(0, -3)),
      (name) => files.delete(name),
    ];
    for (const damage of damages) {
      await save(store, 'a');
      damage('a.1.piece');
      expect(await loadEncoding(store, 'a')).toBeNull();
    }
    for (const text of ['', '{', '{"format":1}', '{"format":9,"pieces":[],"findings":{}}', 'null']) {
      files.set('a.json', new TextEncoder().encode(text));
      expect(await loadEncoding(store, 'a'), text).toBeNull();
    }
  });

  it('is one of the newest few, and nothing else stays in its place', async () => {
    files.set('left.0.piece', new Uint8Array(3));
    files.set('strange.txt', new Uint8Array(3));
    for (const key of ['a', 'b', 'c', 'd', 'e', 'f']) {
      await save(store, key);
      await new Promise((resolve) => setTimeout(resolve, 2)); // `saved` is in milliseconds
    }
    const keys = new Set([...files.keys()].map((name) => name.split('.')[0]));
    expect(keys).toEqual(new Set(['c', 'd', 'e', 'f']));
  });

  it('is not kept where the disk is full, and that fails nothing', async () => {
    const put = () => Promise.reject(new MotherTongueError('FileError', 'The storage is full.'));
    await save({ ...store, put }, 'a');
    expect(files.size).toBe(0);
  });
});

it('its key changes with the content of every file and with everything else', async () => {
  const of = (texts: string[], rest: unknown[] = []) =>
    keyOf(
      texts.map((text) => new Blob([text])),
      rest,
    );
  const keys = await Promise.all([of(['a', 'b']), of(['b', 'a']), of(['ab', '']), of(['a', 'b'], [1]), of(['a', 'c'])]);
  expect(new Set(keys).size).toBe(keys.length);
  expect(await of(['a', 'b'])).toBe(keys[0]);
});
