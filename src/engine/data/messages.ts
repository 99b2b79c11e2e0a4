/**
 * Lists of messages as datasets write them -> the conversation's messages: `role`/`content` or ShareGPT's `from`/`value`, reasoning under
 * `thinking`, `reasoning` or `reasoning_content` or inside `<think>` tags, tool calls with or without their `function` wrapper.
 * Null fields are dropped (Arrow fills them in, and the template refuses them); everything that cannot be used is reported.
 */
import type { Message, Role, ToolCall, ToolDefinition } from '../../protocol/conversation.ts';
import type { ProblemKind } from '../../protocol/dataset.ts';
import { isBlank, isRecord, listOf, own, type Row, textOf } from './fields.ts';

/** Reports what is wrong with the row: `rest` completes "Row 17 ...". */
export type Report = (kind: ProblemKind, trains: boolean, rest: string) => void;

const ROLES: ReadonlyMap<string, Role> = new Map([
  ...(['system', 'developer', 'user', 'assistant', 'tool'] as const).map((role): [string, Role] => [role, role]),
  ...['human', 'prompter', 'question'].map((name): [string, Role] => [name, 'user']),
  ...['gpt', 'bot', 'model', 'chatgpt', 'ai', 'answer', 'function_call'].map((name): [string, Role] => [name, 'assistant']),
  ...['function', 'observation', 'ipython', 'tool_response', 'function_response'].map((name): [string, Role] => [name, 'tool']),
]);
const REASONING_KEYS = ['thinking', 'reasoning', 'reasoning_content', 'analysis'];
const THINK_TAGS = /^\s*<think>\s*([\s\S]*?)\s*<\/think>\s*/;

export function readMessages(list: readonly unknown[], report: Report): Message[] {
  const messages: Message[] = [];
  for (const [index, entry] of list.entries()) {
    const message = isRecord(entry) ? readMessage(entry, index + 1, report) : undefined;
    if (!isRecord(entry)) report('malformed', false, `has a message ${index + 1} that is not an object with role and content`);
    if (message) messages.push(message);
  }
  const late = messages.findIndex((message, index) => index > 0 && (message.role === 'system' || message.role === 'developer'));
  if (late > 0)
    report(
      'wrong-role',
      true,
      `has a ${messages[late]!.role} message at position ${late + 1}; the template leaves it out, move it to the front`,
    );
  return messages;
}

function readMessage(entry: Row, position: number, report: Report): Message | undefined {
  const named = textOf(own(entry, 'role') ?? own(entry, 'from') ?? own(entry, 'speaker'))?.trim() ?? '';
  const role = ROLES.get(named.toLowerCase());
  if (role === undefined) {
    const got = named === '' ? 'no role' : `the role ${JSON.stringify(named.slice(0, 40))}`;
    report('wrong-role', false, `has ${got} at message ${position}; use system, developer, user, assistant or tool`);
    return undefined;
  }
  const raw = own(entry, 'content') ?? own(entry, 'value') ?? own(entry, 'text');
  let content = textOf(raw) ?? (role === 'tool' && raw !== undefined ? JSON.stringify(raw) : undefined);
  if (content === undefined && raw !== undefined) {
    report('malformed', false, `has content at message ${position} (${role}) that is not text; only text can be trained`);
    return undefined;
  }
  if (role !== 'assistant') return readPlain(entry, role, content, position, report);
  const call = named.toLowerCase() === 'function_call' ? callFromText(content) : undefined;
  const calls = call ? [call] : readToolCalls(listOf(own(entry, 'tool_calls')), position, report);
  if (call) content = undefined;
  let thinking = REASONING_KEYS.map((key) => textOf(own(entry, key))).find((text) => !isBlank(text));
  const tagged = thinking === undefined ? THINK_TAGS.exec(content ?? '') : null;
  if (tagged) {
    content = content!.slice(tagged[0].length);
    thinking = isBlank(tagged[1]) ? undefined : tagged[1];
  }
  if (calls.length === 0 && isBlank(content)) {
    report('empty-turn', false, `has an empty assistant message (${position}); give it content`);
  }
  return {
    role,
    ...(content !== undefined && { content }),
    ...(thinking !== undefined && { thinking }),
    ...(calls.length > 0 && { tool_calls: calls }),
  };
}

function readPlain(entry: Row, role: Role, content: string | undefined, position: number, report: Report): Message | undefined {
  if (role === 'user' && isBlank(content)) report('empty-turn', false, `has an empty user message (${position}); give it content`);
  // Empty instructions are the same as none, as the template has it.
  if ((role === 'system' || role === 'developer') && isBlank(content)) return undefined;
  const name = textOf(own(entry, 'name'));
  return { role, content: content ?? '', ...(name !== undefined && { name }) };
}

function readToolCalls(list: readonly unknown[] | undefined, position: number, report: Report): ToolCall[] {
  const calls: ToolCall[] = [];
  for (const entry of list ?? []) {
    const call = isRecord(entry) ? toolCall(entry) : undefined;
    if (call) calls.push(call);
    else report('malformed', false, `has a tool call without a function name at message ${position}`);
  }
  if (calls.length > 1)
    report('malformed', true, `has ${calls.length} tool calls at message ${position}; the template uses the first only`);
  return calls;
}

function toolCall(entry: Row): ToolCall | undefined {
  const inner = own(entry, 'function');
  const call = isRecord(inner) ? inner : entry;
  const name = textOf(own(call, 'name'));
  if (name === undefined) return undefined;
  const content_type = textOf(own(call, 'content_type'));
  return { name, arguments: own(call, 'arguments') ?? {}, ...(content_type !== undefined && { content_type }) };
}

function callFromText(text: string | undefined): ToolCall | undefined {
  try {
    const parsed: unknown = JSON.parse(text ?? '');
    return isRecord(parsed) ? toolCall(parsed) : undefined;
  } catch {
    return undefined; // Not JSON: it stays the message's content.
  }
}

export function readTools(value: unknown, report: Report): ToolDefinition[] | undefined {
  const list = listOf(value);
  if (list === undefined || list.length === 0) return undefined;
  const tools = list.map((entry) => (isRecord(entry) && isRecord(own(entry, 'function')) ? own(entry, 'function') : entry));
  if (!tools.every((tool) => isRecord(tool) && textOf(own(tool, 'name')) !== undefined)) {
    report('malformed', false, 'has a tool without a function name');
    return undefined;
  }
  return tools.map((tool) => ({ type: 'function', function: withoutNulls(tool) as unknown as ToolDefinition['function'] }));
}

/** Arrow gives every tool the union of all parameters, null where a tool has none. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== null)
      .map(([key, entry]) => [key, withoutNulls(entry)]),
  );
}
