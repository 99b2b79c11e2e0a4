/**
 * An evaluation as it is asked for, runs, and is kept: a choice of questions x languages x columns x samples, and the answers. What the answers come to is
 * in evaluation.ts. Each answer is kept as soon as it is judged, so that one that was interrupted goes on where it stood.
 */
import type { ThinkMode } from './dataset.ts';
import type { EvaluationSample, Figures, PairedComparison, Question } from './evaluation.ts';
import type { SamplingSettings } from './generation.ts';
import { show } from './rules.ts';
import { samplingProblems } from './sampling.ts';

/** The column of the model alone. */
export const BASE = 'base';

/** Who answers. */
export interface EvaluationColumn {
  /** In samples, and the same in all results: `base`, or a kept adapter's id. */
  id: string;
  label: string;
}

/**
 * Which language the reasoning is asked for in: the question's own, none, or one for all, by its English name. `begun`: the question's own, as self-distillation
 * asks for it: by an instruction in that language and the first sentence of the thought.
 */
export type ReasoningChoice = { kind: 'question' } | { kind: 'begun' } | { kind: 'none' } | { kind: 'language'; language: string };

export interface EvaluationSettings {
  /** `base`, and ids of kept adapters. */
  columns: string[];
  /** Of the set's questions; '' are those whose file names none. */
  languages: string[];
  /** Questions of each language, the same ones in all; null: all there are. */
  questions: number | null;
  /** Which questions, where not all. */
  choice_seed: number;
  /** Answers to each question. */
  samples: number;
  reasoning: ReasoningChoice;
  /** The answer is asked for in the question's language; its adherence to it is counted either way. */
  answer_language: boolean;
  sampling: SamplingSettings;
  /** For models that have the switch. */
  thinking?: ThinkMode;
  /** YYYY-MM-DD. */
  date: string;
}

export type EvaluationPhase = 'running' | 'paused' | 'done' | 'failed';

/** All that is known of an evaluation but its answers. */
export interface EvaluationRecord {
  id: string;
  name: string;
  /** ISO date. */
  started: string;
  phase: EvaluationPhase;
  /** Why it failed. */
  message?: string;
  set: { id: string; name: string };
  model: { name: string; hash: string };
  columns: EvaluationColumn[];
  settings: EvaluationSettings;
  /** Rows that decode together; kept, since a GPU rounds by it. */
  batch: number;
  /** As chosen, in the set's order. */
  questions: Question[];
  /** Answers in all, and those that there are. */
  total: number;
  done: number;
  /** Written by the answers that there are. */
  tokens: number;
  /** Of work, pauses left out. */
  seconds: number;
  /** In this browser's storage. */
  bytes: number;
}

/** Without the questions: for lists. */
export type EvaluationSummary = Omit<EvaluationRecord, 'questions'> & { questions: number };

/** What kept results take of the browser's storage, in bytes and in results, and which goes when the next one begins; null: there is a place. */
export interface ResultsRoom {
  used: number;
  limit: number;
  most: number;
  leaving: string | null;
}

/** How far the one under way is. */
export interface EvaluationProgress {
  id: string;
  phase: EvaluationPhase;
  message?: string;
  done: number;
  total: number;
  tokens: number;
  seconds: number;
  /** New tokens a second of this session's work; null: not known yet. */
  rate: number | null;
  /** Seconds left at that rate; null: not known yet. */
  left: number | null;
}

/** What is known before the first token. */
export interface EvaluationForecast {
  answers: number;
  questions: number;
  /** Of all prompts together. */
  prompt_tokens: number;
  /** If every answer took max_new_tokens. */
  most_tokens: number;
  /** Questions that leave no place for an answer, as a sentence; null: all have. */
  problem: string | null;
}

/** Figures by column id, in the record's order. */
export interface EvaluationTable {
  record: EvaluationRecord;
  columns: { id: string; label: string; figures: Figures }[];
}

/** A column of a kept result. */
export interface ColumnOf {
  evaluation: string;
  column: string;
}

/** By how much `second` is right more often than `first`, question by question; of answers to different questions, those that both answered. */
export interface ComparedColumns extends PairedComparison {
  first: string;
  second: string;
}

export type AnswerFilter = 'all' | 'right' | 'wrong' | 'unreadable' | 'other-language' | 'cut';

export interface AnswersQuestion {
  evaluation: string;
  column: string;
  /** null: all. */
  language: string | null;
  filter: AnswerFilter;
  /** From 0. */
  from: number;
  count: number;
}

/** An answer beside its question. */
export interface ShownAnswer {
  sample: EvaluationSample;
  question: Pick<Question, 'id' | 'language' | 'question' | 'gold' | 'row' | 'file'>;
}

export interface ShownAnswers {
  /** That pass the filter. */
  total: number;
  answers: ShownAnswer[];
}

export type EvaluationFormat = 'csv' | 'json' | 'markdown' | 'answers';

/** Whether a sample passes a filter. */
export const ANSWER_FILTERS: Readonly<Record<AnswerFilter, (sample: EvaluationSample) => boolean>> = {
  all: () => true,
  right: ({ right }) => right === true,
  wrong: ({ right }) => right === false,
  unreadable: ({ parsed, right }) => parsed === null && right === false,
  'other-language': ({ thought }) => typeof thought?.share === 'number' && thought.share < 0.5,
  cut: ({ stop }) => stop === 'length',
};

const MOST_SAMPLES = 64;

/** Clauses; none where the settings are good. */
export function evaluationProblems(settings: EvaluationSettings): string[] {
  const problems = samplingProblems(settings.sampling);
  const whole = (name: string, value: number, most: number): void => {
    if (!Number.isInteger(value) || value < 1 || value > most)
      problems.push(`${name} is ${value} and must be a whole number from 1 to ${most}`);
  };
  whole('samples', settings.samples, MOST_SAMPLES);
  if (settings.questions !== null) whole('questions', settings.questions, 1_000_000);
  if (!Number.isInteger(settings.choice_seed) || settings.choice_seed < 0)
    problems.push(`choice_seed is ${show(settings.choice_seed)} and must be a whole number from 0`);
  if (!['question', 'begun', 'none', 'language'].includes(settings.reasoning.kind))
    problems.push(`reasoning is ${show(settings.reasoning)} and must be of the kind question, begun, none or language`);
  if (settings.reasoning.kind === 'language' && settings.reasoning.language.trim() === '')
    problems.push('no language to reason in is chosen');
  if (settings.columns.length === 0) problems.push('no column is chosen; choose the base model or the adapter');
  if (settings.languages.length === 0) problems.push('no language is chosen');
  if (settings.samples > 1 && settings.sampling.temperature === 0)
    problems.push('with temperature 0 all samples of a question are the same; set samples to 1, or a temperature above 0');
  return problems;
}

/** The powers of two up to n, and n: Pass@k for each. */
export function ksOf(samples: number): number[] {
  const ks = [1, 2, 4, 8, 16, 32, 64].filter((k) => k < samples);
  return [...ks, samples];
}

export function summaryOf({ questions, ...record }: EvaluationRecord): EvaluationSummary {
  return { ...record, questions: questions.length };
}
