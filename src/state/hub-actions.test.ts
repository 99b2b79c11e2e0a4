/** The engine call that opens a model of the Hub: which commit, and with whose token. */
import { beforeEach, expect, it, vi } from 'vitest';
import type { CachedModel, HubOffer, HubRepository, ModelSource } from '../protocol/model.ts';
import { freshHub, hubStore } from './hub.ts';
import { lookAtHub, openCached, openOffer, writeHub } from './hub-actions.ts';
import { pending } from './pending.ts';

const loaded: ModelSource[] = [];
const questions: { asked: HubRepository; answer: (offer: unknown) => void; fail: (error: Error) => void }[] = [];

vi.mock('../client/engine.ts', () => ({
  engine: () => ({
    loadModel: async (source: ModelSource) => void loaded.push(source),
    hubOffer: (asked: HubRepository) => new Promise((answer, fail) => questions.push({ asked, answer, fail })),
    cancel: async () => undefined,
    listCachedModels: async () => {},
  }),
}));

const hugging = { repository: 'o/m', revision: 'main', endpoint: 'https://huggingface.co' };
const mirror = { ...hugging, endpoint: 'https://mirror.example.org' };

vi.stubGlobal('navigator', {});

beforeEach(() => {
  loaded.length = 0;
  hubStore.setState({ ...freshHub, token: 'hf_secret' }, true);
});

it('a token goes to the endpoint that it was typed for, and to no mirror', async () => {
  for (const given of [mirror, hugging]) await openCached({ ...given, complete: true } as CachedModel);
  expect(loaded).toEqual([
    { kind: 'hub', ...mirror },
    { kind: 'hub', ...hugging, token: 'hf_secret' },
  ]);
});

it('an offer is opened at its commit, a model that is kept as it is', async () => {
  await openOffer({ ...hugging, commit: 'c0ffee', config: {} } as HubOffer);
  await openCached({ ...hugging, commit: 'c0ffee', complete: false } as CachedModel);
  expect(loaded.map((source) => source.kind === 'hub' && source.commit)).toEqual(['c0ffee', undefined]);
});

// A late answer for an old name was shown, and its error stayed when another was typed.
it('errors and answers belong to the repository that is typed', async () => {
  for (const end of ['answer', 'fail'] as const) {
    writeHub({ repository: 'o/old' });
    const looking = lookAtHub();
    writeHub({ repository: 'o/new' });
    const { asked, answer, fail } = questions.at(-1)!;
    if (end === 'answer') answer({ ...asked, commit: 'c0ffee', config: {} });
    else fail(new Error('not there'));
    await looking;
    expect([hubStore.getState().offer, pending.getState().notices]).toEqual([null, []]);
  }
  const looking = lookAtHub();
  questions.at(-1)!.fail(new Error('not there'));
  await looking;
  expect(pending.getState().notices.map(({ action }) => action)).toEqual(['hub-offer']);
  writeHub({ repository: 'o/newer' });
  expect(pending.getState().notices).toEqual([]);
});
