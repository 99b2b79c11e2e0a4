/**
 * `--questions F.jsonl`: one object a line, or a JSON list of them.
 *   {"question": "Was ist 2+2?", "language": "de", "reasoning_language": "German", "answer_language": "German", "answer": "4"}
 * `question` may be called `user`, or be `messages` without the reply; `answer` may be called `gold`. `language` is that of the question. Languages
 * are names or codes. Other keys are left alone; whatever is wrong is told with its row.
 */
import { languageCode, languageName } from '../../lib/language/index.ts';
import { throwProblems } from '../../lib/problems.ts';
import type { Message } from '../../protocol/conversation.ts';
import { messageOf } from '../conversation-file.ts';
import { isObject, type Json, readText } from '../json-files.ts';
import type { Asked } from './ask.ts';

export interface Question extends Asked {
  /** Line of the file, or place in its list, from 1. */
  readonly row: number;
  /** Code of the question's language where it is one that is known, else as the file has it; null: not told. */
  readonly language: string | null;
  /** The expected answer; null: none is known. */
  readonly gold: string | null;
}

export function readQuestions(path: string): Question[] {
  const problems: string[] = [];
  const rows = rowsOf(readText(path), problems);
  const questions = rows.map(({ row, value }) => questionOf(row, value, problems));
  if (rows.length === 0 && problems.length === 0) problems.push('it has no rows');
  throwProblems('FileError', `${path} cannot be used`, problems, 'Give every row a "question", and texts in its other fields.');
  return questions;
}

/** English name of a language by name or code, as Multilingual-Thinking spells it; as it stands where it is none that is known. */
export function englishName(language: string): string {
  const code = languageCode(language);
  return code === null ? language : languageName(code);
}

interface Row {
  readonly row: number;
  readonly value: unknown;
}

function rowsOf(text: string, problems: string[]): Row[] {
  const parse = (row: number, json: string): Row[] => {
    try {
      return [{ row, value: JSON.parse(json) }];
    } catch (error) {
      problems.push(`row ${row} is not valid JSON (${(error as Error).message})`);
      return [];
    }
  };
  const whole = text.replace(/^\uFEFF/, '');
  if (!whole.trimStart().startsWith('[')) return whole.split(/\r?\n/).flatMap((line, i) => (line.trim() === '' ? [] : parse(i + 1, line)));
  const [list] = parse(1, whole);
  return (list?.value as unknown[] | undefined)?.map((value, i) => ({ row: i + 1, value })) ?? [];
}

function questionOf(row: number, value: unknown, problems: string[]): Question {
  const fields: Json = isObject(value) ? value : {};
  if (!isObject(value)) problems.push(`row ${row} is not an object`);
  const text = (...names: string[]): string | null => {
    const name = names.find((one) => fields[one] !== undefined && fields[one] !== null);
    if (name === undefined) return null;
    const found = fields[name];
    if (typeof found === 'number') return String(found);
    if (typeof found === 'string' && found.trim() !== '') return found;
    problems.push(`row ${row}: ${name} is not a text`);
    return null;
  };
  const language = text('language');
  const reasoning = text('reasoning_language');
  const answering = text('answer_language');
  return {
    row,
    messages: isObject(value) ? messagesOf(row, fields, text('question', 'user'), problems) : [],
    language: language === null ? null : (languageCode(language) ?? language),
    reasoning_language: reasoning === null ? null : englishName(reasoning),
    ...(answering !== null && { answer_language: englishName(answering) }),
    gold: text('gold', 'answer'),
  };
}

function messagesOf(row: number, { messages, question, user }: Json, asked: string | null, problems: string[]): Message[] {
  if (asked !== null) return [{ role: 'user', content: asked }];
  if (!Array.isArray(messages) || messages.length === 0) {
    if ((question ?? user ?? null) === null) problems.push(`row ${row} has neither "question" nor "messages"`);
    return [];
  }
  const found: string[] = [];
  const list = messages.map((entry, i) => messageOf(entry, i, found));
  if (found.length === 0 && list.at(-1)!.role === 'assistant') found.push('messages end with a reply, so that there is nothing to ask');
  problems.push(...found.map((problem) => `row ${row}: ${problem}`));
  return list as Message[]; // null only where a problem was noted
}
