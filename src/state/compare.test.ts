/** Requests, the rows of cells, the histogram and the filter: the page's own arithmetic. */
import { beforeEach, describe, expect, it } from 'vitest';
import { offeredLanguages as languages } from '../lib/language/languages.ts';
import type { DatasetSummary } from '../protocol/dataset.ts';
import type { RunRecord } from '../protocol/training.ts';
import {
  askLanguagesOf,
  askTrainedLanguages,
  type CompareState,
  compareStore,
  freshCompare,
  gridOf,
  makeRequest,
  modesOf,
  recalledCompare,
  SAME,
  setLanguages,
  sourcesOf,
} from './compare.ts';
import { histogram, shownPositions } from './data.ts';
import { HUES, languageCode, languageMark, languageTitle, PATTERNS } from './languages.ts';

describe('compare', () => {
  it('asks the adapter only where there is one', () => {
    expect(sourcesOf('both', false, false)).toEqual(['base']);
    expect(sourcesOf('adapter', false, true)).toEqual(['base', 'peer']);
    expect(sourcesOf('both', true, true)).toEqual(['base', 'adapter', 'peer']);
    expect(sourcesOf('adapter', true, false)).toEqual(['adapter']);
  });

  it('makes one column per source and language; the empty name asks for none', () => {
    const request = makeRequest(
      { ...freshCompare, question: ' ¿Qué? ', languages: ['German', ''] },
      [{ source: 'base' }, { source: 'adapter' }],
      [],
      {
        date: '2026-01-01',
        id: 'id',
      },
    );
    expect(request.columns.map((c) => [c.id, c.source, c.reasoning_language])).toEqual([
      ['base/German', 'base', 'German'],
      ['base/', 'base', null],
      ['adapter/German', 'adapter', 'German'],
      ['adapter/', 'adapter', null],
    ]);
    expect(request.conversation.messages).toEqual([{ role: 'user', content: '¿Qué?' }]);
    expect(gridOf(request)).toMatchObject({ languages: ['German', ''], rows: 2, cells: 1 });
    expect(
      gridOf(request)
        .of('')
        .map((row) => row.map(({ id }) => id)),
    ).toEqual([['base/'], ['adapter/']]);
    expect(request.columns.every((column) => !('thinking' in column))).toBe(true);
  });

  it('asks for the language of the answer: none, that of each column, or one for all', () => {
    const asked = (answerIn: string) =>
      makeRequest({ ...freshCompare, question: 'q', languages: ['German', ''], answerIn }, [{ source: 'base' }, { source: 'peer' }], [], {
        date: '2026-01-01',
        id: 'id',
      }).columns.map((column) => column.answer_language);
    expect(asked('')).toEqual([undefined, undefined, undefined, undefined]);
    expect(asked(SAME)).toEqual(['German', undefined, 'German', undefined]);
    expect(asked('French')).toEqual(['French', 'French', 'French', 'French']);
    expect(recalledCompare({ ...freshCompare, answerIn: 'French' }).answerIn).toBe('French');
    expect(recalledCompare({ ...freshCompare, answerIn: 3 } as unknown as CompareState).answerIn).toBe('');
  });

  it('asks each mode beside the other where the model has the switch, and a peer once a language', () => {
    expect(modesOf('both', false)).toEqual([]);
    expect(modesOf('no_think', true)).toEqual(['no_think']);
    const state = { ...freshCompare, question: 'q', languages: ['German', ''] };
    const request = makeRequest(state, [{ source: 'base' }, { source: 'peer' }], modesOf('both', true), { date: '2026-01-01', id: 'id' });
    const { languages, rows, cells, of } = gridOf(request);
    expect([languages, rows, cells]).toEqual([['German', ''], 2, 2]);
    expect(of('German').map((row) => row.map(({ id, thinking }) => [id, thinking]))).toEqual([
      [
        ['base:think/German', 'think'],
        ['base:no_think/German', 'no_think'],
      ],
      [['peer/German', undefined]],
    ]);
    expect(new Set(request.columns.map(({ id }) => id)).size).toBe(request.columns.length);
  });
});

