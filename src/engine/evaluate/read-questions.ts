/**
 * Files of questions -> one set. Every row is a question, or a problem that names it; a question without a clear gold is asked and not scored. Rows of
 * one position in several files are one problem in several languages, unless the files give ids.
 */
import { MotherTongueError } from '../../lib/errors.ts';
import type { Question, QuestionMapping, QuestionOptions, QuestionProblem, QuestionSet } from '../../protocol/evaluation.ts';
import { isBlank, own, type Row, textOf } from '../data/fields.ts';
import { languageOfText, pathLanguage } from '../data/file-language.ts';
import type { ReadOptions } from '../data/row-source.ts';
import { isRefused, type TranslatedColumn, translatedColumns } from '../data/translated-columns.ts';
import { sha256 } from '../files/hash.ts';
import { choicesOf, goldOption, withOptions } from './choices.ts';
import { chooseColumns, GOLD_NAMES, OPTION_NAMES } from './question-columns.ts';
import { openTable, type QuestionRow, type QuestionTable } from './question-table.ts';
import { settle } from './settle.ts';

export interface QuestionFile {
  /** With its folders, as far as they are known. */
  readonly path: string;
  readonly blob: Blob;
}

/** A question whose id is still its own file's. */
export interface ReadQuestion extends Question {
  /** The file says so; else it is the row's place. */
  readonly ownId: boolean;
}

/** What one file holds. */
interface ReadFile {
  readonly path: string;
  readonly table: QuestionTable;
  readonly mapping: QuestionMapping | null;
  readonly questions: readonly ReadQuestion[];
  readonly problems: readonly QuestionProblem[];
}

export async function readQuestionFiles(
  files: readonly QuestionFile[],
  name: string,
  options: QuestionOptions = {},
  reading: ReadOptions = {},
): Promise<QuestionSet> {
  if (files.length === 0)
    throw new MotherTongueError('DatasetError', `${name} holds no file of questions; use JSONL, JSON, CSV, TSV or Parquet.`);
  const read: ReadFile[] = [];
  for (const file of files) read.push(await readFile(file, options, reading));
  const unknown = read.find(({ mapping }) => mapping === null);
  const { questions, problems } = settle(
    read.map((file) => file.questions),
    read.flatMap((file) => file.problems),
  );
  const { table, mapping } = unknown ?? read[0]!;
  return questionSet(name, unknown ? [] : questions, {
    problems,
    columns: [...table.columns],
    mapping,
    example: { ...table.rows.find(({ value }) => value)?.value },
  });
}

export async function questionSet(
  name: string,
  questions: Question[],
  rest: Pick<QuestionSet, 'problems' | 'columns' | 'mapping' | 'example'>,
): Promise<QuestionSet> {
  const counts = new Map<string, number>();
  for (const { language } of questions) counts.set(language, (counts.get(language) ?? 0) + 1);
  const identity = questions.map(({ id, language, question, gold, reasoning_language = null }) => [
    id,
    language,
    question,
    gold,
    reasoning_language,
  ]);
  return {
    id: await sha256(new TextEncoder().encode(JSON.stringify(identity))),
    name,
    questions,
    languages: Object.fromEntries([...counts].sort((one, other) => other[1] - one[1])),
    ...rest,
  };
}

/** Rows by which columns of translations are told. */
const JUDGED_ROWS = 500;

async function readFile({ path, blob }: QuestionFile, options: QuestionOptions, reading: ReadOptions): Promise<ReadFile> {
  const table = await openTable(blob, path, reading);
  const rows = table.rows.flatMap(({ value }) => (value ? [value] : []));
  const missing = Object.values(options.mapping ?? {}).filter((column) => !table.columns.includes(column));
  if (missing.length > 0)
    throw new MotherTongueError(
      'DatasetError',
      `${path} has no column "${missing.join('", "')}"; it has "${table.columns.slice(0, 50).join('", "')}".`,
    );
  const chosen = options.mapping ? { mapping: options.mapping, notes: [] } : chooseColumns(table.columns, rows, table.named);
  const about = (text: string): QuestionProblem => ({ file: path, row: null, text, scored: true });
  const problems = [...table.notes, ...(chosen?.notes ?? [])].map(about);
  if (!chosen) return { path, table, mapping: null, questions: [], problems };
  const { question, language } = chosen.mapping;
  const translations = language === undefined && table.named ? translatedColumns(table.columns, question, rows.slice(0, JUDGED_ROWS)) : [];
  const said = fileLanguage(path, options);
  // As in the published sets, whose translations are all made from English.
  const beside = said === '' && translations.length > 0 && translations.every((one) => one.language !== 'en');
  if (beside) problems.push(about(`${path}: "${question}" is read as English, of which the columns beside it are translations.`));
  const reader = new RowReader(path, chosen.mapping, beside ? 'en' : said, translations);
  const questions = table.rows.flatMap((row, at) => reader.read(row, at + 1));
  if (questions.some(({ language }) => language === ''))
    problems.push(about(`${path} does not say in which language its questions are; choose it, for numbers are read by it.`));
  return { path, table, mapping: chosen.mapping, questions, problems: [...problems, ...reader.problems] };
}

