/**
 * Sets that hold a question's translations beside it, a column a language: COPSD's `problem`, `problem_sw`, `problem_am`, where `problem_sw_ok` that is
 * not true marks a bad translation.
 */
import { stringsOf } from '../../lib/cross-lingual/index.ts';
import { languageCode } from '../../lib/language/index.ts';
import { own, type Row, textOf } from './fields.ts';
import { languageOfText } from './file-language.ts';

export interface TranslatedColumn {
  readonly column: string;
  /** Code where it is one that is known here. */
  readonly language: string;
}

/** A column's texts are longer than ids and types, whose names end as codes do (`question_id`, `problem_no`); those of the published sets never do. */
const FEWEST_LETTERS = 12;

export function translatedColumns(columns: readonly string[], question: string, rows: readonly Row[]): TranslatedColumn[] {
  return columns.flatMap((column) => {
    if (!column.toLowerCase().startsWith(`${question.toLowerCase()}_`)) return [];
    const suffix = column.slice(question.length + 1);
    const isCode = /^[a-z]{2,3}(?:[-_][a-z]{2,4})?$/i.test(suffix);
    const language = isCode ? languageOfText(suffix) : /^\p{L}{4,}$/u.test(suffix) ? languageCode(suffix) : null;
    const texts = rows.map((row) => textOf(own(row, column)) ?? '').filter((text) => text.trim() !== '');
    const letters = texts.reduce((sum, text) => sum + text.length, 0) / Math.max(1, texts.length);
    return language === null || (letters < FEWEST_LETTERS && stringsOf(suffix) === null) ? [] : [{ column, language }];
  });
}

const GOOD = new Set(['true', 'yes', 'y', 'ok']);

/** Not marked as a good translation where there is a mark: anything but true is none. */
export function isRefused(row: Row, { column }: Pick<TranslatedColumn, 'column'>): boolean {
  const name = `${column}_ok`;
  if (!Object.hasOwn(row, name)) return false;
  const mark = textOf(own(row, name))?.trim().toLowerCase() ?? '';
  return !GOOD.has(mark) && Number(mark || 0) !== 1;
}
