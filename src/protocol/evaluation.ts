/**
 * Evaluations: sets of questions, answers to them, and the figures made of those. A `QuestionSource` is read by `QuestionOptions` to a `QuestionSet`. A question is known by its language and id; the same id in another
 * language is the same problem, so that columns and languages can be compared question by question.
 */
import type { Unjudged } from '../lib/language/unjudged.ts';
import type { StopReason } from './generation.ts';
import type { FolderFile, HubRepository } from './model.ts';

/** Where a question set comes from. Several files are one set: a language each, or a level. */
export type QuestionSource =
  | { kind: 'bundled' }
  | { kind: 'file'; file: Blob; name: string }
  | { kind: 'folder'; files: FolderFile[]; name: string }
  | { kind: 'url'; url: string }
  | ({ kind: 'hub'; paths: string[] } & HubRepository)
  | { kind: 'pasted'; text: string };

/** Columns chosen by hand. Only `question` and `gold` are required. */
export interface QuestionMapping {
  question: string;
  gold: string;
  id?: string;
  language?: string;
  /** A list of options, of which the gold is one. */
  options?: string;
  /** A passage that the question is about, asked in front of it. */
  context?: string;
}

export interface QuestionOptions {
  mapping?: QuestionMapping;
  /** Of questions whose file does not say: name or code. */
  language?: string;
}

/** One of several answers to choose from, under the letter of its position. */
export interface QuestionOption {
  letter: string;
  text: string;
}

export interface Question {
  /** The file's own, else the row's position; the same in all languages. */
  id: string;
  /** Code of the question's language, else as the file has it; '' where nothing says. */
  language: string;
  /** As it is asked: options follow the question, a line each. */
  question: string;
  /** null: none is known, or none that is clear; then nothing of it is scored. */
  gold: string | null;
  /** Number in its file, from 1. */
  row: number;
  file: string;
  options?: QuestionOption[];
  /** English name of the language to think in, where the row states one; null: the row asks for none. */
  reasoning_language?: string | null;
}

/** What a reader found; `scored` false: the row's answers cannot be judged, or the row is no question at all. */
export interface QuestionProblem {
  file: string;
  /** null: about the file. */
  row: number | null;
  /** One sentence. */
  text: string;
  scored: boolean;
}

export interface QuestionSet {
  /** SHA-256 of the questions: equal sets are equal however they came. */
  id: string;
  name: string;
  questions: Question[];
  problems: QuestionProblem[];
  /** Questions by language, in falling order; '' where nothing says. */
  languages: Record<string, number>;
  columns: string[];
  /** Which columns were read as what; null: they could not be told, there are no questions, and columns must be chosen. */
  mapping: QuestionMapping | null;
  /** The first row, for choosing columns. */
  example: Record<string, unknown>;
}

/** How much of a text is in the language asked for. */
export interface TextAdherence {
  /** Share of its sentences; null where nothing can be judged, or none was asked for. */
  share: number | null;
  /** Every line with letters is in the language. */
  lines: boolean | null;
  /** No word is in a script of another language. */
  words: boolean | null;
  unjudged?: Unjudged;
}

/** What scoring needs of an answer. */
export interface JudgedAnswer {
  language: string;
  /** Id of the question. */
  question: string;
  /** What was read as the answer; null: nothing could be read. */
  parsed: string | null;
  /** Where another judge spoke: the answer as it read it, by which votes then go. */
  value?: string;
  /** null: the question has no gold. */
  right: boolean | null;
  /** Of the thought, and of the answer; absent where no language was asked for. */
  thought?: TextAdherence | null;
  answered?: TextAdherence | null;
  tokens?: number;
  /** Time of the answer, from its batch's start to its end. */
  seconds?: number;
}

/** One answer to one question of a set, judged. */
export interface EvaluationSample extends JudgedAnswer {
  /** Who answered: id of a column (base, an adapter, a checkpoint, with its settings). */
  column: string;
  /** 0 to n - 1. */
  sample: number;
  thinking: string;
  answer: string;
  /** One sentence of the judge. */
  why: string;
  tokens: number;
  seconds: number;
  stop: StopReason;
}

/** A mean over questions with its 95 % interval: percentiles of BOOTSTRAP_DRAWS resampled sets of questions. Null where it is not known. */
export interface Estimate {
  mean: number | null;
  low: number | null;
  high: number | null;
}

export const BOOTSTRAP_DRAWS = 10_000;
export const BOOTSTRAP_SEED = 0;

/** Means over a question's samples beside what is right about them. */
export interface TextFigures<Figure> {
  share: Figure;
  lines: Figure;
  words: Figure;
}

/** What is counted of a question, and averaged over questions. */
interface SharedFigures<Figure> {
  /** Share of right answers. */
  avg: Figure;
  /** Right by vote: among the most frequent answers, the share that is right. */
  maj: Figure;
  /** Format rate: share of samples with an answer that could be read. */
  parsed: Figure;
  /** avg = parsed x accuracy_given_parsed. */
  accuracy_given_parsed: Figure;
  /** By k: chance that at least one of k samples is right; null for n < k. */
  pass_at: Record<string, Figure>;
  thought: TextFigures<Figure>;
  answer: TextFigures<Figure>;
  tokens: Figure;
  seconds: Figure;
}

export interface QuestionFigures extends SharedFigures<number | null> {
  language: string;
  question: string;
  n: number;
  /** Right ones; null: the question has no gold, and counts in no accuracy. */
  c: number | null;
  /** Answers that share the first place of the vote; 0: one leads alone, or none could be read. */
  tied: number;
}

export interface GroupFigures extends SharedFigures<Estimate> {
  /** Questions that are scored. */
  questions: number;
  /** Questions without a gold. */
  unscored: number;
  samples: number;
}

export interface Figures {
  /** By language and id, in one order whatever the order of the samples. */
  questions: QuestionFigures[];
  languages: Record<string, GroupFigures>;
  all: GroupFigures;
}

/** Two columns on the same questions: by how much the first is right more often. */
export interface PairedFigures {
  /** Questions that both answered. */
  questions: number;
  difference: Estimate;
  /** Questions with a higher avg in the first column, in the second, and equal ones. */
  better: number;
  worse: number;
  equal: number;
  /** Exact two-sided sign test over the questions that differ; 1 where none does. */
  p: number;
}

export interface PairedComparison {
  languages: Record<string, PairedFigures>;
  all: PairedFigures;
  /** Questions that only one of the two answered. */
  unpaired: number;
}
