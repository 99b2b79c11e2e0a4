/** Getting a model from the Hub: the form, and the Hub's answer. The token is never stored: it lasts as long as the page. */
import { createStore } from 'zustand/vanilla';
import type { HubOffer, HubRepository } from '../protocol/model.ts';

export const HUGGING_FACE = 'https://huggingface.co';

export interface HubState {
  /** The form is unfolded. */
  open: boolean;
  repository: string;
  revision: string;
  endpoint: string;
  token: string;
  /** The Hub's last answer, about the repository that `offer` names; the form may have changed since. */
  offer: HubOffer | null;
}

export const freshHub: HubState = {
  open: false,
  repository: 'openai/gpt-oss-20b',
  revision: 'main',
  endpoint: HUGGING_FACE,
  token: '',
  offer: null,
};

export const hubStore = createStore<HubState>(() => freshHub);

/** What a reload brings back: what was written, but the token. */
export function keptHub({ repository, revision, endpoint }: HubState): Pick<HubState, 'repository' | 'revision' | 'endpoint'> {
  return { repository, revision, endpoint };
}

const NAME = '[A-Za-z0-9][A-Za-z0-9._-]*';
const ID = new RegExp(`^${NAME}/${NAME}$`);

export interface HubProblems {
  repository?: string;
  revision?: string;
  endpoint?: string;
}

/** What is wrong with the form, by field; empty when it is valid. */
export function hubProblems({ repository, revision, endpoint }: Pick<HubState, 'repository' | 'revision' | 'endpoint'>): HubProblems {
  const id = repository.trim();
  const wrongId = !ID.test(id) || id.includes('..') || id.includes('--');
  return {
    ...(wrongId && { repository: 'Write it as owner/name, for example openai/gpt-oss-20b.' }),
    ...(/[\s?#\\]|\.\./.test(revision.trim()) && { revision: 'A branch, a tag or a commit, for example main.' }),
    ...(!isAddress(endpoint) && { endpoint: 'An address such as https://huggingface.co.' }),
  };
}

function isAddress(text: string): boolean {
  try {
    const url = new URL(text.trim());
    return (url.protocol === 'https:' || url.protocol === 'http:') && url.username === '' && url.search === '' && url.hash === '';
  } catch {
    return false;
  }
}

/** A pasted address of a repository, such as https://huggingface.co/openai/gpt-oss-20b/tree/main, as the fields it stands for. */
export function readAddress(text: string): Partial<Pick<HubState, 'repository' | 'revision' | 'endpoint'>> | null {
  if (!isAddress(text)) return null;
  const url = new URL(text.trim());
  const [owner, name, kind, ...rest] = url.pathname.split('/').filter(Boolean);
  if (!owner || !name) return null;
  const revision = (kind === 'tree' || kind === 'blob' || kind === 'resolve') && rest[0] ? rest[0] : undefined;
  return { repository: `${owner}/${name}`, endpoint: url.origin, ...(revision && { revision }) };
}

/** The form as the engine is asked; an empty revision is main. */
export function askedRepository({ repository, revision, endpoint, token }: HubState): HubRepository {
  return {
    repository: repository.trim(),
    revision: revision.trim() || 'main',
    endpoint: endpoint.trim().replace(/\/+$/, ''),
    ...(token.trim() && { token: token.trim() }),
  };
}

/** The token for an endpoint: the one that was typed, where it was typed for this one. */
export function tokenFor(state: HubState, endpoint: string): Pick<HubRepository, 'token'> {
  const asked = askedRepository(state);
  return asked.token && asked.endpoint === endpoint ? { token: asked.token } : {};
}

/** What is written into the form; a token does not stay for another endpoint. */
export function withWritten(state: HubState, values: Partial<HubState>): HubState {
  const next = { ...state, ...values };
  const same = askedRepository(next).endpoint === askedRepository(state).endpoint;
  return same ? next : { ...next, token: '' };
}

/** Whether an offer is about the current form. */
export function isAbout(offer: HubOffer | null, state: HubState): offer is HubOffer {
  if (!offer) return false;
  const asked = askedRepository(state);
  return offer.repository === asked.repository && offer.revision === asked.revision && offer.endpoint === asked.endpoint;
}
