/** The engine call that opens a model of the Hub: which commit, and with whose token. */
import { beforeEach, expect, it, vi } from 'vitest';
import type { CachedModel, HubOffer, ModelSource } from '../protocol/model.ts';
import { freshHub, hubStore } from './hub.ts';
import { openCached, openOffer } from './hub-actions.ts';

const loaded: ModelSource[] = [];

vi.mock('../client/engine.ts', () => ({
  engine: () => ({
    loadModel: async (source: ModelSource) => void loaded.push(source),
    hubOffer: async () => null,
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