describe('data', () => {
  it('bins every row that has tokens, once, with the mark on the axis', () => {
    const { bins, end, highest } = histogram(Uint32Array.from([0, 10, 10, 95, 300]), 400);
    expect(bins.reduce((sum, b) => sum + b.count, 0)).toBe(4);
    expect(highest).toBe(2);
    expect(end).toBeGreaterThanOrEqual(400);
    expect(histogram(Uint32Array.from([100]), 100_000).end).toBeLessThan(300);
    expect(histogram(Uint32Array.from([]), 512).bins.every((b) => b.count === 0)).toBe(true);
  });

  it('filters by language among the rows that were read', () => {
    const row = (language: string | null) => ({ row: 1, reasoning_language: language, preview: '', problems: [] });
    const rows = [row('German'), undefined, row(null), row('German')];
    expect(shownPositions(rows, 4, null)).toBeNull();
    expect(shownPositions(rows, 4, 'German')).toEqual([0, 3]);
    expect(shownPositions(rows, 4, '')).toEqual([2]);
  });
});

describe('languages', () => {
  it('has about sixty, each once, with code and own name', () => {
    expect(languages.length).toBeGreaterThanOrEqual(60);
    expect(new Set(languages.map((l) => l.name)).size).toBe(languages.length);
    expect(new Set(languages.map((l) => l.code)).size).toBe(languages.length);
    expect(languages.every((l) => l.own.length > 0)).toBe(true);
  });

  it('names, codes and hues hold for known, unknown and none', () => {
    expect(languageTitle('German')).toBe('German · Deutsch');
    expect(languageTitle('Klingon')).toBe('Klingon');
    expect(languageTitle('')).toBe('No language requested');
    expect([languageCode('german'), languageCode('Klingon'), languageCode(null)]).toEqual(['de', 'kl', '–']);
    expect(['English', 'Spanish', 'French', 'Italian', 'German', null].map(languageMark)).toEqual(
      [1, 2, 3, 4, 5, 0].map((hue) => ({ hue, pattern: 0 })),
    );
    expect(languageMark('Klingon')).toEqual(languageMark('klingon'));
  });

  it('every language offered has a mark of its own, within the hues and patterns there are', () => {
    const marks = languages.map(({ name }) => languageMark(name));
    expect(new Set(marks.map(({ hue, pattern }) => `${hue} ${pattern}`)).size).toBe(languages.length);
    for (const { hue, pattern } of [...marks, ...['Klingon', 'Elvish', 'Na’vi'].map(languageMark)]) {
      expect(hue >= 1 && hue <= HUES && pattern >= 0 && pattern < PATTERNS).toBe(true);
    }
  });
});

describe('the languages that are asked', () => {
  const dataset = { languages: { French: 5, German: 3, Italian: 1, '': 1 } } as unknown as DatasetSummary;
  const run = (id: string, languages?: string[]) =>
    ({ id, settings: { encoding: languages ? { languages } : {} } }) as unknown as RunRecord;
  const asked = () => compareStore.getState().languages;
  beforeEach(() => compareStore.setState(freshCompare, true));

  // red before: a choice of before the run stayed, and the trained languages were not asked
  it('are those that were trained, once a run', () => {
    setLanguages(['Spanish']);
    askTrainedLanguages(run('a', ['German', 'Italian', '']), dataset);
    expect(asked()).toEqual(['German', 'Italian']);
    setLanguages(['Spanish']);
    askTrainedLanguages(run('a', ['German']), dataset);
    expect(asked(), 'chosen since').toEqual(['Spanish']);
    askTrainedLanguages(run('b'), dataset);
    expect(asked(), 'all of the dataset').toEqual(['French', 'German', 'Italian']);
    askTrainedLanguages(run('c', ['']), dataset);
    expect(asked(), 'a run without languages asks for none').toEqual(['French', 'German', 'Italian']);
  });

  it('are those of another dataset, whatever was chosen before', () => {
    setLanguages(['Spanish']);
    askLanguagesOf(dataset);
    expect(compareStore.getState()).toMatchObject({ languages: ['French', 'German', 'Italian'], languagesChosen: false, run: null });
  });

  it('are texts, whatever an old or broken record holds', () => {
    const kept = {
      ...freshCompare,
      languages: ['German', 5, null],
      sampling: { ...freshCompare.sampling, top_p: 7 },
      mode: 'all',
      thinking: 'never',
    };
    expect(recalledCompare(kept as unknown as CompareState)).toEqual({ ...freshCompare, languages: ['German'] });
    expect(recalledCompare({ ...freshCompare, thinking: 'both' }).thinking).toBe('both');
  });
});
