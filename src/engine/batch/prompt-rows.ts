/**
 * Rows of a dataset as prompts, for methods that learn from answers of the model's own: everything before the last answer, rendered as a question is,
 * with the lines that ask for the row's languages; and what the row says about a good answer, for the rewards to judge by.
 */
import { throwIfCancelled } from '../../lib/cancel.ts';
import type { Conversation } from '../../protocol/conversation.ts';
import type { EncodingSettings, RowProblem } from '../../protocol/dataset.ts';
import { withOwnLanguages } from '../chat/asked-languages.ts';
import type { TextModel } from '../chat/open-text.ts';
import { promptOf } from '../chat/prompt.ts';
import type { Dataset } from '../data/dataset.ts';
import { findKey, own, type Row, textOf } from '../data/fields.ts';
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
}

/** Every row that has a question, in file order. */
export async function promptRows(dataset: Dataset, settings: PromptSettings, text: TextModel, signal?: AbortSignal): Promise<PromptRows> {
  const rows: PromptRow[] = [];
  const problems: RowProblem[] = [];
  const wanted = settings.languages && new Set(settings.languages);
  for await (const piece of dataset.pieces({ signal })) {
    for (const source of piece.rows) {
      if (wanted && !wanted.has(askedIn(source)?.reasoning_language ?? '')) continue;
      const made = await promptRow(source, settings, text);
      if (made && 'ids' in made) rows.push(made);
      else if (made) problems.push(made);
    }
    throwIfCancelled(signal, `Reading ${dataset.name}`);
  }
  return { rows, problems };
}

function askedIn({ conversation, unanswered }: DatasetRow): Conversation | null {
  return conversation ?? unanswered ?? null;
}

async function promptRow(source: DatasetRow, settings: PromptSettings, text: TextModel): Promise<PromptRow | RowProblem | null> {
  const { row, raw = {} } = source;
  const found = askedIn(source);
  if (!found) return source.problems.find(({ trains }) => !trains) ?? null;
  const conversation = settings.inject_answer_language ? await withAnswerLanguage(found) : found;
  const open = conversation.messages.at(-1)?.role === 'user'; // the last question is still to be answered
  const last = open ? -1 : conversation.messages.findLastIndex((message) => message.role === 'assistant');
  const messages = last < 0 ? conversation.messages : conversation.messages.slice(0, last);
  const asked: Conversation = { ...conversation, messages };
  const question = messages.findLast((message) => message.role === 'user')?.content;
  if (question === undefined) return rowProblem(row, 'missing-field', false, 'has no question before its last answer');
  const mode = askedMode(row, settings);
  const ids = await promptOf(text, withOwnLanguages(asked, settings), {
    date: settings.date,
    reasoning_language: null, // the row's own lines stand, or have just been put in
    ...(mode !== null && { enable_thinking: mode === 'think' }),
  });
  if (ids.length > settings.longest)
    return rowProblem(
      row,
      'too-long',
      false,
      `has ${ids.length} tokens before its answer, and ${settings.longest} are left beside max_completion_length`,
    );
  const answer = last < 0 ? null : (conversation.messages[last]!.content ?? null);
  return {
    row,
    ids,
    question,
    gold: goldOf(raw) ?? answer,
    answer,
    reasoning_language: conversation.reasoning_language ?? null,
    answer_language: conversation.answer_language ?? null,
    columns: raw,
  };
}

function goldOf(raw: Row): unknown {
  for (const name of GOLDS) {
    const column = findKey(Object.keys(raw), [name]);
    const value = column === undefined ? undefined : own(raw, column);
    if (value !== undefined && (Array.isArray(value) || textOf(value) !== undefined)) return value;
  }
  return null;
}
