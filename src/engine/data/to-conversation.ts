/**
 * One raw row -> one conversation and its problems. A conversation is null when the row cannot be trained; the reason is
 * then among the problems. Schemas are read here; message lists are read by messages.ts.
 */
import type { Conversation, Message } from '../../protocol/conversation.ts';
import type { RowProblem } from '../../protocol/dataset.ts';
import { isBlank, listOf, own, type Row, textOf } from './fields.ts';
import { type Report, readMessages, readTools } from './messages.ts';
import { rowProblem } from './row-problems.ts';
import type { RawRow } from './row-source.ts';
import type { Layout } from './schema.ts';
import { statedLanguage } from './stated-language.ts';

export interface DatasetRow {
  row: number;
  conversation: Conversation | null;
  problems: RowProblem[];
  /** The row's fields as the file has them, untrusted (see fields.ts); absent where it could not be parsed. */
  raw?: Row;
}

/** Control tokens as they look in text; in a row they are encoded as plain text. */
const SPECIAL_TOKEN_TEXT = /<\|[a-z0-9_]{1,32}\|>/;

export function toConversation(raw: RawRow, layout: Layout): DatasetRow {
  const problems: RowProblem[] = [];
  const report: Report = (kind, trains, rest) => problems.push(rowProblem(raw.row, kind, trains, rest));
  if (raw.value === undefined) {
    report('malformed', false, raw.fault ?? 'cannot be read');
    return { row: raw.row, conversation: null, problems };
  }
  const fields = { row: raw.row, raw: raw.value };
  if (layout.schema === 'unknown') return { ...fields, conversation: null, problems };
  const messages = messagesOf(raw.value, layout, report);
  const tools = layout.tools === undefined ? undefined : readTools(own(raw.value, layout.tools), report);
  const conversation: Conversation = { messages, ...(tools && { tools }) };
  const language = languageOf(raw.value, layout) ?? statedLanguage(conversation);
  if (language !== null) conversation.reasoning_language = language;
  const trains = problems.every((problem) => problem.trains);
  if (trains) checkTurns(conversation, report);
  return { ...fields, conversation: problems.every((problem) => problem.trains) ? conversation : null, problems };
}

function messagesOf(value: Row, layout: Layout, report: Report): Message[] {
  const list = layout.messages === undefined ? undefined : listOf(own(value, layout.messages));
  if (list !== undefined && list.length > 0) return readMessages(list, report);
  if (layout.schema === 'messages') {
    report('missing-field', false, `has no messages (column "${layout.messages}")`);
    return [];
  }
  if (layout.schema === 'prompt-completion') return promptCompletion(value, layout, report);
  return questionAnswer(value, layout, report);
}

function promptCompletion(value: Row, layout: Layout, report: Report): Message[] {
  const prompt = own(value, layout.prompt!);
  const completion = own(value, layout.completion!);
  if (listOf(prompt) === undefined && listOf(completion) === undefined) {
    return questionAnswer(value, { ...layout, question: layout.prompt, answer: layout.completion }, report);
  }
  const start = listOf(prompt) ?? [{ role: 'user', content: prompt }];
  const end = listOf(completion) ?? [{ role: 'assistant', content: completion }];
  return readMessages([...start, ...end], report);
}

function questionAnswer(value: Row, layout: Layout, report: Report): Message[] {
  const field = (column: string | undefined): string | undefined => (column === undefined ? undefined : textOf(own(value, column)));
  const question = [field(layout.question), field(layout.context)].filter((text) => !isBlank(text)).join('\n\n');
  const answer = field(layout.answer);
  if (isBlank(question)) report('missing-field', false, `has no question (column "${layout.question}")`);
  if (isBlank(answer)) report('missing-field', false, `has no answer (column "${layout.answer}")`);
  if (isBlank(question) || isBlank(answer)) return [];
  const developer = field(layout.developer);
  return readMessages(
    [
      ...(isBlank(developer) ? [] : [{ role: 'system', content: developer }]),
      { role: 'user', content: question },
      { role: 'assistant', content: answer, thinking: field(layout.reasoning) },
    ],
    report,
  );
}

function languageOf(value: Row, layout: Layout): string | null {
  const text = layout.language === undefined ? undefined : textOf(own(value, layout.language))?.trim();
  return text === undefined || text === '' || /^(none|null|-)$/i.test(text) ? null : text;
}

/** Problems of whole conversations, before any token is counted. */
function checkTurns(conversation: Conversation, report: Report): void {
  const { messages } = conversation;
  const answers = messages.filter((message) => message.role === 'assistant');
  if (!messages.some((message) => message.role === 'user')) report('missing-field', false, 'has no user message; add the question');
  if (answers.length === 0) {
    report('missing-field', false, 'has no assistant message; there is nothing to learn from it');
    return;
  }
  const last = messages.at(-1)!;
  if (last.role !== 'assistant') report('wrong-role', true, `ends with a ${last.role} message; only the assistant turns before it train`);
  const final = answers.at(-1)!;
  if (isBlank(final.thinking) && !(final.tool_calls && !isBlank(final.content))) {
    report('no-thinking', true, 'has no reasoning in its last answer; it teaches the answer alone');
  }
  const texts = messages.flatMap((message) => [message.content ?? '', message.thinking ?? '']);
  const special = texts.map((text) => SPECIAL_TOKEN_TEXT.exec(text)?.[0]).find((found) => found !== undefined);
  if (special !== undefined)
    report('special-token-text', true, `has the text ${special}; it is encoded as plain text, not as a control token`);
}
