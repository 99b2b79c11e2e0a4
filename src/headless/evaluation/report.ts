/** Verdicts -> figures by language. Ratios are 0..1 and null where nothing was judged; the table shows them in per cent. */
import { UNJUDGED_WORDS, type Unjudged } from '../../lib/language/unjudged.ts';
import type { Verdict } from './judge.ts';
import type { Question } from './question-file.ts';
import { textTable } from './table.ts';

export interface Judged extends Verdict {
  readonly question: Pick<Question, 'language' | 'reasoning_language' | 'answer_language'>;
  readonly tokens: number;
}

export interface ReplyStats {
  readonly n: number;
  readonly ended: number;
  /** Of the replies whose language was judged: mean ratio of sentences in the language asked for. */
  readonly adherence: number | null;
  /** The same of answers; absent where no language was asked for them. */
  readonly answer_adherence?: number | null;
  /** Replies whose language cannot be judged, by the reason. */
  readonly unjudged?: Readonly<Partial<Record<Unjudged, number>>>;
  /** Of the questions whose answer is known. */
  readonly accuracy: number | null;
  /** Mean of a reply. */
  readonly tokens: number;
}

export interface Report {
  readonly languages: Readonly<Record<string, ReplyStats>>;
  readonly all: ReplyStats;
}

export function report(judged: readonly Judged[]): Report {
  const groups = new Map<string, Judged[]>();
  for (const one of judged) {
    const name = groupOf(one.question);
    groups.set(name, [...(groups.get(name) ?? []), one]);
  }
  return { languages: Object.fromEntries([...groups].map(([name, group]) => [name, statsOf(group)])), all: statsOf(judged) };
}

/** The question's language, and those to reason and to answer in: "de > French > German"; those of them that are told, "none" without any. */
function groupOf({ language, reasoning_language, answer_language }: Judged['question']): string {
  return [language, reasoning_language, answer_language].filter((name) => name !== null && name !== undefined).join(' > ') || 'none';
}

function statsOf(judged: readonly Judged[]): ReplyStats {
  const mean = (of: (one: Judged) => number | boolean | null): number | null => {
    const values = judged.map(of).filter((value) => value !== null);
    return values.length === 0 ? null : values.reduce<number>((sum, value) => sum + Number(value), 0) / values.length;
  };
  return {
    n: judged.length,
    ended: mean(({ ended }) => ended)!,
    adherence: mean(({ adherence }) => adherence),
    ...(judged.some((one) => one.answer_adherence !== undefined) && { answer_adherence: mean((one) => one.answer_adherence ?? null) }),
    ...unjudgedOf(judged),
    accuracy: mean(({ right }) => right),
    tokens: mean(({ tokens }) => tokens)!,
  };
}

function unjudgedOf(judged: readonly Judged[]): Pick<ReplyStats, 'unjudged'> {
  const counts: Partial<Record<Unjudged, number>> = {};
  for (const { unjudged } of judged) if (unjudged !== undefined) counts[unjudged] = (counts[unjudged] ?? 0) + 1;
  return Object.keys(counts).length === 0 ? {} : { unjudged: counts };
}

/** One line a group and reason: "de > Klingon: language of 3 replies cannot be judged: ...". */
function unjudgedLines(name: string, { unjudged = {} }: ReplyStats): string[] {
  return Object.entries(unjudged).map(([reason, n]) => `${name}: language of ${n} replies ${UNJUDGED_WORDS[reason as Unjudged]}`);
}

export function table(title: string, { languages, all }: Report): string {
  const percent = (ratio: number | null): string => (ratio === null ? '-' : (100 * ratio).toFixed(1));
  const cells = ({ n, ended, adherence, answer_adherence = null, accuracy, tokens }: ReplyStats) => ({
    n,
    ended: percent(ended),
    adherence: percent(adherence),
    answers: percent(answer_adherence),
    accuracy: percent(accuracy),
    tokens: tokens.toFixed(1),
  });
  const groups = Object.entries(languages).map(([name, figures]) => [name, cells(figures)] as const);
  const asked = all.answer_adherence === undefined ? [] : (['answers'] as const);
  const figures = textTable(
    title,
    ['n', 'ended', 'adherence', ...asked, 'accuracy', 'tokens'],
    Object.fromEntries([...groups, ['all', cells(all)]]),
  );
  return [figures, ...Object.entries(languages).flatMap(([name, stats]) => unjudgedLines(name, stats))].join('\n');
}
