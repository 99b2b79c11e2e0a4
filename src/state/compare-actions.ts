/** Actions of Compare: ask one question in several columns, stop, and load or remove a peer model. */
import { engine } from '../client/engine.ts';
import type { PeerSource } from '../protocol/engine.ts';
import type { MarkedSentence } from '../protocol/generation.ts';
import { compareStore, makeRequest, modesOf, sourcesOf } from './compare.ts';
import { rowsOf } from './compare-rows.ts';
import { facts } from './facts.ts';
import { attempt } from './pending.ts';
import { settingsStore } from './settings.ts';

export async function ask(): Promise<void> {
  const state = compareStore.getState();
  const { adapter, peer, model, kept } = facts.getState();
  const sources = sourcesOf(state.mode, adapter !== null, state.usePeer && peer !== null);
  const { date } = settingsStore.getState().settings.encoding;
  const modes = modesOf(state.thinking, model?.thinking === 'switch');
  const request = makeRequest(state, rowsOf(sources, state.further, kept), modes, { date, id: `ask-${Date.now().toString(36)}` });
  compareStore.setState({ request });
  await attempt('compare', 'ask', () => engine().ask(request));
}

export async function stopAsking(): Promise<void> {
  await attempt('compare', 'stop-ask', () => engine().cancelAsk());
}

/** The sentences of a finished thought with their languages; without them where the engine cannot say, since the text reads as well unmarked. */
export async function markThought(text: string, requested: string, share: number | null): Promise<MarkedSentence[]> {
  return engine()
    .markSentences(text, requested, share)
    .catch(() => []);
}

export async function loadPeer(source: PeerSource): Promise<void> {
  await attempt('compare', 'load-peer', () => engine().loadPeer(source), { again: () => loadPeer(source) });
}

export async function removePeer(): Promise<void> {
  await attempt('compare', 'remove-peer', () => engine().removePeer());
}
