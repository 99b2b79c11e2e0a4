/**
 * One raw row -> one conversation and its problems. A conversation is null when the row cannot be trained; the reason is
 * then among the problems. Schemas are read here; message lists are read by messages.ts.
 */
import type { Conversation, Message } from '../../protocol/conversation.ts';
import type { RowProblem } from '../../protocol/dataset.ts';
import { isBlank, isOff, isRecord, isTooDeep, kindOf, listOf, own, type Row, textOf } from './fields.ts';
import { languageNamed } from './language-names.ts';
import { type Report, readMessages } from './messages.ts';
import { rowProblem } from './row-problems.ts';
import type { RawRow } from './row-source.ts';
import { type Layout, laterFields } from './schema.ts';
import { isInstruction, LANGUAGE_LINES, statedLanguage } from './stated-language.ts';
import { readTools } from './tool-calls.ts';

export interface DatasetRow {
  row: number;
  conversation: Conversation | null;
  /** A question that nobody has answered yet: nothing to learn from, but it can be asked. */
  unanswered?: Conversation;
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
  if (isTooDeep(raw.value)) {
    report('malformed', false, 'is nested more than 100 levels deep');
    return { row: raw.row, conversation: null, problems };
  }
  const later = laterFields(raw.value, layout).map((key) => JSON.stringify(key.slice(0, 60)));
  if (later.length > 0)
    report('unused-field', true, `has ${later.join(' and ')}, which the first rows lack; it is not read, so move such a row to the front`);
  const messages = messagesOf(raw.value, layout, report);
  const tools = layout.tools === undefined ? undefined : readTools(own(raw.value, layout.tools), report);
  const conversation: Conversation = { messages, ...(tools && { tools }) };
  for (const kind of LANGUAGE_LINES) {
    const stated = statedLanguage(conversation, kind);
    const column = kind === 'reasoning_language' ? layout.language : layout.answerLanguage;
    const sure = kind === 'answer_language' || layout.languageIsSure === true;
    const language = languageIn(raw.value, column, sure, report) ?? (stated === null ? null : (languageNamed(stated) ?? nameLike(stated)));
    if (language !== null) conversation[kind] = language;
  }
  checkLabel(raw.value, layout, report);
  const trains = problems.every((problem) => problem.trains);
  if (trains) checkTurns(conversation, report);
  if (problems.every((problem) => problem.trains)) return { ...fields, conversation, problems };
  const open = trains && messages.at(-1)?.role === 'user' && !messages.some(({ role }) => role === 'assistant');
  return { ...fields, conversation: null, ...(open && { unanswered: conversation }), problems };
}

function messagesOf(value: Row, layout: Layout, report: Report): Message[] {
  const list = layout.messages === undefined ? undefined : listOf(own(value, layout.messages));
  if (list !== undefined && list.length > 0) return withColumns(readMessages(list, report), value, layout, report);
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
  if (!isMessageList(prompt) && !isMessageList(completion)) {
    return questionAnswer(value, { ...layout, question: layout.prompt, answer: layout.completion }, report);
  }
  const start = listOf(prompt) ?? [{ role: 'user', content: prompt }];
  const end = listOf(completion) ?? [{ role: 'assistant', content: completion }];
  return withColumns(readMessages([...start, ...end], report), value, layout, report);
}

/** A list of texts is no list of messages, but a field that cannot be used. */
function isMessageList(value: unknown): boolean {
  return listOf(value)?.some(isRecord) ?? false;
}

/** Columns that stand beside a list of messages: instructions in front, reasoning for the last answer. */
function withColumns(messages: Message[], value: Row, layout: Layout, report: Report): Message[] {
  const developer = instructionsIn(value, layout, report);
  const [first] = messages;
  const standing = first && isInstruction(first) ? (first.content ?? '') : undefined;
  const instructed: Message[] =
    isBlank(developer) || standing !== undefined ? messages : [{ role: 'system', content: developer! }, ...messages];
  if (!isBlank(developer) && standing !== undefined && !standing.includes(developer!.trim()))
    report(
      'unused-field',
      true,
      `has instructions in its first message and others in the column "${layout.developers!.join('" and "')}", which are left out`,
    );
  if (layout.history !== undefined && !isBlankList(own(value, layout.history)))
    report('unused-field', true, `has earlier turns in the column "${layout.history}", which are left out; put them into the messages`);
  const mark = layout.marks?.find((column) => isOff(own(value, column)));
  if (mark !== undefined) report('untrained-turn', false, `is not to be learned (column "${mark}" is ${textOf(own(value, mark))})`);
  const last = messages.findLast((message) => message.role === 'assistant');
  const reasoning = last && isBlank(last.thinking) ? reasoningIn(value, layout, report) : undefined;
  return isBlank(reasoning) ? instructed : instructed.map((one) => (one === last ? { ...one, thinking: reasoning! } : one));
}

function isBlankList(value: unknown): boolean {
  return value === undefined || (Array.isArray(value) && value.length === 0) || (typeof value === 'string' && isBlank(value));
}

