/**
 * A set of questions and settings -> what is asked, in one order: questions in turn, each in all its languages and of every column, so that a table fills
 * evenly; then the next sample. An answer's seed follows from its language, question and number alone.
 */

import { languageCode, languageName } from '../../lib/language/index.ts';
import { Random } from '../../lib/random.ts';
import type { EvaluationSample, Question } from '../../protocol/evaluation.ts';
import type { EvaluationColumn, EvaluationSettings, ReasoningChoice } from '../../protocol/evaluation-run.ts';

/** One answer that is to be made. */
export interface Ask {
  readonly column: EvaluationColumn;
  readonly question: Question;
  readonly sample: number;
}

/** Names an answer among those of one evaluation. */
export function askKey({
  column,
  language,
  question,
  sample,
}: Pick<EvaluationSample, 'column' | 'language' | 'question' | 'sample'>): string {
  return JSON.stringify([column, language, question, sample]);
}

/** Of every language the same ids, as far as it has them: the first by an order that follows from the seed and the id alone. */
export function chooseQuestions(
  questions: readonly Question[],
  settings: Pick<EvaluationSettings, 'languages' | 'questions' | 'choice_seed'>,
): Question[] {
  const wanted = new Set(settings.languages);
  const own = questions.filter(({ language }) => wanted.has(language));
  const most = settings.questions;
  if (most === null) return own;
  const ids = [...new Set(own.map(({ id }) => id))];
  const rank = new Map(ids.map((id) => [id, new Random(`${settings.choice_seed}/${id}`).uniform()]));
  const chosen = settings.languages.flatMap((language) =>
    own
      .filter((one) => one.language === language)
      .sort((one, other) => rank.get(one.id)! - rank.get(other.id)! || (one.id < other.id ? -1 : 1))
      .slice(0, most),
  );
  const kept = new Set(chosen);
  return own.filter((one) => kept.has(one));
}

export function asksOf(columns: readonly EvaluationColumn[], questions: readonly Question[], samples: number): Ask[] {
  const languages = [...new Set(questions.map(({ language }) => language))];
  const byLanguage = languages.map((language) => questions.filter((one) => one.language === language));
  const longest = Math.max(0, ...byLanguage.map((list) => list.length));
  const inTurn = Array.from({ length: longest }, (_, i) => byLanguage.flatMap((list) => (list[i] ? [list[i]] : []))).flat();
  return Array.from({ length: samples }, (_, sample) =>
    inTurn.flatMap((question) => columns.map((column) => ({ column, question, sample }))),
  ).flat();
}

/** What names the draw; the column is no part of it, so that columns differ by their model alone. */
export function saltOf({ question: { language, id }, sample }: Pick<Ask, 'question' | 'sample'>): number {
  return saltOfName([language, id, sample]);
}

/** FNV-1a. */
export function saltOfName(name: readonly (string | number)[]): number {
  let hash = 0x811c9dc5;
  for (const unit of new TextEncoder().encode(JSON.stringify(name))) hash = Math.imul(hash ^ unit, 0x01000193);
  return hash >>> 0;
}

/** The English name of the language to reason in; null asks for none. */
export function reasoningOf(question: Question, choice: ReasoningChoice): string | null {
  const { reasoning_language } = question;
  if (choice.kind === 'none') return null;
  if (choice.kind === 'language') return choice.language;
  if (reasoning_language !== undefined && choice.kind === 'question') return reasoning_language; // null: the row asks for none
  return languageOfQuestion(question);
}

/** Its English name, or as the file has it; null where nothing says. */
export function languageOfQuestion({ language }: Question): string | null {
  if (language === '') return null;
  const code = languageCode(language);
  return code === null ? language : languageName(code);
}
