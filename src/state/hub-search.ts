/**
 * Searching the Hub by words. Nothing is sent while one types: a search is one request, when it is asked for. The same search again while it is under
 * way changes nothing, another one ends it, and what was found goes when the endpoint changes. Whether a result fits is the planner's answer.
 */
import { createStore } from 'zustand/vanilla';
import { engine } from '../client/engine.ts';
import type { FoundModel, HubFindings } from '../protocol/hub-search.ts';
import { askedRepository, hubStore } from './hub.ts';
import { cancelTask } from './model-actions.ts';
import { fitOf, type KnownFit } from './model-list.ts';
import { attempt, dismiss } from './pending.ts';
import { planningStore } from './planning.ts';

export interface HubSearchState {
  text: string;
  /** What was asked last and is under way. */
  asked: string | null;
  found: HubFindings | null;
  /** By repository, for `gpu_bytes`. */
  fits: Readonly<Record<string, KnownFit>>;
  gpu_bytes: number | null;
}

const fresh: HubSearchState = { text: '', asked: null, found: null, fits: {}, gpu_bytes: null };

export const hubSearchStore = createStore<HubSearchState>(() => fresh);

const SEARCH = 'hub-search';

export async function searchHub(): Promise<void> {
  const { text, asked } = hubSearchStore.getState();
  const { endpoint, token } = askedRepository(hubStore.getState());
  const question = { text: text.trim(), endpoint, ...(token && { token }) };
  const key = JSON.stringify(question);
  if (question.text === '' || key === asked) return;
  hubSearchStore.setState({ asked: key });
  const found = await attempt('model', SEARCH, () => engine().searchHub(question));
  if (hubSearchStore.getState().asked !== key) return;
  hubSearchStore.setState({ asked: null, ...(found && { found, fits: {}, gpu_bytes: null }) });
}

/** An emptied field brings back the list of known models. */
export function writeSearch(text: string): void {
  hubSearchStore.setState({ text });
  if (text === '') forgetSearch();
}

/** What was found, what is under way and what went wrong. */
export function forgetSearch(): void {
  hubSearchStore.setState({ asked: null, found: null, fits: {}, gpu_bytes: null });
  dismiss(SEARCH);
  void cancelTask(SEARCH);
}

/** Asks the planner about every result whose sizes are known, one after the other; a second call for the same GPU and results does nothing. */
export async function fitFound(): Promise<void> {
  const { gpu_bytes } = planningStore.getState();
  const { found, gpu_bytes: before } = hubSearchStore.getState();
  if (!found || gpu_bytes === null || before === gpu_bytes) return;
  hubSearchStore.setState({ gpu_bytes, fits: {} });
  const isCurrent = (): boolean => hubSearchStore.getState().found === found && hubSearchStore.getState().gpu_bytes === gpu_bytes;
  for (const { repository, config } of found.models) {
    const fit = config && (await fitOf(config, gpu_bytes).catch(() => null)); // the planner says why when the model is looked at
    if (!isCurrent()) return;
    if (fit) hubSearchStore.setState(({ fits }) => ({ fits: { ...fits, [repository]: fit } }));
  }
}

/** Results that run here, and the others. */
export function usable({ models }: HubFindings): [FoundModel[], FoundModel[]] {
  return [models.filter(({ problem }) => problem === undefined), models.filter(({ problem }) => problem !== undefined)];
}
