/**
 * The compare place: the question, the languages, which columns to run and how to sample. The answers themselves are facts of the engine;
 * this store remembers the request they belong to.
 */
import { createStore } from 'zustand/vanilla';
import type { DatasetSummary, ThinkMode } from '../protocol/dataset.ts';
import type { AskColumn, AskRequest, ColumnSource, SamplingSettings } from '../protocol/generation.ts';
import { samplingProblems } from '../protocol/sampling.ts';
import type { RunRecord } from '../protocol/training.ts';
import { type AskRow, type ChosenAdapter, rowKey } from './compare-rows.ts';
import { datasetLanguages } from './settings.ts';

export type CompareMode = 'base' | 'adapter' | 'both';
export type ThinkChoice = ThinkMode | 'both';

export interface CompareState {
  question: string;
  /** English names; '' requests no language. Empty until the first dataset or run names some. */
  languages: string[];
  languagesChosen: boolean;
  /** The language to answer in: '' requests none, SAME that of the reasoning, QUESTION that of the question; or an English name. */
  answerIn: string;
  /** The run whose languages were taken over. */
  run: string | null;
  mode: CompareMode;
  /** For models that have the switch. */
  thinking: ThinkChoice;
  usePeer: boolean;
  /** Kept adapters with rows of their own. */
  further: ChosenAdapter[];
  sampling: SamplingSettings;
  request: AskRequest | null;
  /** Rows of cells whose reasoning is folded away, by their key. */
  folded: Record<string, boolean>;
}

/** No language is called so. */
export const SAME = 'same';
export const QUESTION = 'question';

export const freshCompare: CompareState = {
  question: '',
  languages: [],
  languagesChosen: false,
  answerIn: '',
  run: null,
  mode: 'both',
  thinking: 'think',
  usePeer: true,
  further: [],
  sampling: { temperature: 0, top_k: 0, top_p: 1, min_p: 0, max_new_tokens: 192, seed: 1 },
  request: null,
  folded: {},
};

export const compareStore = createStore<CompareState>(() => freshCompare);

export function setLanguages(languages: string[]): void {
  compareStore.setState({ languages: [...new Set(languages)], languagesChosen: true });
}

/** Rows of their own for kept adapters, beside those that have one. */
export function askBeside(adapters: readonly ChosenAdapter[]): void {
  const added = adapters.map(({ id, name }) => ({ id, name }));
  compareStore.setState(({ further }) => ({ further: [...further.filter(({ id }) => !added.some((one) => one.id === id)), ...added] }));
}

/** Most languages that are asked without being chosen one by one. */
const MOST_ASKED = 10;
const ASKED_AT_FIRST = 5;

/** Another dataset: its own languages, whatever was chosen among those of the last one. */
export function askLanguagesOf(dataset: DatasetSummary): void {
  compareStore.setState({ languages: datasetLanguages(dataset).slice(0, ASKED_AT_FIRST), languagesChosen: false, run: null });
}

/** After a run: the languages that were trained, once a run. */
export function askTrainedLanguages({ id, settings }: RunRecord, dataset: DatasetSummary | null): void {
  if (compareStore.getState().run === id) return;
  const trained = (settings.encoding.languages ?? datasetLanguages(dataset)).filter((language) => language !== '');
  compareStore.setState({ run: id, ...(trained.length > 0 && { languages: trained.slice(0, MOST_ASKED), languagesChosen: false }) });
}

/** What was kept of an earlier visit, as far as it can be used. */
export function recalledCompare(kept: CompareState): CompareState {
  const { languages, answerIn, sampling, mode, thinking, further } = kept;
  const good = samplingProblems(sampling).length === 0;
  return {
    ...kept,
    languages: languages.filter((language) => typeof language === 'string'),
    answerIn: typeof answerIn === 'string' ? answerIn : freshCompare.answerIn,
    sampling: good ? sampling : freshCompare.sampling,
    mode: ['base', 'adapter', 'both'].includes(mode) ? mode : freshCompare.mode,
    thinking: ['think', 'no_think', 'both'].includes(thinking) ? thinking : freshCompare.thinking,
    further: further.filter((chosen) => typeof chosen?.id === 'string' && typeof chosen.name === 'string'),
    request: null,
  };
}

export function setSampling(change: Partial<SamplingSettings>): void {
  compareStore.setState((state) => ({ sampling: { ...state.sampling, ...change } }));
}

/** Who is asked beside further adapters, in the order of the rows. */
export function sourcesOf(mode: CompareMode, hasAdapter: boolean, peer: boolean): ColumnSource[] {
  const own: ColumnSource[] = !hasAdapter || mode === 'base' ? ['base'] : mode === 'adapter' ? ['adapter'] : ['base', 'adapter'];
  return peer ? [...own, 'peer'] : own;
}

/** The modes that are asked; none where the model has no switch between them. */
export function modesOf(choice: ThinkChoice, switches: boolean): ThinkMode[] {
  if (!switches) return [];
  return choice === 'both' ? ['think', 'no_think'] : [choice];
}

function columnId(row: string, language: string, mode?: ThinkMode): string {
  return `${row}${mode ? `:${mode}` : ''}/${language}`;
}

const answerLanguage = (language: string): Pick<AskColumn, 'answer_language'> => (language === '' ? {} : { answer_language: language });

/** A peer has one column a language: whether its own template knows modes is not known here. */
export function makeRequest(
  state: CompareState,
  rows: readonly AskRow[],
  modes: readonly ThinkMode[],
  { date, id }: Pick<AskRequest, 'date' | 'id'>,
): AskRequest {
  const columns: AskColumn[] = rows.flatMap((row) =>
    state.languages.flatMap((language) =>
      (row.source === 'peer' || modes.length === 0 ? [undefined] : modes).map((mode) => ({
        id: columnId(rowKey(row), language, mode),
        ...row,
        reasoning_language: language === '' ? null : language,
        ...answerLanguage(state.answerIn === SAME ? language : state.answerIn),
        ...(mode && { thinking: mode }),
      })),
    ),
  );
  return { id, conversation: { messages: [{ role: 'user', content: state.question.trim() }] }, columns, sampling: state.sampling, date };
}

/** Languages of a request and its rows of cells, in order, for drawing its grid: of each language and row one cell, or one a mode. */
export function gridOf({ columns }: AskRequest): {
  languages: string[];
  rows: number;
  cells: number;
  of: (language: string) => AskColumn[][];
} {
  const rows = [...new Set(columns.map(rowKey))];
  const of = (language: string): AskColumn[][] =>
    rows.map((row) => columns.filter((c) => rowKey(c) === row && (c.reasoning_language ?? '') === language));
  const languages = [...new Set(columns.map((c) => c.reasoning_language ?? ''))];
  const cells = Math.max(1, ...of(languages[0] ?? '').map((row) => row.length));
  return { languages, rows: rows.length, cells, of };
}
