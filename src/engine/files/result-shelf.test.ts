/** What leaves for a result that begins: what was deleted first, and nothing where there is room. */
import { expect, it } from 'vitest';
import { memoryStore } from './byte-store.ts';
import { ResultShelf } from './result-shelf.ts';

interface Result {
  readonly id: string;
  readonly started: string;
  readonly phase: 'done' | 'paused';
  readonly done: number;
  readonly bytes: number;
}

const result = (id: string, bytes = 10, more: Partial<Result> = {}): Result => ({
  id,
  started: `2026-01-0${id}`,
  phase: 'done',
  done: 1,
  bytes,
  ...more,
});

async function shelfOf(...results: readonly Result[]): Promise<ResultShelf<Result, object>> {
  const kind = { prefix: 'results', called: 'result', keyOf: () => '', bytesOf: ({ bytes }: Result) => bytes };
  const shelf = new ResultShelf<Result, object>(memoryStore(), kind, { count: 3, bytes: 100 });
  for (const one of results) await shelf.put(one);
  return shelf;
}

const ids = async (shelf: ResultShelf<Result, object>): Promise<string[]> => (await shelf.list()).map(({ id }) => id).toSorted();

/** Red before: whatever began or ended erased all that was deleted, while it could still be had back on the page. */
it('what was deleted can be had back after another has begun, where there is room for both', async () => {
  const shelf = await shelfOf(result('1'), result('2'));
  await shelf.delete('1');
  await shelf.makeRoom(result('3', 10, { done: 0 }));
  await shelf.undelete('1');
  expect(await ids(shelf)).toEqual(['1', '2']);
});

it.each([
  ['their number', result('4')],
  ['their bytes', result('4', 85)],
])('beyond %s the deleted one leaves first, for good, then the oldest that is done', async (_, next) => {
  const shelf = await shelfOf(result('1', 10, { phase: 'paused' }), result('2'), result('3'));
  await shelf.delete('3');
  await shelf.makeRoom(next);
  await expect(shelf.undelete('3')).rejects.toThrow('This result cannot be had back any more.');
  expect(await ids(shelf)).toEqual(next.bytes > 80 ? ['1'] : ['1', '2']);
});