function questionAnswer(value: Row, layout: Layout, report: Report): Message[] {
  let unusable = false;
  const field = (column: string | undefined): string | undefined =>
    textIn(value, column, (...problem) => {
      unusable = true;
      report(...problem);
    });
  const question = [layout.question, ...(layout.context ?? [])]
    .map(field)
    .filter((text) => !isBlank(text))
    .join('\n\n');
  const answer = field(layout.answer);
  const developer = instructionsIn(value, layout, (...problem) => {
    unusable ||= !problem[1];
    report(...problem);
  });
  const reasoning = reasoningIn(value, layout, report);
  if (unusable) return [];
  if (isBlank(question)) report('missing-field', false, `has no question (${placeOf(layout.question, 'user')})`);
  const asksOnly = layout.schema === 'question-answer' && layout.answer === undefined;
  if (isBlank(answer) && !asksOnly) report('missing-field', false, `has no answer (${placeOf(layout.answer, 'final')})`);
  if (isBlank(question) || (isBlank(answer) && !asksOnly)) return [];
  const marks = Object.fromEntries((layout.marks ?? []).map((column) => [column.toLowerCase(), own(value, column)]));
  return readMessages(
    [
      ...(isBlank(developer) ? [] : [{ role: 'system', content: developer }]),
      ...historyOf(value, layout, report),
      { role: 'user', content: question },
      ...(asksOnly ? [] : [{ role: 'assistant', content: answer, thinking: reasoning, ...marks }]),
    ],
    report,
  );
}

/** A layout of messages may have no columns for single turns. */
function placeOf(column: string | undefined, usual: string): string {
  return column === undefined ? `no messages and no column "${usual}"` : `column "${column}"`;
}

/** A column's text. One that is there and is no text keeps the row out: a list may hold variants as well as pieces. */
function textIn(value: Row, column: string | undefined, report: Report): string | undefined {
  const found = column === undefined ? undefined : own(value, column);
  const text = textOf(found);
  const isEmptyList = Array.isArray(found) && found.length === 0;
  if (found !== undefined && text === undefined && !isEmptyList)
    report('unused-field', false, `has a column "${column}" that is ${kindOf(found)}; it must be one text`);
  return text;
}

/** Instructions of all columns that have some, each once. */
function instructionsIn(value: Row, layout: Layout, report: Report): string | undefined {
  const filled = new Map<string, string>();
  for (const column of layout.developers ?? []) {
    const text = textIn(value, column, report);
    if (!isBlank(text) && !filled.has(text!.trim())) filled.set(text!.trim(), column);
  }
  const names = [...filled.values()].map((column) => `"${column}"`);
  if (names.length > 1)
    report('joined-instructions', true, `has instructions in the columns ${names.join(' and ')}; they are joined in this order`);
  if (names.length <= 1) return layout.developers?.map((column) => textOf(own(value, column))).find((text) => !isBlank(text));
  return [...filled.keys()].join('\n\n');
}

/** Reasoning in a column of its own; flags such as `thinking: true` are none. */
function reasoningIn(value: Row, layout: Layout, report: Report): string | undefined {
  const { reasoning } = layout;
  return reasoning === undefined || typeof own(value, reasoning) === 'boolean' ? undefined : textIn(value, reasoning, report);
}

/** Alpaca's earlier turns, `[["question", "answer"], ...]`, or messages. */
function historyOf(value: Row, layout: Layout, report: Report): unknown[] {
  const found = layout.history === undefined ? undefined : own(value, layout.history);
  if (found === undefined || (typeof found === 'string' && isBlank(found))) return [];
  const turns = (listOf(found) ?? [found]).map((turn) => {
    if (isRecord(turn)) return [turn];
    const [question, answer, ...more] = Array.isArray(turn) ? turn : [];
    if (typeof question !== 'string' || typeof answer !== 'string' || more.length > 0) return null;
    return [
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ];
  });
  if (turns.includes(null)) report('unused-field', false, `has a column "${layout.history}" that is no list of questions with answers`);
  return turns.flatMap((turn) => turn ?? []);
}

/** A column's language by its English name. What names none is taken as written only from a column that is surely one of languages. */
function languageIn(value: Row, column: string | undefined, sure: boolean, report: Report): string | null {
  const text = column === undefined ? undefined : textOf(own(value, column))?.trim();
  if (text === undefined || text === '' || /^(none|null|-)$/i.test(text)) return null;
  const named = languageNamed(text);
  if (named !== null) return named;
  const taken = sure ? nameLike(text) : null;
  const fate = taken === null ? 'it is left out' : 'it is taken as written';
  report(
    'unknown-language',
    true,
    `has ${JSON.stringify(text.slice(0, 40))} in the column "${column}", which names no known language; ${fate}`,
  );
  return taken;
}

/** No language has a name as long as a sentence; such a text would be a language of its own. */
function nameLike(text: string): string | null {
  return text.length <= 60 ? text : null;
}

/** KTO rows have bad answers as well as good ones. */
function checkLabel(value: Row, layout: Layout, report: Report): void {
  const label = layout.label === undefined ? undefined : textOf(own(value, layout.label));
  const text = label?.trim().toLowerCase() ?? '';
  const isMark = layout.schema === 'prompt-completion' || layout.label === 'kto_tag';
  if (text !== 'false' && !(isMark && text !== '' && Number(text) === 0)) return;
  report('undesired-answer', false, `has an answer that is marked as a bad one (column "${layout.label}" is ${text})`);
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
  checkDroppedThinking(messages, report);
  const texts = messages.flatMap((message) => [message.content ?? '', message.thinking ?? '']);
  const special = texts.map((text) => SPECIAL_TOKEN_TEXT.exec(text)?.[0]).find((found) => found !== undefined);
  if (special !== undefined)
    report('special-token-text', true, `has the text ${special}; it is encoded as plain text, not as a control token`);
}

/** The stock template writes the reasoning of the last answer, and of calls that no answer follows yet. */
function checkDroppedThinking(messages: readonly Message[], report: Report): void {
  const lastAnswer = messages.findLastIndex((message) => message.role === 'assistant' && !message.tool_calls);
  const dropped = messages.some(
    (message, index) =>
      !isBlank(message.thinking) && (message.tool_calls ? index < lastAnswer : message.role === 'assistant' && index < messages.length - 1),
  );
  if (dropped)
    report('dropped-thinking', true, 'has reasoning before its last answer; the stock template leaves it out, prefix-preserving trains it');
}
