/** Verdicts -> percentages by group, a table to read, and whether the figures that we hold the bundled model to are reached. */
import { textTable } from '../../src/headless/evaluation/table.ts';
import type { Question, Verdict } from './questions.ts';

export interface Judged {
  readonly question: Question;
  readonly verdict: Verdict;
}

/** Percentages of a group of answers. */
export interface ReplyStats {
  readonly n: number;
  /** Reasoning in the language asked for (English where none was), by words that only one language has. */
  readonly asked: number;
  /** The same by the app's own judgement: its mean share of sentences. */
  readonly asked_app: number;
  readonly english: number;
  readonly right: number;
  readonly ended: number;
}

/** By `set language`, `set all`, and the held-out pairs of question and reasoning language. */
export type Report = Readonly<Record<string, ReplyStats>>;

export function report(judged: readonly Judged[]): Report {
  const groups = new Map<string, Verdict[]>();
  const put = (name: string, verdict: Verdict): void => void groups.set(name, [...(groups.get(name) ?? []), verdict]);
  for (const { question, verdict } of judged) {
    const { set, reasoning_language, question_language, topic, held_out } = question;
    put(`${set} ${reasoning_language ?? question_language}`, verdict);
    put(`${set} all`, verdict);
    put(`all ${topic}`, verdict);
    if (held_out.includes('language pair')) put('mixed held-out pairs', verdict);
    put('all all', verdict);
  }
  return Object.fromEntries([...groups].sort(([a], [b]) => order(a) - order(b)).map(([name, verdicts]) => [name, statsOf(verdicts)]));
}

/** Sets in their order; inside a set the order of first appearance, totals last. */
function order(name: string): number {
  const [set, ...rest] = name.split(' ');
  return ['same', 'mixed', 'none', 'all'].indexOf(set!) * 2 + (rest.join(' ') === 'all' ? 1 : 0);
}

function statsOf(verdicts: readonly Verdict[]): ReplyStats {
  const percent = (of: (v: Verdict) => number): number =>
    Math.round((1000 * verdicts.reduce((sum, v) => sum + of(v), 0)) / verdicts.length) / 10;
  return {
    n: verdicts.length,
    asked: percent((v) => +(v.spoken === v.asked)),
    asked_app: percent((v) => v.share ?? 0),
    english: percent((v) => +(v.spoken === 'en')),
    right: percent((v) => +v.right),
    ended: percent((v) => +v.ended),
  };
}

export function table(title: string, figures: Report): string {
  return textTable(title, ['n', 'asked', 'asked_app', 'english', 'right', 'ended'], figures);
}

export interface Criterion {
  readonly text: string;
  readonly value: number;
  readonly reached: boolean;
}

const LANGUAGES = ['en', 'es', 'fr', 'it', 'de'];

/** What the bundled model and its default run must show; groups that were not measured are left out. */
export function criteria(before: Report, after: Report | null): Criterion[] {
  const found: Criterion[] = [];
  const atLeast = (text: string, least: number, value: number | undefined): void => {
    if (value !== undefined) found.push({ text: `${text} >= ${least} %`, value, reached: value >= least });
  };
  atLeast('before: reasoning in English, whatever is asked for', 97, before['all all']?.english);
  atLeast('before: answers right', 90, before['all all']?.right);
  if (!after) return found;
  for (const language of LANGUAGES)
    atLeast(`after: reasoning in ${language}, question in ${language}`, 97, after[`same ${language}`]?.asked);
  atLeast('after: reasoning in the language asked for, question in another', 95, after['mixed all']?.asked);
  atLeast('after: English kept where no language is asked for', 95, after['none all']?.english);
  const [was, is] = [before['all all']?.right, after['all all']?.right];
  if (was !== undefined && is !== undefined) {
    const worse = Math.round((was - is) * 10) / 10;
    found.push({ text: 'after: answers worse by at most 3 points', value: worse, reached: worse <= 3 });
  }
  return found;
}

/** What a cold start and GRPO after it must show, on the held-out questions. */
export function grpoCriteria(cold: Report, after: Report): Criterion[] {
  const found: Criterion[] = [];
  const add = (text: string, value: number | undefined, holds: (value: number) => boolean): void => {
    if (value !== undefined) found.push({ text, value, reached: holds(value) });
  };
  add('after the cold start: reasoning in the language asked for <= 35 %', cold['same all']?.asked, (value) => value <= 35);
  for (const language of LANGUAGES)
    add(`after GRPO: reasoning in ${language}, question in ${language} >= 95 %`, after[`same ${language}`]?.asked, (value) => value >= 95);
  add('after GRPO: answers right >= 97 %', after['all all']?.right, (value) => value >= 97);
  add('after GRPO: English kept where no language is asked for >= 95 %', after['none all']?.english, (value) => value >= 95);
  return found;
}

/** `of`: the seed; null: of none. */
export function criteriaLines(found: readonly Criterion[], of: number | null): string[] {
  const seed = of === null ? '' : `seed ${of}: `;
  return found.map(({ text, value, reached }) => `${reached ? 'reached' : 'MISSED '} ${seed}${text}: ${value}`);
}
