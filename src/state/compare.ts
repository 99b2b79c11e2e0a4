/**
 * The compare place: the question, the languages, which columns to run and how to sample. The answers themselves are facts of the engine;
 * this store remembers the request they belong to.
 */
import { createStore } from 'zustand/vanilla';
import type { AskColumn, AskRequest, ColumnSource, SamplingSettings } from '../protocol/generation.ts';

export type CompareMode = 'base' | 'adapter' | 'both';

export interface CompareState {
  question: string;
  /** English names; '' requests no language. Empty until the first dataset or run names some. */
  languages: string[];
  languagesChosen: boolean;
  mode: CompareMode;
  usePeer: boolean;
  sampling: SamplingSettings;
  request: AskRequest | null;
  /** Rows of cells whose reasoning is folded away. */
  folded: Record<ColumnSource, boolean>;
}

export const freshCompare: CompareState = {
  question: '',
  languages: [],
  languagesChosen: false,
  mode: 'both',
  usePeer: true,
  sampling: { temperature: 0, top_k: 0, top_p: 1, min_p: 0, max_new_tokens: 192, seed: 1 },
  request: null,
  folded: { base: false, adapter: false, peer: false },
};

export const compareStore = createStore<CompareState>(() => freshCompare);

export function setLanguages(languages: string[]): void {
  compareStore.setState({ languages: [...new Set(languages)], languagesChosen: true });
}

export function setSampling(change: Partial<SamplingSettings>): void {
  compareStore.setState((state) => ({ sampling: { ...state.sampling, ...change } }));
}

/** The rows of cells a request has, in the order they are shown. */
export function sourcesOf(mode: CompareMode, hasAdapter: boolean, peer: boolean): ColumnSource[] {
  const own: ColumnSource[] = !hasAdapter || mode === 'base' ? ['base'] : mode === 'adapter' ? ['adapter'] : ['base', 'adapter'];
  return peer ? [...own, 'peer'] : own;
}

export function columnId(source: ColumnSource, language: string): string {
  return `${source}/${language}`;
}

export function makeRequest(state: CompareState, sources: ColumnSource[], date: string, id: string): AskRequest {
  const columns: AskColumn[] = sources.flatMap((source) =>
    state.languages.map((language) => ({ id: columnId(source, language), source, reasoning_language: language === '' ? null : language })),
  );
  return { id, conversation: { messages: [{ role: 'user', content: state.question.trim() }] }, columns, sampling: state.sampling, date };
}

/** Languages and sources of a request, in order, for drawing its grid. */
export function gridOf(request: AskRequest): { languages: string[]; sources: ColumnSource[] } {
  return {
    languages: [...new Set(request.columns.map((c) => c.reasoning_language ?? ''))],
    sources: [...new Set(request.columns.map((c) => c.source))],
  };
}
