/**
 * Rows of a dataset as prompts for self-distillation: of each problem one prompt a language for the student, and one for the teacher, who sees more. Rows are problems
 * in several languages, or any rows with a column that the teacher alone sees. A row that gives no prompt is listed with its reason.
 */
import { throwIfCancelled } from '../../lib/cancel.ts';
import { editedStrings } from '../../lib/cross-lingual/edited.ts';
import { stringsOf } from '../../lib/cross-lingual/index.ts';
import { MotherTongueError } from '../../lib/errors.ts';
import { languageCode } from '../../lib/language/index.ts';
import type { Message, Segment } from '../../protocol/conversation.ts';
import type { EncodingSettings, RowProblem } from '../../protocol/dataset.ts';
import { withOwnLanguages } from '../chat/asked-languages.ts';
import type { TextModel } from '../chat/open-text.ts';
import type { Dataset } from '../data/dataset.ts';
import { isBlank, own, type Row, textOf } from '../data/fields.ts';
import type { ProblemColumns } from '../data/problem-columns.ts';
import { type FoundProblem, nameOfLanguage, readProblems } from '../data/read-problems.ts';
import { rowProblem } from '../data/row-problems.ts';
import type { DatasetRow } from '../data/to-conversation.ts';
import {
  completionIds,
  type DistillationPrompts,
  ownReply,
  type PromptPair,
  privilegedPrompts,
  problemPrompts,
  teacherPromptAfter,
} from './problem-prompts.ts';
import { type AskedRow, askedRow, goldOf, type PromptRow, type PromptRows, type PromptSettings, tooLongProblem } from './prompt-rows.ts';

export interface ProblemSettings extends PromptSettings, DistillationPrompts {}

/** A row's prompts in file order; of each row in the order of its languages. */
export async function problemRows(dataset: Dataset, settings: ProblemSettings, text: TextModel, signal?: AbortSignal): Promise<PromptRows> {
  const rows: PromptRow[] = [];
  const problems: RowProblem[] = [];
  const tooLong: number[] = [];
  const read = readerOf(dataset, settings, text);
  for await (const piece of dataset.pieces({ signal })) {
    for (const source of piece.rows) {
      for (const made of await read(source)) {
        if (!('ids' in made)) {
          problems.push(made);
          continue;
        }
        const length = Math.max(made.ids.length, made.teacher?.length ?? 0, made.analysis?.length ?? 0);
        if (length <= settings.longest) rows.push(made);
        else {
          tooLong.push(length);
          problems.push(tooLongProblem(made.row, length, settings.longest));
        }
      }
    }
    throwIfCancelled(signal, `Reading ${dataset.name}`);
  }
  checkLanguages(dataset, settings, rows, problems);
  return { rows, problems, tooLong };
}

/** The teacher's prompt behind the analysis that it has written. */
export async function teacherAfter(row: PromptRow, analysis: string, settings: ProblemSettings, text: TextModel): Promise<Uint32Array> {
  return idsOf(await teacherPromptAfter(analysis, row.problem!, settings, text, settings.date), text);
}

type RowReader = (source: DatasetRow) => Promise<(PromptRow | RowProblem)[]>;

function readerOf(dataset: Dataset, settings: ProblemSettings, text: TextModel): RowReader {
  return dataset.problems
    ? problemReader(dataset, dataset.problems, settings, text)
    : privilegedReader(privilegedColumn(dataset, settings), settings, text);
}

/** Throws where the file has nothing for a teacher with these settings, whatever its rows hold. */
export function checkTeachable(dataset: Dataset, settings: DistillationPrompts): void {
  if (dataset.problems) problemFinder(dataset, dataset.problems, settings);
  else privilegedColumn(dataset, settings);
}

function privilegedColumn(dataset: Dataset, settings: DistillationPrompts): string {
  const column = dataset.privileged(settings.privileged_context);
  if (column !== undefined) return column;
  throw new MotherTongueError(
    'DatasetError',
    `${dataset.name} has nothing that a teacher alone could see: neither problems in two languages (problem, problem_sw, solution) nor a column "${settings.privileged_context}"; it has "${dataset.columns.slice(0, 50).join('", "')}".`,
  );
}

function problemReader(dataset: Dataset, columns: ProblemColumns, settings: ProblemSettings, text: TextModel): RowReader {
  const find = problemFinder(dataset, columns, settings);
  return async (source) => {
    const made: (PromptRow | RowProblem)[] = [];
    for (const found of find(source))
      made.push('text' in found ? await problemRow(source.row, source.raw!, found, columns, settings, text) : found);
    return made;
  };
}

/** What a row asks in the languages that are wanted, before it is a prompt, and why it does not in others. */
export function problemFinder(
  dataset: Dataset,
  columns: ProblemColumns,
  settings: DistillationPrompts,
): (source: DatasetRow) => (FoundProblem | RowProblem)[] {
  const wanted = wantedLanguages(dataset, columns, settings);
  checkEnglish(dataset, columns, settings);
  return ({ row, raw, problems }) => {
    if (raw === undefined) return problems.filter(({ trains }) => !trains).slice(0, 1);
    return readProblems(raw, columns, wanted).map((found) => {
      const fault = 'fault' in found ? found.fault : (unspoken(found, settings) ?? lacking(found, settings));
      return fault !== null || 'fault' in found ? rowProblem(row, 'missing-field', false, fault!) : found;
    });
  };
}

