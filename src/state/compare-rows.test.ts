/** The rows of Compare: kept adapters beside base and the one that stands, and which are left out. */
import { expect, it } from 'vitest';
import type { KeptAdapter, KeptAdapters } from '../protocol/model.ts';
import { freshCompare, gridOf, makeRequest, recalledCompare } from './compare.ts';
import { adaptersAsked, leftOut, offered, rowsOf } from './compare-rows.ts';

const adapter = (id: string, more: Partial<KeptAdapter> = {}): KeptAdapter => ({
  ...{ id, name: `name of ${id}`, origin: 'trained', kept: '', model: 'mini', bytes: 1, standing: false, fits: true, tab_only: false },
  ...more,
});
const kept: KeptAdapters = {
  adapters: [
    adapter('a'),
    adapter('b', { standing: true }),
    adapter('c'),
    adapter('d', { fits: false, model: 'another' }),
    adapter('e', { problem: 'It is damaged.' }),
  ],
  leaving: null,
};
const chosen = ['c', 'a', 'b', 'd', 'e', 'gone'].map((id) => ({ id, name: `old name of ${id}` }));

it('offers what belongs to the model and can be opened, without the one that stands', () => {
  expect(offered(kept).map(({ id }) => id)).toEqual(['a', 'c']);
  expect(offered(null)).toEqual([]);
});

it('puts them between the adapter, which then has its name, and the peer', () => {
  expect(rowsOf(['base', 'adapter', 'peer'], chosen, kept)).toEqual([
    { source: 'base' },
    { source: 'adapter', name: 'name of b' },
    { source: 'kept', adapter: 'a', name: 'name of a' },
    { source: 'kept', adapter: 'c', name: 'name of c' },
    { source: 'peer' },
  ]);
  expect(rowsOf(['base', 'adapter'], [], kept)).toEqual([{ source: 'base' }, { source: 'adapter' }]);
});

it('makes a column of every row and language, and a row of cells of each', () => {
  const request = makeRequest({ ...freshCompare, languages: ['German', ''] }, rowsOf(['base'], chosen, kept), [], {
    date: '2026-01-01',
    id: 'id',
  });
  expect(request.columns.map(({ id, adapter, name }) => [id, adapter, name])).toEqual([
    ['base/German', undefined, undefined],
    ['base/', undefined, undefined],
    ['kept:a/German', 'a', 'name of a'],
    ['kept:a/', 'a', 'name of a'],
    ['kept:c/German', 'c', 'name of c'],
    ['kept:c/', 'c', 'name of c'],
  ]);
  expect(gridOf(request)).toMatchObject({ languages: ['German', ''], rows: 3, cells: 1 });
});

it('names what is left out once, by the name it had', () => {
  expect(leftOut(chosen, kept).map(({ why }) => why)).toEqual([
    'name of d belongs to another and is left out.',
    'name of e cannot be opened and is left out.',
    'old name of gone is not kept any more and is left out.',
  ]);
  expect(leftOut(chosen, null)).toEqual([]);
});

it('is chosen still after a reload, as far as it was written by this page', () => {
  const written = { ...freshCompare, further: [{ id: 'a', name: 'A' }, { id: 3 }, null, 'b'] } as unknown as typeof freshCompare;
  expect(recalledCompare(written).further).toEqual([{ id: 'a', name: 'A' }]);
});

it('counts the adapters that are laid beside each other, of Compare or of Evaluate, whichever asks more', () => {
  expect(adaptersAsked([], ['base', 'adapter'], kept), 'the one that stands').toBe(1);
  expect(adaptersAsked(chosen, ['base', 'adapter'], kept), 'two that can be asked beside it').toBe(3);
  expect(adaptersAsked([], ['base', 'adapter', 'a', 'gone'], kept)).toBe(2);
  expect(adaptersAsked(chosen, ['base'], null)).toBe(0);
});
