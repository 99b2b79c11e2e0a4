/**
 * The place Evaluate: the questions chosen, what to ask of which columns, and what is looked at: a kept result, one of its figures, the answers behind a
 * number. Progress and the list of kept results are facts of the engine.
 */
import { createStore } from 'zustand/vanilla';
import { formatPlural } from '../lib/format.ts';
import { languageCode, languageName } from '../lib/language/index.ts';
import type { Estimate, GroupFigures, QuestionSet } from '../protocol/evaluation.ts';
import {
  type AnswerFilter,
  BASE,
  type ColumnOf,
  type ComparedColumns,
  type EvaluationForecast,
  type EvaluationSettings,
  type EvaluationTable,
  evaluationProblems,
  type ReasoningChoice,
  type ShownAnswers,
} from '../protocol/evaluation-run.ts';

export type ReasoningKind = ReasoningChoice['kind'];

/** What the user chose; the date and the id of the adapter that stands are put in when it starts. */
export type ChosenEvaluation = Omit<EvaluationSettings, 'date' | 'thinking'>;

/** Among the chosen columns: the adapter that stands, whichever that is. */
export const STANDING = 'adapter';

/** The answers behind a number. */
export interface AnswersView {
  evaluation: string;
  column: string;
  language: string | null;
  filter: AnswerFilter;
  /** From 0. */
  page: number;
}

export interface EvaluationState {
  set: QuestionSet | null;
  chosen: ChosenEvaluation;
  forecast: EvaluationForecast | null;
  /** Id of the result that is looked at. */
  opened: string | null;
  table: EvaluationTable | null;
  figure: FigureName;
  /** Two columns question by question. */
  pair: { first: ColumnOf; second: ColumnOf } | null;
  compared: ComparedColumns | null;
  /** Another result beside the opened one. */
  beside: EvaluationTable | null;
  view: AnswersView | null;
  answers: ShownAnswers | null;
}

export const ANSWERS_A_PAGE = 10;

const freshChosen: ChosenEvaluation = {
  columns: [BASE, STANDING],
  languages: [],
  questions: 20,
  choice_seed: 1,
  samples: 1,
  reasoning: { kind: 'question' },
  answer_language: false,
  sampling: { temperature: 0, top_k: 0, top_p: 1, min_p: 0, max_new_tokens: 256, seed: 1 },
};

export const freshEvaluation: EvaluationState = {
  set: null,
  chosen: freshChosen,
  forecast: null,
  opened: null,
  table: null,
  figure: 'avg',
  pair: null,
  compared: null,
  beside: null,
  view: null,
  answers: null,
};

export const evaluationStore = createStore<EvaluationState>(() => freshEvaluation);

export function choose(change: Partial<ChosenEvaluation>): void {
  evaluationStore.setState((state) => ({ chosen: { ...state.chosen, ...change } }));
}

/** Columns of their own for kept adapters, beside those that are chosen. */
export function evaluateBeside(ids: readonly string[]): void {
  const { columns } = evaluationStore.getState().chosen;
  choose({ columns: [...columns, ...ids.filter((id) => !columns.includes(id))] });
}

/** What was kept of an earlier visit, as far as it can be used. */
export function recalledEvaluation(kept: Pick<EvaluationState, 'chosen' | 'opened' | 'figure'>): Partial<EvaluationState> {
  const chosen = { ...freshChosen, ...kept.chosen, languages: [] };
  const good = evaluationProblems({ ...chosen, languages: ['x'], date: '' }).length === 0;
  return { opened: kept.opened, figure: kept.figure in FIGURES ? kept.figure : 'avg', ...(good && { chosen }) };
}

/** A language of a set as people say it: English names of codes, what a file calls it otherwise; null where it names none. */
export function nameOfLanguage(language: string): string | null {
  if (language === '') return null;
  const code = languageCode(language);
  return code === null ? language : languageName(code);
}

/** Another set: its own languages, as many as can be looked at beside each other. */
const LANGUAGES_AT_FIRST = 5;

export function adoptSet(set: QuestionSet): void {
  const { chosen } = evaluationStore.getState();
  const all = Object.keys(set.languages);
  const kept = chosen.languages.filter((language) => all.includes(language));
  const languages = kept.length > 0 ? kept : all.slice(0, LANGUAGES_AT_FIRST);
  evaluationStore.setState({ set, chosen: { ...chosen, languages }, forecast: null });
}

