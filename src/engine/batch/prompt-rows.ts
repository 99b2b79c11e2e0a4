/**
 * Rows of a dataset as prompts, for methods that learn from answers of the model's own: everything before the last answer, rendered as a question is,
 * with the lines that ask for the row's languages; and what the row says about a good answer, for the rewards to judge by.
 */
import { throwIfCancelled } from '../../lib/cancel.ts';
import type { Conversation, Message } from '../../protocol/conversation.ts';
import type { EncodingSettings, RowProblem } from '../../protocol/dataset.ts';
import { withOwnLanguages } from '../chat/asked-languages.ts';
import type { TextModel } from '../chat/open-text.ts';
import { promptOf } from '../chat/prompt.ts';
import type { Dataset } from '../data/dataset.ts';
import { findKey, own, type Row, textOf } from '../data/fields.ts';
import type { FoundProblem } from '../data/read-problems.ts';
import { rowProblem } from '../data/row-problems.ts';
import type { DatasetRow } from '../data/to-conversation.ts';
import { withAnswerLanguage } from './answer-language.ts';
import { askedMode } from './thinking.ts';

export interface PromptRow {
  /** Number in the file. */
  readonly row: number;
  readonly ids: Uint32Array;
  /** The last thing that was asked. */
  readonly question: string;
  /** The right answer as the row has it; null where it has none. */
  readonly gold: unknown;
  /** The answer of the row as text, which `gold` may be more exact than. */
  readonly answer: string | null;
  /** English name of the language to reason in; null: none was asked for. */
  readonly reasoning_language: string | null;
  /** Of the language to answer in, likewise. */
  readonly answer_language: string | null;
  /** All columns of the row, untrusted: what rewards read beside (tests). */
  readonly columns: Row;
  /** What a teacher reads in front of the same answer: its whole prompt. */
  readonly teacher?: Uint32Array;
  /** The row's own answer, up to the token that ends it. */
  readonly completion?: Uint32Array;
  /** The teacher's prompt for an analysis, where it writes one first; `teacherAfter` (problem-rows.ts) makes its prompt of that. */
  readonly analysis?: Uint32Array;
  /** Of a problem in several languages: what the prompts were made of. */
  readonly problem?: FoundProblem;
}

/** Columns that hold a right answer and nothing else, the most exact first. */
const GOLDS = ['gold', 'answer_number', 'ground_truth', 'final_answer', 'answer', 'solution', 'final'];

export interface PromptSettings extends EncodingSettings {
  /** Tokens that a prompt may have beside its answer. */
  readonly longest: number;
}

export interface PromptRows {
  readonly rows: readonly PromptRow[];
  readonly problems: readonly RowProblem[];
  /** Tokens of the prompts that are left out because they are longer than `longest`; among `problems` too. */
  readonly tooLong: readonly number[];
}

/** Every row that has a question, in file order. */
export async function promptRows(dataset: Dataset, settings: PromptSettings, text: TextModel, signal?: AbortSignal): Promise<PromptRows> {
  const rows: PromptRow[] = [];
  const problems: RowProblem[] = [];
  const tooLong: number[] = [];
  const wanted = settings.languages && new Set(settings.languages);
  for await (const piece of dataset.pieces({ signal })) {
    for (const source of piece.rows) {
      if (wanted && !wanted.has(askedIn(source)?.reasoning_language ?? '')) continue;
      const made = await promptRow(source, settings, text);
      if (made && 'ids' in made) {
        const { length } = made.ids;
        if (length <= settings.longest) rows.push(made);
        else {
          tooLong.push(length);
          problems.push(tooLongProblem(made.row, length, settings.longest));
        }
      } else if (made) problems.push(made);
    }
    throwIfCancelled(signal, `Reading ${dataset.name}`);
  }
  return { rows, problems, tooLong };
}

function askedIn({ conversation, unanswered }: DatasetRow): Conversation | null {
  return conversation ?? unanswered ?? null;
}

/** A row before it is a prompt: what is asked, what the row itself answers, and what it says about a good answer. */
export interface AskedRow extends Omit<PromptRow, 'ids'> {
  /** Everything before the last answer. */
  readonly asked: Conversation;
  /** The last answer; null where the row has none. */
  readonly reply: Message | null;
}

/** null: not a row that anything can be said of. */
export async function askedRow(
  source: DatasetRow,
  settings: Pick<EncodingSettings, 'inject_answer_language'>,
): Promise<AskedRow | RowProblem | null> {
  const { row, raw = {} } = source;
  const found = askedIn(source);
  if (!found) return source.problems.find(({ trains }) => !trains) ?? null;
  const conversation = settings.inject_answer_language ? await withAnswerLanguage(found) : found;
  const open = conversation.messages.at(-1)?.role === 'user'; // the last question is still to be answered
  const last = open ? -1 : conversation.messages.findLastIndex((message) => message.role === 'assistant');
  const messages = last < 0 ? conversation.messages : conversation.messages.slice(0, last);
  const question = messages.findLast((message) => message.role === 'user')?.content;
  if (question === undefined) return rowProblem(row, 'missing-field', false, 'has no question before its last answer');
  const reply = conversation.messages[last] ?? null;
  const answer = reply?.content ?? null;
  return {
    row,
    asked: { ...conversation, messages },
    reply,
    question,
    gold: goldOf(raw) ?? answer,
    answer,
    reasoning_language: conversation.reasoning_language ?? null,
    answer_language: conversation.answer_language ?? null,
    columns: raw,
  };
}

/** The prompt of a row, up to where its answer begins. */
export function promptIds(
  { row, asked }: Pick<AskedRow, 'row' | 'asked'>,
  settings: EncodingSettings,
  text: TextModel,
): Promise<Uint32Array> {
  const mode = askedMode(row, settings);
  return promptOf(text, withOwnLanguages(asked, settings), {
    date: settings.date,
    reasoning_language: null, // the row's own lines stand, or have just been put in
    ...(mode !== null && { enable_thinking: mode === 'think' }),
  });
}

async function promptRow(source: DatasetRow, settings: PromptSettings, text: TextModel): Promise<PromptRow | RowProblem | null> {
  const found = await askedRow(source, settings);
  if (found === null || !('asked' in found)) return found;
  const ids = await promptIds(found, settings, text);
  const { asked: _, reply: __, ...row } = found;
  return { ...row, ids };
}

export function tooLongProblem(row: number, tokens: number, longest: number): RowProblem {
  const left = Math.max(0, longest);
  return rowProblem(row, 'too-long', false, `has ${tokens} tokens before its answer, and ${left} are left beside max_completion_length`);
}

/** The right answer that the row has, by the names of its columns; null where it has none. */
export function goldOf(raw: Row): unknown {
  for (const name of GOLDS) {
    const column = findKey(Object.keys(raw), [name]);
    const value = column === undefined ? undefined : own(raw, column);
    if (value !== undefined && (Array.isArray(value) || textOf(value) !== undefined)) return value;
  }
  return null;
}
