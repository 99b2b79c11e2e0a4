/** The form of a dataset of the Hub: addresses are read, and nothing that is shown is about another name than the written one. */
import { beforeEach, expect, it, vi } from 'vitest';
import type { HubDatasetOffer } from '../protocol/dataset.ts';
import type { HubRepository } from '../protocol/model.ts';

const questions: { asked: HubRepository; answer: (offer: HubDatasetOffer) => void; fail: (error: Error) => void }[] = [];
vi.mock('../client/engine.ts', () => ({
  engine: () => ({
    hubDataset: (asked: HubRepository) => new Promise((answer, fail) => questions.push({ asked, answer, fail })),
    cancel: async () => undefined,
  }),
}));

const { recalledSource } = await import('./data.ts');
const { hubDataStore, lookAtDataset, readDatasetName, splitsOf, filesOf, writeHubData } = await import('./hub-data.ts');
const { pending } = await import('./pending.ts');

const files = ['train-0', 'train-1', 'test'].map((name) => ({ path: `${name}.jsonl`, bytes: 1, split: name.split('-')[0]! }));
const offerOf = ({ repository, revision, endpoint }: HubRepository): HubDatasetOffer => ({
  repository,
  revision,
  endpoint,
  commit: 'c',
  files,
});

beforeEach(() => {
  questions.length = 0;
  pending.setState({ actions: {}, notices: [] });
  hubDataStore.setState(hubDataStore.getInitialState(), true);
});

it('reads a pasted address of a dataset or of one of its files', () => {
  expect(readDatasetName('owner/name')).toEqual({ repository: 'owner/name' });
  expect(readDatasetName(' https://huggingface.co/datasets/a/b ')).toMatchObject({ repository: 'a/b', endpoint: 'https://huggingface.co' });
  expect(readDatasetName('https://hf.example/datasets/a/b/blob/v2/data/x%20y.csv')).toEqual({
    repository: 'a/b',
    endpoint: 'https://hf.example',
    revision: 'v2',
    path: 'data/x y.csv',
  });
});

it('shows no answer and no error about a name that is not written any more', async () => {
  for (const end of ['answer', 'fail'] as const) {
    writeHubData({ repository: 'a/old' });
    const looking = lookAtDataset();
    writeHubData({ repository: 'a/new' });
    const { asked, answer, fail } = questions.at(-1)!;
    if (end === 'answer') answer(offerOf(asked));
    else fail(new Error('gone'));
    await looking;
    expect([hubDataStore.getState().offer, pending.getState().notices]).toEqual([null, []]);
  }
});

it('typing another name clears the error about the old one, and a token stays with its endpoint', async () => {
  writeHubData({ repository: 'a/b', token: 't' });
  const looking = lookAtDataset();
  questions.at(-1)!.fail(new Error('gone'));
  await looking;
  expect(pending.getState().notices).toHaveLength(1);
  writeHubData({ repository: 'a/c' });
  expect(pending.getState().notices).toEqual([]);
  expect(hubDataStore.getState().token).toBe('t');
  writeHubData({ endpoint: 'https://other.example' });
  expect(hubDataStore.getState().token).toBe('');
});

it('chooses the first file, or the one of the pasted address; splits hold their files', async () => {
  writeHubData({ repository: 'a/b' });
  const looking = lookAtDataset();
  questions.at(-1)!.answer(offerOf(questions.at(-1)!.asked));
  await looking;
  const { offer, path } = hubDataStore.getState();
  expect(path).toBe('train-0.jsonl');
  expect(splitsOf(offer!)).toEqual(['train', 'test']);
  expect(filesOf(offer!, path).map((file) => file.path)).toEqual(['train-0.jsonl', 'train-1.jsonl']);
});

// A reload kept only the kind: an address was opened as "undefined".
it('what was kept of a source comes back whole, or as the bundled dataset', () => {
  const hub = { kind: 'hub', path: 'x.csv', repository: 'a/b', revision: 'c', endpoint: 'https://e' };
  const traces = { kind: 'traces', id: '7', name: 'mine' };
  for (const whole of [{ kind: 'url', url: 'https://e/x.csv' }, { kind: 'file', name: 'x.csv' }, traces, hub])
    expect(recalledSource(whole)).toEqual(whole);
  for (const torn of [null, { kind: 'url' }, { kind: 'file' }, { kind: 'traces' }, { ...hub, path: 3 }, 'x'])
    expect(recalledSource(torn)).toEqual({ kind: 'bundled' });
});
