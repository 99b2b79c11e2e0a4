/** The questions chosen last are chosen again at the next visit: as they came where they are small, from their server, or said where they are too large. */
import { beforeEach, expect, it, vi } from 'vitest';
import type { QuestionMapping, QuestionSet, QuestionSource } from '../protocol/evaluation.ts';

const asked: { source: QuestionSource; mapping?: QuestionMapping }[] = [];
vi.mock('../client/engine.ts', () => ({
  engine: () => ({
    readQuestions: async (source: QuestionSource, options?: { mapping: QuestionMapping }): Promise<QuestionSet> => {
      asked.push({ source, ...options });
      const about = { id: String(asked.length), name: 'Sums', questions: [], problems: [], languages: { de: 1 }, columns: [] };
      return { ...about, mapping: { question: 'q', gold: 'a' }, example: {} };
    },
  }),
}));
const disk = new Map<string, unknown>();
let full = false;
vi.mock('./records.ts', () => ({
  keep: async (key: string, value: unknown) => !full && disk.set(key, structuredClone(value)) !== undefined,
  kept: async (key: string) => disk.get(key),
  forget: async (key: string) => void disk.delete(key),
}));

/** A page that is opened anew: nothing but the disk is left. */
async function visit() {
  vi.resetModules();
  asked.length = 0;
  const [actions, { evaluationStore }, { pending }] = [
    await import('./question-actions.ts'),
    await import('./evaluation.ts'),
    await import('./pending.ts'),
  ];
  return { ...actions, evaluationStore, pending };
}

beforeEach(() => disk.clear());

it.each<[string, QuestionSource]>([
  ['the bundled ones', { kind: 'bundled' }],
  ['pasted ones', { kind: 'pasted', text: '1 + 1?\t2' }],
  ['those of an address', { kind: 'url', url: 'https://example.com/sums.tsv' }],
  ['those of a file', { kind: 'file', file: new Blob(['1 + 1?\t2']), name: 'sums.tsv' }],
  ['those of several', { kind: 'folder', files: [{ path: 'de.tsv', file: new Blob(['1 + 1?\t2']) }], name: '1 files' }],
])('%s are there again, with columns chosen by hand', async (_, source) => {
  const mapping = { question: 'frage', gold: 'zahl' };
  expect(await (await visit()).readQuestions(source, mapping)).toBe(true);
  const next = await visit();
  await next.reopenQuestions();
  expect(asked).toEqual([{ source, mapping }]);
  expect(next.evaluationStore.getState().set?.name).toBe('Sums');
  await next.questionsAtFirst();
  expect(asked, 'the bundled ones do not take their place').toHaveLength(1);
});

it('a token is not kept', async () => {
  const source = { kind: 'hub', repository: 'a/b', revision: 'c', endpoint: 'https://hf.example', paths: ['de.tsv'] } as const;
  await (await visit()).readQuestions({ ...source, paths: ['de.tsv'], token: 'hf_secret' });
  const next = await visit();
  await next.reopenQuestions();
  expect(asked).toEqual([{ source }]);
});

it('too many to be kept are said, and the bundled ones are there where questions are looked at', async () => {
  const first = await visit();
  await first.readQuestions({ kind: 'pasted', text: 'x'.repeat(32 * 2 ** 20 + 1) });
  const next = await visit();
  await next.reopenQuestions();
  expect(asked).toEqual([]);
  expect(next.pending.getState().notices[0]?.message).toBe(
    'The questions of Sums were not kept between visits, because they are larger than 32 MiB; choose them again to go on with them.',
  );
  await next.questionsAtFirst();
  expect(asked).toEqual([{ source: { kind: 'bundled' } }]);
});

it('where the storage is full, none is there rather than an older one', async () => {
  const page = await visit();
  await page.readQuestions({ kind: 'pasted', text: '1 + 1?\t2' });
  full = true;
  await page.readQuestions({ kind: 'pasted', text: '2 + 2?\t4' });
  full = false;
  await (await visit()).reopenQuestions();
  expect(asked).toEqual([]);
});

it('a first visit reads none by itself; another engine gets those that stand', async () => {
  const page = await visit();
  await page.reopenQuestions();
  expect(asked).toEqual([]);
  await page.readQuestions({ kind: 'pasted', text: '1 + 1?\t2' });
  disk.clear();
  await page.reopenQuestions();
  expect(asked).toHaveLength(2);
});
