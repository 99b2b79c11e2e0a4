/**
 * Actions about the Hub: look at a repository, download and open it, pause the download, and manage the models cached in this browser.
 * A download that ends early, by a cancel or an error, keeps what it has; the offer is requested again so that the page shows how much.
 */
import { engine } from '../client/engine.ts';
import type { CachedModel, HubOffer, HubRepository } from '../protocol/model.ts';
import { askedRepository, type HubState, hubStore, isAbout, tokenFor, withWritten } from './hub.ts';
import { forgetSearch } from './hub-search.ts';
import { cancelTask, loadModel } from './model-actions.ts';
import { shapeOf } from './model-config.ts';
import { attempt, dismiss } from './pending.ts';
import { planningStore, triedSettings } from './planning.ts';
import { adoptTried } from './planning-actions.ts';
import { settingsStore } from './settings.ts';

export async function lookAtHub(): Promise<void> {
  const asked = askedRepository(hubStore.getState());
  const offer = await attempt('model', 'hub-offer', () => engine().hubOffer(asked));
  if (isAbout(offer ?? null, hubStore.getState())) hubStore.setState({ offer: offer! });
  else if (!isSame(asked)) dismiss('hub-offer'); // about what was typed before
}

function isSame(asked: HubRepository): boolean {
  return JSON.stringify(asked) === JSON.stringify(askedRepository(hubStore.getState()));
}

/** What is written into the form. Errors and questions about another repository than the one that stands there go. */
export function writeHub(values: Partial<HubState>): void {
  const before = hubStore.getState();
  const asked = askedRepository(before);
  hubStore.setState(withWritten(before, values));
  if (isSame(asked)) return;
  for (const action of ['hub-offer', 'load-hub']) dismiss(action);
  void cancelTask('hub-offer');
  if (asked.endpoint !== askedRepository(hubStore.getState()).endpoint) forgetSearch();
  if (asked.repository !== askedRepository(hubStore.getState()).repository) planningStore.setState({ recipe: null, tried: {} }); // what was tried was tried on another model
}

/** Downloads what is missing of the offered commit and opens it. */
export async function openOffer(offer: HubOffer): Promise<void> {
  const { repository, revision, endpoint, commit, config } = offer;
  const asked = { repository, revision, endpoint, ...tokenFor(hubStore.getState(), endpoint) };
  await askToKeep();
  const opened = await loadModel({ kind: 'hub', commit, ...asked }, () => openOffer(offer));
  if (opened) {
    adoptTried(triedSettings(shapeOf(config), settingsStore.getState(), planningStore.getState()));
    hubStore.setState({ open: false, offer: null });
  } else await refreshOffer(asked);
  await listCachedModels();
}

/** A cached model: opened as it is when it is whole; else its download goes on. */
export async function openCached({ repository, revision, endpoint, complete }: CachedModel): Promise<void> {
  if (!complete) await askToKeep();
  await loadModel({ kind: 'hub', repository, revision, endpoint, ...tokenFor(hubStore.getState(), endpoint) });
  await listCachedModels();
}

/** Refreshes the offer that is shown, silently if the Hub does not answer now. */
async function refreshOffer(asked: HubRepository): Promise<void> {
  if (!isAbout(hubStore.getState().offer, hubStore.getState())) return;
  const offer = await engine()
    .hubOffer(asked)
    .catch(() => null);
  if (offer && hubStore.getState().offer?.repository === asked.repository) hubStore.setState({ offer });
}

/** Only the page, not its worker, may request persistent storage. A refusal changes only the text of the offer. */
async function askToKeep(): Promise<void> {
  await navigator.storage?.persist?.().catch(() => false);
}

export async function pauseDownload(paused: boolean): Promise<void> {
  // StateError: the download ended meanwhile, so there is nothing to hold.
  await attempt('model', 'pause-download', () => engine().pauseDownload(paused), { quiet: ['StateError'] });
}

export async function listCachedModels(): Promise<void> {
  await attempt('model', 'list-cached', () => engine().listCachedModels());
}

export async function deleteCachedModel(id: string): Promise<void> {
  await attempt('model', 'delete-cached', () => engine().deleteCachedModel(id));
  await listCachedModels();
  const { offer } = hubStore.getState();
  if (offer) await refreshOffer(askedRepository(hubStore.getState()));
}