export type FigureName =
  | 'avg'
  | 'pass'
  | 'maj'
  | 'parsed'
  | 'given'
  | 'thought'
  | 'thought_lines'
  | 'answer'
  | 'answer_lines'
  | 'tokens'
  | 'seconds';

export interface Figure {
  label: string;
  help: string;
  unit: 'share' | 'tokens' | 'seconds';
  of(group: GroupFigures, samples: number): Estimate;
}

export const NO_ESTIMATE: Estimate = { mean: null, low: null, high: null };

export const FIGURES: Readonly<Record<FigureName, Figure>> = {
  avg: { label: 'Avg@n', help: 'Share of right answers, over all samples of a question.', unit: 'share', of: ({ avg }) => avg },
  pass: {
    label: 'Pass@n',
    help: 'Chance that at least one of n samples is right.',
    unit: 'share',
    of: ({ pass_at }, samples) => pass_at[samples] ?? NO_ESTIMATE,
  },
  maj: {
    label: 'Maj@n',
    help: 'Right by vote over the samples of a question; ties count by the share that is right.',
    unit: 'share',
    of: ({ maj }) => maj,
  },
  parsed: { label: 'Format rate', help: 'Share of answers that could be read as an answer.', unit: 'share', of: ({ parsed }) => parsed },
  given: {
    label: 'Accuracy given format',
    help: 'Share of right ones among answers that could be read. Avg@n is this times the format rate.',
    unit: 'share',
    of: ({ accuracy_given_parsed }) => accuracy_given_parsed,
  },
  thought: {
    label: 'Reasoning in the requested language',
    help: 'Share of the sentences of the reasoning.',
    unit: 'share',
    of: ({ thought }) => thought.share,
  },
  thought_lines: {
    label: 'Reasoning wholly in it',
    help: 'Share of answers whose every line of reasoning is in the requested language.',
    unit: 'share',
    of: ({ thought }) => thought.lines,
  },
  answer: {
    label: 'Answer in the question’s language',
    help: 'Share of the sentences of the answer.',
    unit: 'share',
    of: ({ answer }) => answer.share,
  },
  answer_lines: {
    label: 'Answer wholly in it',
    help: 'Share of answers whose every line is in the question’s language.',
    unit: 'share',
    of: ({ answer }) => answer.lines,
  },
  tokens: { label: 'Tokens', help: 'Of an answer with its reasoning.', unit: 'tokens', of: ({ tokens }) => tokens },
  seconds: {
    label: 'Time',
    help: 'From the first token of an answer to its last, beside others.',
    unit: 'seconds',
    of: ({ seconds }) => seconds,
  },
};

/** "Avg@4": the number of samples in the place of n. */
export function figureLabel(name: FigureName, samples: number): string {
  return FIGURES[name].label.replace('@n', `@${samples}`);
}

/** 0.8125 -> "81.2"; tokens and seconds with three figures. */
export function figureText(value: number | null, unit: Figure['unit']): string {
  if (value === null) return '–';
  if (unit === 'share') return (100 * value).toFixed(1);
  if (unit === 'tokens') return value >= 100 ? String(Math.round(value)) : value.toFixed(1);
  return value.toFixed(2);
}

export function unitText(unit: Figure['unit']): string {
  return unit === 'share' ? '%' : unit === 'seconds' ? 's' : 'tokens';
}

/** The comparison as a sentence. */
export function pairSentence({ first, second, all, unpaired }: ComparedColumns): string {
  const { questions, difference, better, worse, equal, p } = all;
  if (questions === 0 || difference.mean === null) return `${first} and ${second} have no scored question in common.`;
  const points = (value: number | null): string =>
    value === null ? '–' : `${value > 0 ? '+' : value < 0 ? '−' : ''}${Math.abs(100 * value).toFixed(1)}`;
  const { mean, low, high } = difference;
  const often = mean === 0 ? 'as often as' : `${Math.abs(100 * mean).toFixed(1)} points ${mean > 0 ? 'more' : 'less'} often than`;
  const chance = p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(p < 0.1 ? 3 : 2)}`;
  const verdict = p < 0.05 ? 'so the difference is hardly chance' : 'so it may be chance';
  const left =
    unpaired > 0 ? ` ${formatPlural(unpaired, 'question')} that only one of them answered ${unpaired === 1 ? 'is' : 'are'} left out.` : '';
  return `On ${formatPlural(questions, 'question')}, ${second} is right ${often} ${first} (95 % interval ${points(low)} to ${points(high)}): better on ${better}, worse on ${worse}, equal on ${equal}; sign test ${chance}, ${verdict}.${left}`;
}
