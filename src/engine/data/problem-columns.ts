/**
 * Columns of sets whose problems are asked in one language and solved in English: a column a language (`problem`, `problem_sw`, `problem_sw_ok`), or a language a
 * row (`problem_translated` beside `language` or `language_short`), as the published training sets have them; or chosen by hand.
 */
import type { ColumnMapping } from '../../protocol/dataset.ts';
import { findKey, own, type Row, textOf } from './fields.ts';
import { pathLanguage } from './file-language.ts';
import { type TranslatedColumn, translatedColumns } from './translated-columns.ts';

export interface ProblemColumns {
  /** A column a language; English is not among them. */
  readonly translations: readonly TranslationColumns[];
  /** The one problem of a row, in the row's own language; absent: there are columns of languages. */
  readonly own?: Omit<TranslationColumns, 'language'> & {
    /** Columns that say the row's language, the most exact first. */
    readonly languages: readonly string[];
    /** What the file's name says, where no column does. */
    readonly language: string | null;
  };
  readonly problem_english?: string | undefined;
  readonly solution_english?: string | undefined;
  /** Of the right answer, where it was chosen by hand. */
  readonly gold?: string | undefined;
}

/** A problem's column, with those of the row's own solution in the same language. */
export interface TranslationColumns extends TranslatedColumn {
  readonly reasoning?: string | undefined;
  readonly answer?: string | undefined;
}

const OWN = ['problem_translated', 'question_translated', 'translated_problem', 'translated_question', 'problem_target', 'm_query'];
const BASES = ['problem', 'question', 'query', 'prompt', 'instruction'];
const ENGLISH = ['en', 'eng', 'english'];
const LANGUAGES = ['language_short', 'language_code', 'lang_code', 'target_lang', 'target_language', 'language', 'lang'];
const SOLUTIONS = [...['solution', 'reference_solution'].flatMap((name) => [...ENGLISH.map((code) => `${name}_${code}`), name])];
const REASONINGS = ['reasoning', 'thinking', 'solution'];
const ANSWERS = ['answer', 'response', 'final'];
/** Characters of a solution on average; a column `answer` may hold values alone. */
const FEWEST_CHARACTERS = 40;

/** null: the file has no problems in another language with their English ones or a solution beside them. */
export function problemColumns(
  columns: readonly string[],
  rows: readonly Row[],
  name: string,
  mapping?: ColumnMapping,
): ProblemColumns | null {
  if (mapping) return mappedProblems(mapping, name);
  const find = (keys: readonly string[]): string | undefined => findKey(columns, keys);
  const ownColumn = find(OWN);
  const [base, translations] = ownColumn === undefined ? translated(columns, rows) : ['problem', []];
  if (ownColumn === undefined && translations.length === 0) return null;
  const bases = [base, ...BASES.filter((other) => other !== base && ownColumn !== undefined)];
  const problem_english = find([...bases.flatMap((one) => ENGLISH.map((code) => `${one}_${code}`)), ...bases]);
  const solution_english = find(SOLUTIONS) ?? find(['answer'].filter((key) => isLong(find([key]), rows)));
  if (problem_english === undefined && solution_english === undefined) return null;
  const beside = (suffix: string) => ({
    reasoning: find(REASONINGS.map((one) => `${one}_${suffix}`)),
    answer: find(ANSWERS.map((one) => `${one}_${suffix}`)),
  });
  return {
    translations: translations.map((one) => ({ ...one, ...beside(one.column.slice(base.length + 1).toLowerCase()) })),
    ...(ownColumn !== undefined && {
      own: {
        column: ownColumn,
        ...beside('translated'),
        languages: LANGUAGES.flatMap((key) => find([key]) ?? []),
        language: pathLanguage(name),
      },
    }),
    problem_english,
    solution_english,
  };
}

function mappedProblems(mapping: ColumnMapping, name: string): ProblemColumns | null {
  const { user, content, thinking, reasoning_language, problem_english, solution_english } = mapping;
  if (problem_english === undefined && solution_english === undefined) return null;
  const languages = reasoning_language === undefined ? [] : [reasoning_language];
  const own = {
    column: user,
    reasoning: thinking,
    ...(thinking !== undefined && { answer: content }),
    languages,
    language: pathLanguage(name),
  };
  return { translations: [], own, problem_english, solution_english, gold: content };
}

/** The name of the problem's column, and its translations. */
function translated(columns: readonly string[], rows: readonly Row[]): [string, TranslatedColumn[]] {
  const found = BASES.map((base): [string, TranslatedColumn[]] => [
    base,
    translatedColumns(columns, base, rows).filter(({ language }) => language !== 'en'),
  ]);
  return found.reduce((most, one) => (one[1].length > most[1].length ? one : most));
}

function isLong(column: string | undefined, rows: readonly Row[]): boolean {
  if (column === undefined) return false;
  const texts = rows.flatMap((row) => textOf(own(row, column)) ?? []);
  return texts.reduce((sum, text) => sum + text.length, 0) >= FEWEST_CHARACTERS * Math.max(1, texts.length);
}