/** What the caller says counts only where the file is silent. */
function fileLanguage(path: string, { language }: QuestionOptions): string {
  return pathLanguage(path) ?? (language === undefined ? '' : (languageOfText(language) ?? language));
}

class RowReader {
  readonly problems: QuestionProblem[] = [];

  constructor(
    private readonly file: string,
    private readonly mapping: QuestionMapping,
    private readonly language: string,
    private readonly translations: readonly TranslatedColumn[],
  ) {}

  /** `place`: of the row among the file's rows, whether or not the ones before it are questions. */
  read({ row, value, fault, note }: QuestionRow, place: number): ReadQuestion[] {
    const say = (text: string, scored: boolean): void =>
      void this.problems.push({ file: this.file, row, text: `Row ${row} ${text}.`, scored });
    if (note !== undefined) say(note, true);
    if (!value) {
      say(`${fault ?? 'cannot be read'}, so it is not asked`, false);
      return [];
    }
    const original = this.question(value, { row, place, column: this.mapping.question, language: this.language }, say);
    const others = this.translations.flatMap((one) => {
      if (!isRefused(value, one)) return this.question(value, { row, place, ...one }, say);
      say(`marks its text in "${one.column}" as no good translation, so it is not asked`, false);
      return [];
    });
    return [...original, ...others];
  }

  private question(
    value: Row,
    { row, place, column, language }: { readonly row: number; readonly place: number; readonly column: string; readonly language: string },
    say: (text: string, scored: boolean) => void,
  ): ReadQuestion[] {
    const { mapping } = this;
    const text = textOf(own(value, column));
    if (text === undefined || isBlank(text)) {
      say(`has no question in "${column}", so it is not asked`, false);
      return [];
    }
    const context = mapping.context === undefined ? undefined : textOf(own(value, mapping.context));
    const asked = context === undefined || isBlank(context) ? text.trim() : `${context.trim()}\n\n${text.trim()}`;
    const stated = mapping.language === undefined ? undefined : textOf(own(value, mapping.language))?.trim();
    const id = mapping.id === undefined ? undefined : textOf(own(value, mapping.id))?.trim();
    const reasoning = textOf(own(value, 'reasoning_language'))?.trim();
    return [
      {
        id: id || String(place),
        ownId: Boolean(id),
        language: stated ? (languageOfText(stated) ?? stated) : language,
        ...this.asked(value, asked, say),
        row,
        file: this.file,
        ...(reasoning && { reasoning_language: reasoning }),
      },
    ];
  }

  private asked(
    value: Row,
    question: string,
    say: (text: string, scored: boolean) => void,
  ): Pick<Question, 'question' | 'gold' | 'options'> {
    const { mapping } = this;
    const column = goldColumn(value, mapping);
    const gold = own(value, column);
    const choices = choicesOf(value, [...(mapping.options ? [mapping.options] : []), ...OPTION_NAMES]);
    if (choices) {
      const found = goldOption(choices, gold, /key$/i.test(column));
      if ('problem' in found) say(found.problem, false);
      const options = [...choices.options];
      return { question: withOptions(question, options), gold: 'gold' in found ? found.gold : null, options };
    }
    const text = goldText(gold);
    if (text === null) say(`has no answer in "${mapping.gold}", so nothing of it is scored`, false);
    return { question, gold: text };
  }
}

/** Rows of a JSON file may call it differently. A cell that is there and empty is no answer, whatever stands beside it. */
function goldColumn(value: Row, { gold, question }: QuestionMapping): string {
  if (Object.hasOwn(value, gold)) return gold;
  const others = Object.keys(value).filter((key) => key !== question);
  return GOLD_NAMES.flatMap((name) => others.find((key) => key.toLowerCase() === name) ?? [])[0] ?? gold;
}

/** The text as the file has it; `8.0` is 8, a worked solution of GSM8K is what follows its four signs, a list accepts any of its members. */
function goldText(gold: unknown): string | null {
  if (Array.isArray(gold) && gold.length > 1) {
    const members = gold.map(textOf);
    return members.every((one) => one !== undefined) ? JSON.stringify(members) : null;
  }
  const text = textOf(gold)?.trim();
  if (text === undefined || text === '') return null;
  const solved = /####\s*(\S.*)$/.exec(text)?.[1]?.trim();
  return (solved ?? text).replace(/^(-?\d+)\.0$/, '$1');
}
