/** A dataset from the Hub: the form, and which files its repository has. The token lasts as long as the page. */
import { createStore } from 'zustand/vanilla';
import { engine } from '../client/engine.ts';
import type { DatasetFile, HubDatasetOffer } from '../protocol/dataset.ts';
import type { HubRepository } from '../protocol/model.ts';
import { readDataset } from './data-actions.ts';
import { HUGGING_FACE, readAddress } from './hub.ts';
import { cancelTask } from './model-actions.ts';
import { attempt, dismiss } from './pending.ts';

export interface HubDataState {
  repository: string;
  revision: string;
  endpoint: string;
  token: string;
  /** About the repository that stands in the form; null once another is written. */
  offer: HubDatasetOffer | null;
  /** Of the offer's files. */
  path: string;
}

export const hubDataStore = createStore<HubDataState>(() => ({
  repository: '',
  revision: 'main',
  endpoint: HUGGING_FACE,
  token: '',
  offer: null,
  path: '',
}));

const LOOK = 'hub-dataset';

function asked({ repository, revision, endpoint, token }: HubDataState): HubRepository {
  return {
    repository: repository.trim(),
    revision: revision.trim() || 'main',
    endpoint: endpoint.trim().replace(/\/+$/, ''),
    ...(token.trim() && { token: token.trim() }),
  };
}

/** `owner/name`, or a pasted address of a dataset on a Hub, with the file that it names. */
export function readDatasetName(text: string): Partial<HubDataState> {
  const match = /^(https?:\/\/[^/]+)\/datasets\/(.+)$/.exec(text.trim());
  const fields = match && readAddress(`${match[1]}/${match[2]}`);
  if (!fields) return { repository: text };
  const [, , kind, , ...path] = new URL(`${match[1]}/${match[2]}`).pathname.split('/').filter(Boolean);
  const names = kind === 'blob' || kind === 'resolve';
  return { ...fields, path: names ? path.map(decodeURIComponent).join('/') : '' };
}

/** What was found is about the repository that stood there, and so are errors; a token stays with its endpoint. */
export function writeHubData(values: Partial<HubDataState>): void {
  const before = hubDataStore.getState();
  const next = { ...before, ...values };
  if (asked(next).endpoint !== asked(before).endpoint) next.token = values.token ?? '';
  const other = JSON.stringify(asked(next)) !== JSON.stringify(asked(before));
  hubDataStore.setState(other ? { ...next, offer: null, path: values.path ?? '' } : next);
  if (!other) return;
  dismiss(LOOK);
  void cancelTask(LOOK);
}

export async function lookAtDataset(): Promise<void> {
  const about = asked(hubDataStore.getState());
  const offer = await attempt('data', LOOK, () => engine().hubDataset(about));
  const state = hubDataStore.getState();
  if (JSON.stringify(asked(state)) !== JSON.stringify(about)) {
    dismiss(LOOK); // about what was written before
    return;
  }
  const path = offer?.files.find((file) => file.path === state.path)?.path ?? offer?.files[0]?.path ?? '';
  hubDataStore.setState({ offer: offer ?? null, path });
}

/** Opens the chosen file at the commit that was listed. */
export async function openHubDataset(): Promise<boolean> {
  const state = hubDataStore.getState();
  const { offer, path } = state;
  if (!offer) return false;
  return readDataset({ kind: 'hub', ...asked(state), revision: offer.commit, path });
}

/** Splits in the order of their files, and the files of one. */
export function splitsOf({ files }: HubDatasetOffer): string[] {
  return [...new Set(files.map(({ split }) => split))];
}

export function filesOf({ files }: HubDatasetOffer, path: string): DatasetFile[] {
  const split = files.find((file) => file.path === path)?.split;
  return files.filter((file) => file.split === split);
}
