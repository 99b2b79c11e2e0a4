/** The words around an answer, in its cell and in the reader: the model's name, the share of the reasoning in the language, how it ended. */
import { formatPercent } from '../../../lib/format.ts';
import { unjudgedWords } from '../../../lib/language/unjudged.ts';
import type { ColumnSource, ColumnState, StopReason } from '../../../protocol/generation.ts';

const SOURCES: Record<ColumnSource, string> = { base: 'Base', adapter: 'Adapter', peer: 'Peer' };
const STOPS: Record<StopReason, string> = { eos: 'finished', length: 'token limit reached', cancelled: 'stopped', error: 'failed' };

export function sourceName(source: ColumnSource, peer: string | null): string {
  return source === 'peer' && peer ? (peer.split('/').at(-1) ?? peer) : SOURCES[source];
}

export function shareLabel(state: ColumnState | undefined, language: string): string {
  const ratio = state?.share ?? null;
  if (language === '') return '';
  return ratio === null ? (state?.stop ? unjudgedWords(state.unjudged) : '') : `${formatPercent(ratio)} in ${language}`;
}

export function stopLabel(state: ColumnState | undefined, ended: boolean): string {
  return state?.stop ? STOPS[state.stop] : ended ? 'stopped' : '';
}

export function answerText(state: ColumnState | undefined): string {
  return state?.error ?? [state?.content, state?.rest].filter(Boolean).join('\n');
}
