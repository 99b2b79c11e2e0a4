/** One row of a set of problems in several languages -> a problem for each language that is wanted, or why there is none. */
import type { ProblemText } from '../../lib/cross-lingual/turns.ts';
import { languageName } from '../../lib/language/index.ts';
import { languagesByCode } from '../../lib/language/languages.ts';
import { isBlank, own, type Row, textOf } from './fields.ts';
import { languageOfText } from './file-language.ts';
import type { ProblemColumns, TranslationColumns } from './problem-columns.ts';
import { isRefused } from './translated-columns.ts';

export interface FoundProblem {
  /** Code, or the language as the file has it. */
  readonly language: string;
  readonly text: ProblemText;
  /** The row's own solution in this language. */
  readonly reasoning?: string;
  readonly answer?: string;
}

/** The rest of a sentence that begins "Row 7 ...". */
export interface ProblemFault {
  readonly fault: string;
}

/** `wanted`: codes; null: all that the row has. A row of another language than those wanted has neither problems nor faults. */
export function readProblems(row: Row, columns: ProblemColumns, wanted: ReadonlySet<string> | null): (FoundProblem | ProblemFault)[] {
  const beside = englishOf(row, columns);
  if (columns.own) return ownProblem(row, columns.own, beside, wanted);
  const found = columns.translations.flatMap((one) => {
    if (wanted !== null && !wanted.has(one.language)) return [];
    return translatedProblem(row, one, beside, wanted !== null);
  });
  const english = wanted?.has('en')
    ? [beside.problem_english === undefined ? { fault: missing('en', columns.problem_english) } : inEnglish(beside)]
    : [];
  const none = wanted === null && found.length === 0;
  return none ? [{ fault: `has a problem in none of its languages (${namesOf(columns.translations)})` }] : [...found, ...english];
}

/** As messages have it: "Swahili". */
export function nameOfLanguage(code: string): string {
  return languagesByCode.has(code) ? languageName(code) : code;
}

type English = Pick<ProblemText, 'problem_english' | 'solution_english'>;

function englishOf(row: Row, { problem_english, solution_english }: ProblemColumns): English {
  const [problem, solution] = [filled(row, problem_english), filled(row, solution_english)];
  return { ...(problem !== undefined && { problem_english: problem }), ...(solution !== undefined && { solution_english: solution }) };
}

function translatedProblem(row: Row, columns: TranslationColumns, beside: English, listed: boolean): (FoundProblem | ProblemFault)[] {
  const { column, language } = columns;
  const problem = filled(row, column);
  if (problem === undefined) return listed ? [{ fault: missing(language, column) }] : [];
  if (isRefused(row, columns))
    return [{ fault: `marks its problem in ${nameOfLanguage(language)} as no good translation (column "${column}_ok" is not true)` }];
  if (language === 'en') return [{ ...inEnglish({ ...beside, problem_english: problem }), ...solutionIn(row, columns) }];
  return [{ language, text: { problem, ...beside }, ...solutionIn(row, columns) }];
}

function ownProblem(
  row: Row,
  columns: NonNullable<ProblemColumns['own']>,
  beside: English,
  wanted: ReadonlySet<string> | null,
): (FoundProblem | ProblemFault)[] {
  const stated = columns.languages.map((column) => filled(row, column)).find((text) => text !== undefined);
  const only = wanted?.size === 1 ? [...wanted][0]! : null;
  const language = stated === undefined ? (columns.language ?? only) : (languageOfText(stated) ?? stated);
  if (language === null) {
    const where =
      columns.languages[0] === undefined ? 'add a column "language", or choose one language' : `column "${columns.languages[0]}"`;
    return [{ fault: `does not say in which language its problem is (${where})` }];
  }
  if (wanted !== null && !wanted.has(language)) return [];
  return translatedProblem(row, { ...columns, language }, beside, true);
}

/** There is no translation to show beside it. */
function inEnglish({ problem_english = '', solution_english }: English): FoundProblem {
  return { language: 'en', text: { problem: problem_english, ...(solution_english !== undefined && { solution_english }) } };
}

function solutionIn(row: Row, columns: TranslationColumns): Pick<FoundProblem, 'reasoning' | 'answer'> {
  const [reasoning, answer] = [filled(row, columns.reasoning), filled(row, columns.answer)];
  return { ...(reasoning !== undefined && { reasoning }), ...(answer !== undefined && { answer }) };
}

function filled(row: Row, column: string | undefined): string | undefined {
  const text = column === undefined ? undefined : textOf(own(row, column));
  return isBlank(text) ? undefined : text!.trim();
}

function missing(language: string, column: string | undefined): string {
  return `has no problem in ${nameOfLanguage(language)}${column === undefined ? '' : ` (column "${column}")`}`;
}

function namesOf(translations: ProblemColumns['translations']): string {
  return translations.map(({ language }) => nameOfLanguage(language)).join(', ');
}
