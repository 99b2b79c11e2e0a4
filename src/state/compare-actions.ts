/** Actions of Compare: ask one question in several columns, stop, and load or remove a peer model. */
import { engine } from '../client/engine.ts';
import { languageName } from '../lib/language/names.ts';
import type { PeerSource } from '../protocol/engine.ts';
import type { AskRequest, MarkedSentence } from '../protocol/generation.ts';
import { compareStore, makeRequest, modesOf, QUESTION, sourcesOf } from './compare.ts';
import { rowsOf } from './compare-rows.ts';
import { facts } from './facts.ts';
import { attempt } from './pending.ts';
import { settingsStore } from './settings.ts';

export async function ask(): Promise<void> {
  await attempt('compare', 'ask', async () => {
    const request = await requestNow();
    compareStore.setState({ request });
    await engine().ask(request);
  });
}

async function requestNow(): Promise<AskRequest> {
  const state = compareStore.getState();
  const { adapter, peer, model, kept } = facts.getState();
  const sources = sourcesOf(state.mode, adapter !== null, state.usePeer && peer !== null);
  const { date } = settingsStore.getState().settings.encoding;
  const modes = modesOf(state.thinking, model?.thinking === 'switch');
  const answerIn = state.answerIn === QUESTION ? await languageOfQuestion(state.question) : state.answerIn;
  return makeRequest({ ...state, answerIn }, rowsOf(sources, state.further, kept), modes, { date, id: `ask-${Date.now().toString(36)}` });
}

/** Its English name; '' where it is not clear, as of a sum: then none is requested. */
async function languageOfQuestion(question: string): Promise<string> {
  const code = (await markThought(question, '', null)).find((sentence) => sentence.code !== null)?.code ?? null;
  return code === null ? '' : languageName(code);
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
