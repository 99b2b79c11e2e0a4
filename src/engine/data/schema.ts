/**
 * Which columns of a dataset are what. Decided once per file from its column names and its first row's values, so that all rows are read the
 * same way; a row that does not fit is a problem with its number.
 */
import type { ColumnMapping, DatasetSchema } from '../../protocol/dataset.ts';
import { findKey, isRecord, listOf, own, type Row, textOf } from './fields.ts';

/** Column names by meaning; for `messages` schemas only `messages`, `language` and `tools` are used. */
export interface Layout {
  schema: DatasetSchema;
  messages?: string | undefined;
  prompt?: string | undefined;
  completion?: string | undefined;
  question?: string | undefined;
  /** Alpaca's `input`: more of the question, after an empty line. */
  context?: string | undefined;
  reasoning?: string | undefined;
  answer?: string | undefined;
  developer?: string | undefined;
  language?: string | undefined;
  tools?: string | undefined;
}

const MESSAGES = ['messages', 'conversations', 'conversation', 'chat', 'dialogue', 'dialog'];
const QUESTIONS = ['question', 'problem', 'instruction', 'query', 'user', 'user_message', 'prompt', 'input'];
const ANSWERS = ['final', 'answer', 'response', 'output', 'solution', 'completion', 'final_answer', 'assistant'];
const REASONINGS = [
  ...[
    'reasoning',
    'thinking',
    'analysis',
    'reasoning_content',
    'chain_of_thought',
    'cot',
    'complex_cot',
    'rationale',
    'thought',
    'thoughts',
  ],
  ...['reasoning_trace', 'deepseek_reasoning', 'thinking_trajectory', 'explanation'],
];
const DEVELOPERS = ['developer', 'system', 'system_prompt', 'system_message'];
const LANGUAGES = ['reasoning_language', 'language', 'lang'];

export function recogniseLayout(columns: readonly string[], example: Row): Layout {
  const find = (keys: readonly string[]): string | undefined => findKey(columns, keys);
  const shared = { developer: find(DEVELOPERS), language: find(LANGUAGES), tools: find(['tools']) };
  const messages = find(MESSAGES.filter((name) => holdsMessages(example, find([name]))));
  const thinking = { question: find(['user']), reasoning: find(['analysis']), answer: find(['final']) };
  if (find(['reasoning_language']) && (messages || (thinking.question && thinking.answer))) {
    return { schema: 'multilingual-thinking', ...shared, ...thinking, messages };
  }
  if (thinking.question && thinking.reasoning && thinking.answer)
    return { schema: 'multilingual-thinking', ...shared, ...thinking, messages };
  if (messages) return { schema: 'messages', ...shared, messages };
  const [prompt, completion] = [find(['prompt']), find(['completion'])];
  if (prompt && completion) return { schema: 'prompt-completion', ...shared, prompt, completion, reasoning: find(REASONINGS) };
  const question = find(QUESTIONS);
  const answer = find(ANSWERS.filter((name) => name !== question?.toLowerCase()));
  if (question && answer) {
    const context = question.toLowerCase() === 'instruction' ? find(['input', 'context']) : undefined;
    return { schema: 'question-answer', ...shared, question, context, answer, reasoning: find(REASONINGS) };
  }
  return { schema: 'unknown' };
}

export function mappedLayout(mapping: ColumnMapping): Layout {
  const { user: question, content: answer, thinking: reasoning, developer, reasoning_language: language } = mapping;
  return { schema: 'mapped', question, answer, reasoning, developer, language };
}

function holdsMessages(example: Row, column: string | undefined): boolean {
  if (column === undefined) return false;
  const list = listOf(own(example, column));
  // A first row whose list is null or empty is no evidence against the column.
  if (list === undefined) return own(example, column) === undefined;
  return list.every((entry) => isRecord(entry) && ['role', 'from'].some((key) => textOf(own(entry, key)) !== undefined));
}
