/** The Hub form: what may be asked, what a pasted address stands for, what is kept over a reload, and that the token never is. */
import { describe, expect, it } from 'vitest';
import type { HubOffer } from '../protocol/model.ts';
import { askedRepository, freshHub, hubProblems, hubStore, isAbout, keptHub, readAddress, tokenFor, withWritten } from './hub.ts';
import { recall, remember, type TextStorage } from './persist.ts';

const form = { repository: 'openai/gpt-oss-20b', revision: 'main', endpoint: 'https://huggingface.co' };

describe('what may be asked', () => {
  it('takes owner/name, any revision and any address', () => {
    expect(hubProblems(form)).toEqual({});
    expect(hubProblems({ repository: ' Some.one/my_model-2 ', revision: '', endpoint: 'http://localhost:4290/' })).toEqual({});
    expect(hubProblems({ ...form, revision: 'refs/pr/1' })).toEqual({});
  });

  it.each(['', 'gpt-oss-20b', 'a/b/c', '../x', 'a/..', 'a b/c', 'openai/', '/x', 'a/b--c', 'https://x.org/a/b'])(
    'refuses %j',
    (repository) => {
      expect(hubProblems({ ...form, repository }).repository).toMatch(/owner\/name/);
    },
  );

  it('refuses revisions and endpoints that are none', () => {
    expect(hubProblems({ ...form, revision: 'ma in' })).toHaveProperty('revision');
    expect(hubProblems({ ...form, revision: '../main' })).toHaveProperty('revision');
    for (const endpoint of ['', 'huggingface.co', 'ftp://x.org', 'https://user@x.org', 'https://x.org/?a=1'])
      expect(hubProblems({ ...form, endpoint }), endpoint).toHaveProperty('endpoint');
  });
});

it('reads a pasted address as the fields it stands for', () => {
  expect(readAddress('https://huggingface.co/openai/gpt-oss-20b')).toEqual({
    repository: 'openai/gpt-oss-20b',
    endpoint: 'https://huggingface.co',
  });
  expect(readAddress(' https://mirror.org/a/b/tree/v2 ')).toEqual({ repository: 'a/b', endpoint: 'https://mirror.org', revision: 'v2' });
  expect(readAddress('openai/gpt-oss-20b')).toBeNull();
  expect(readAddress('https://huggingface.co/')).toBeNull();
});

it('asks with what is written, main where no revision is, and the token only where there is one', () => {
  const state = { ...freshHub, revision: ' ', endpoint: 'https://mirror.org//', token: ' hf_x ' };
  expect(askedRepository(state)).toEqual({
    repository: freshHub.repository,
    revision: 'main',
    endpoint: 'https://mirror.org',
    token: 'hf_x',
  });
  expect(askedRepository(freshHub)).not.toHaveProperty('token');
});

it('gives the token to the endpoint that it was typed for alone, and forgets it with that endpoint', () => {
  const state = { ...freshHub, token: ' hf_x ', endpoint: 'https://mirror.org/' };
  expect(tokenFor(state, 'https://mirror.org')).toEqual({ token: 'hf_x' });
  expect(tokenFor(state, 'https://huggingface.co')).toEqual({});
  expect(withWritten(state, { repository: 'a/b', endpoint: 'https://mirror.org' }).token).toBe(' hf_x ');
  expect(withWritten(state, { endpoint: 'https://other.org' })).toEqual({ ...state, endpoint: 'https://other.org', token: '' });
  expect(withWritten(state, readAddress('https://other.org/a/b')!).token).toBe('');
});

it('knows whether an offer is about what the form says now', () => {
  const offer = { ...form } as HubOffer;
  expect(isAbout(offer, freshHub)).toBe(true);
  expect(isAbout(offer, { ...freshHub, revision: 'v2' })).toBe(false);
  expect(isAbout(null, freshHub)).toBe(false);
});

it('never writes the token', () => {
  const written: string[] = [];
  const storage: TextStorage = { getItem: () => null, setItem: (_key, value) => void written.push(value) };
  const leave = remember(hubStore, 'hub', keptHub, storage);
  hubStore.setState({ token: 'hf_secret', endpoint: 'https://mirror.org' });
  leave();
  expect(written).toHaveLength(1);
  expect(written[0]).not.toContain('secret');
  expect(recall('hub', keptHub(freshHub), { getItem: () => written[0]!, setItem: () => {} }).endpoint).toBe('https://mirror.org');
});