/** Codes; null: all that there are. Throws for a language that the file lacks altogether, or for which there are no instructions. */
function wantedLanguages(
  dataset: Dataset,
  columns: ProblemColumns,
  { target_languages, language_strings }: DistillationPrompts,
): Set<string> | null {
  for (const { language } of target_languages.length === 0 ? columns.translations : []) editedStrings(language, language_strings);
  if (target_languages.length === 0) return null;
  for (const name of target_languages) editedStrings(name, language_strings);
  const codes = new Set(target_languages.map(codeOf));
  const there = new Set([
    ...columns.translations.map(({ language }) => language),
    ...(columns.problem_english === undefined ? [] : ['en']),
  ]);
  const missing = columns.own ? [] : [...codes].filter((code) => !there.has(code));
  if (missing.length > 0)
    throw new MotherTongueError(
      'DatasetError',
      `${dataset.name} has no problems in ${missing.map(nameOfLanguage).join(', ')}; choose among ${[...there].map(nameOfLanguage).join(', ')}, or add a column such as "problem_${missing[0]}".`,
    );
  return codes;
}

/** Of a target language, which may be a name or a code. */
export const codeOf = (language: string): string => stringsOf(language)?.language ?? languageCode(language) ?? language;

/** Where each row says its own language, it is known only now that the file lacks one. */
function checkLanguages(
  dataset: Dataset,
  { target_languages }: ProblemSettings,
  rows: readonly PromptRow[],
  problems: readonly RowProblem[],
): void {
  if (!dataset.problems?.own || problems.length > 0) return;
  const there = new Set(rows.map(({ problem }) => problem!.language));
  const missing = target_languages.map(codeOf).filter((code) => !there.has(code));
  if (missing.length === 0) return;
  const found = there.size === 0 ? 'any of the chosen languages' : missing.map(nameOfLanguage).join(', ');
  throw new MotherTongueError(
    'DatasetError',
    `${dataset.name} has no problems in ${found}; choose among the languages that its rows name.`,
  );
}

function checkEnglish(dataset: Dataset, columns: ProblemColumns, settings: DistillationPrompts): void {
  const wanted = [
    [settings.include_problem_en, columns.problem_english, 'problems', 'include_problem_en'],
    [settings.include_reference_solution_en, columns.solution_english, 'solutions', 'include_reference_solution_en'],
  ] as const;
  for (const [on, column, what, setting] of wanted) {
    if (!on || column !== undefined) continue;
    throw new MotherTongueError(
      'DatasetError',
      `${dataset.name} has no column with English ${what}; choose one by hand in Data, or turn ${setting} off.`,
    );
  }
}

/** Why a row's own language cannot be asked in. */
function unspoken({ language }: FoundProblem, { language_strings }: DistillationPrompts): string | null {
  try {
    editedStrings(language, language_strings);
    return null;
  } catch (error) {
    if (!(error instanceof MotherTongueError)) throw error;
    return `cannot be asked: ${error.message.replace(/^T/, 't').replace(/\.$/, '')}`;
  }
}

/** What the teacher is to see and the row lacks. */
function lacking(
  { language, text }: FoundProblem,
  { include_problem_en, include_reference_solution_en }: DistillationPrompts,
): string | null {
  if (include_problem_en && language !== 'en' && text.problem_english === undefined) return 'has no English problem for the teacher';
  if (include_reference_solution_en && text.solution_english === undefined) return 'has no English solution for the teacher';
  return null;
}

async function problemRow(
  row: number,
  raw: Row,
  problem: FoundProblem,
  columns: ProblemColumns,
  settings: ProblemSettings,
  text: TextModel,
): Promise<PromptRow> {
  const gold = (columns.gold === undefined ? undefined : own(raw, columns.gold)) ?? goldOf(raw);
  const answer = textOf(gold) ?? null;
  const pair = await problemPrompts(problem, settings, text, settings.date);
  return {
    row,
    ...(await encoded(pair, ownReply(problem, answer, settings, text), settings, text)),
    question: problem.text.problem,
    gold,
    answer,
    reasoning_language: nameOfLanguage(problem.language),
    answer_language: null,
    columns: raw,
    problem,
  };
}

function privilegedReader(column: string, settings: ProblemSettings, text: TextModel): RowReader {
  return async (source) => {
    const found = await privilegedRow(source, column, settings);
    if (found === null) return [];
    if (!('asked' in found)) return [found];
    const { asked, reply, context, ...row } = found;
    const pair = await privilegedPrompts(withOwnLanguages(asked, settings), context, settings, text, settings.date);
    return [{ ...row, ...(await encoded(pair, reply ?? undefined, settings, text)) }];
  };
}

/** A row and what the teacher alone sees of it, before it is a prompt. */
export async function privilegedRow(
  source: DatasetRow,
  column: string,
  settings: Pick<EncodingSettings, 'inject_answer_language'>,
): Promise<(AskedRow & { readonly context: string }) | RowProblem | null> {
  const found = await askedRow(source, settings);
  if (found === null || !('asked' in found)) return found;
  const context = textOf(own(found.columns, column));
  if (context === undefined || isBlank(context))
    return rowProblem(found.row, 'missing-field', false, `has nothing for the teacher (column "${column}")`);
  return { ...found, context };
}

type Encoded = Pick<PromptRow, 'ids' | 'teacher' | 'completion' | 'analysis'>;

async function encoded(pair: PromptPair, reply: Message | undefined, settings: ProblemSettings, text: TextModel): Promise<Encoded> {
  const completion = reply && (await completionIds(pair, reply, settings.student_enable_thinking, text, settings.date));
  return {
    ids: idsOf(pair.student, text),
    teacher: idsOf(pair.teacher, text),
    ...(pair.analysis && { analysis: idsOf(pair.analysis, text) }),
    ...(completion && { completion }),
  };
}

function idsOf(segments: readonly Segment[], { tokenizer }: TextModel): Uint32Array {
  return tokenizer.encodeSegments(segments).ids;
}
