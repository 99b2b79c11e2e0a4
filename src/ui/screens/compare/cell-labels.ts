/** The words around an answer, in its cell and in the reader: the model's name, the share of the reasoning in the language, how it ended; and what is read beside it. */
import { formatPercent } from '../../../lib/format.ts';
import { unjudgedWords } from '../../../lib/language/unjudged.ts';
import type { AskColumn, AskRequest, ColumnSource, ColumnState, StopReason } from '../../../protocol/generation.ts';

const SOURCES: Record<ColumnSource, string> = { base: 'Base', adapter: 'Adapter', kept: 'Adapter', peer: 'Peer' };
const STOPS: Record<StopReason, string> = { eos: 'finished', length: 'token limit reached', cancelled: 'stopped', error: 'failed' };

function sourceName(source: ColumnSource, peer: string | null): string {
  return source === 'peer' && peer ? (peer.split('/').at(-1) ?? peer) : SOURCES[source];
}

/** By which model and, where it was asked for, in which mode. */
export function answererName({ source, name, thinking }: AskColumn, peer: string | null): string {
  return `${name ?? sourceName(source, peer)}${thinking ? `, ${thinking === 'think' ? 'think' : 'no think'}` : ''}`;
}

/** Answered at once, as it was asked to: there is no reasoning to show or to judge. */
export function isWithoutReasoning(state: ColumnState | undefined, { thinking }: AskColumn): boolean {
  return thinking === 'no_think' && !state?.thinking;
}

export function shareLabel(state: ColumnState | undefined, column: AskColumn): string {
  const ratio = state?.share ?? null;
  const language = column.reasoning_language ?? '';
  if (isWithoutReasoning(state, column)) return state?.stop ? 'no reasoning, as asked' : '';
  if (language === '') return '';
  return ratio === null ? (state?.stop ? unjudgedWords(state.unjudged) : '') : `${formatPercent(ratio)} in ${language}`;
}

/** The same of the answer; '' where no language was asked for it. */
export function answerShareLabel(state: ColumnState | undefined, { answer_language }: AskColumn): string {
  if (answer_language === undefined || !state?.stop) return '';
  const { answer_share: ratio = null, answer_unjudged } = state;
  if (ratio !== null) return `answer ${formatPercent(ratio)} in ${answer_language}`;
  return answer_unjudged === 'empty' ? 'no answer' : `answer ${unjudgedWords(answer_unjudged)}`;
}

export function stopLabel(state: ColumnState | undefined, ended: boolean): string {
  return state?.stop ? STOPS[state.stop] : ended ? 'stopped' : '';
}

export function answerText(state: ColumnState | undefined): string {
  return state?.error ?? [state?.content, state?.rest].filter(Boolean).join('\n');
}

/** What stands beside a column when it is opened: the same language by the other model in the same mode, or else in the other mode. */
export function besides(request: AskRequest, column: string): string[] {
  const own = request.columns.find(({ id }) => id === column);
  const others = request.columns.filter(({ id, reasoning_language }) => id !== column && reasoning_language === own?.reasoning_language);
  const other = others.find(({ thinking }) => thinking === own?.thinking) ?? others[0];
  if (!other) return [column];
  return request.columns.indexOf(other) < request.columns.indexOf(own!) ? [other.id, column] : [column, other.id];
}
