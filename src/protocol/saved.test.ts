import { describe, expect, it } from 'vitest';
import type { ColumnMapping } from './dataset.ts';
import { currentNames, currentRun } from './saved.ts';
import type { RunRecord } from './training.ts';

describe('a record with the names of Harmony’s channels', () => {
  it('is renamed, and nothing else of it changes', () => {
    const old = { user: 'frage', analysis: 'gedanken', final: 'antwort', developer: 'wie' } as unknown as ColumnMapping;
    expect(currentNames(old)).toEqual({ user: 'frage', thinking: 'gedanken', content: 'antwort', developer: 'wie' });
    const half = { user: 'frage', final: '' } as unknown as ColumnMapping;
    expect(currentNames(half)).toEqual({ user: 'frage', content: '' });
  });

  it('stays as it is where it has the names of today', () => {
    const now: ColumnMapping = { user: 'frage', content: 'antwort' };
    expect(currentNames(now)).toEqual(now);
    const run = { id: 'x', samples: [{ step: 1, language: 'German', question: 'q', thinking: 'a', content: 'f', share: 1 }] };
    expect(currentRun(run as unknown as RunRecord)).toEqual(run);
  });
});
