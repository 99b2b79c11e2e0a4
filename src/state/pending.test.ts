/** Marks of pending work belong to an attempt, not to a name: an old one that ends late changes nothing of the new one. */
import { beforeEach, expect, it } from 'vitest';
import { attempt, pending } from './pending.ts';

beforeEach(() => pending.setState({ actions: {}, notices: [] }, true));

interface Work<T> {
  ended: Promise<T | undefined>;
  resolve: (value: T) => void;
  reject: (error: Error) => void;
}

function begin(options?: Parameters<typeof attempt>[3]): Work<string> {
  let resolve: (value: string) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const work = new Promise<string>((yes, no) => {
    [resolve, reject] = [yes, no];
  });
  return { ended: attempt('data', 'read', () => work, options), resolve, reject };
}

const named = (name: string, message = 'So it is.') => Object.assign(new Error(message), { name });
const busy = () => 'read' in pending.getState().actions;

it('an old attempt that fails late leaves the mark and the notices of the new one', async () => {
  const old = begin();
  const young = begin();
  old.reject(named('DatasetError'));
  await old.ended;
  expect([busy(), pending.getState().notices]).toEqual([true, []]);
  young.resolve('new');
  expect(await young.ended).toBe('new');
  expect(busy()).toBe(false);
});

it('an old attempt that succeeds late is no result, before and after the new one', async () => {
  const [old, older, young] = [begin(), begin(), begin()];
  older.resolve('older');
  expect(await older.ended).toBeUndefined();
  young.resolve('new');
  await young.ended;
  old.resolve('old');
  expect(await old.ended).toBeUndefined();
  expect(busy()).toBe(false);
});

it('a new attempt that fails keeps its notice when the old one ends', async () => {
  const [old, young] = [begin(), begin()];
  young.reject(named('DatasetError', 'Row 3 is bad.'));
  await young.ended;
  old.resolve('old');
  await old.ended;
  expect(pending.getState().notices.map(({ message }) => message)).toEqual(['Row 3 is bad.']);
});

it('a cancel is told with the way to begin anew, where there is one; the cancel of an overtaken attempt never', async () => {
  let again = 0;
  const options = {
    again: () => {
      again++;
    },
  };
  const [old, young] = [begin(options), begin(options)];
  old.reject(named('Cancelled'));
  await old.ended;
  expect(pending.getState().notices).toEqual([]);
  young.reject(named('Cancelled', 'Reading x was cancelled; nothing is lost.'));
  await young.ended;
  const [notice] = pending.getState().notices;
  expect(notice!.message).toBe('Reading x was cancelled; nothing is lost.');
  notice!.again!();
  expect(again).toBe(1);
  const silent = begin();
  expect(pending.getState().notices, 'trying again clears it').toEqual([]);
  silent.reject(named('Cancelled'));
  await silent.ended;
  expect(pending.getState().notices).toEqual([]);
});
