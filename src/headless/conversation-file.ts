/**
 * `--messages F.json`: a list of messages, or an object {messages, tools, enable_thinking, reasoning_effort, model_identity, builtin_tools, ...} as
 * Hugging Face's `apply_chat_template` takes them; keys of other names are variables of the template. Keys that are null count as absent, since datasets fill them in; what the template itself refuses, the
 * renderer refuses.
 */
import type { RenderOptions } from '../engine/chat/format.ts';
import { readJsonValue } from '../engine/data/json-value.ts';
import { MotherTongueError } from '../lib/errors.ts';
import { throwProblems } from '../lib/problems.ts';
import type { Conversation, Message, Role, ToolCall, ToolDefinition } from '../protocol/conversation.ts';
import { isObject, type Json, readText } from './json-files.ts';

const ROLES: readonly Role[] = ['system', 'developer', 'user', 'assistant', 'tool'];
const EFFORTS = ['low', 'medium', 'high'];
const BUILTIN = ['browser', 'python'];
/** `add_generation_prompt` is the flag --generation-prompt of the verb. */
const KEYS = ['messages', 'tools', 'enable_thinking', 'reasoning_effort', 'model_identity', 'builtin_tools', 'add_generation_prompt'];

/** What a conversation brings along for the template, beside messages and tools. */
export type TemplateKeys = Pick<RenderOptions, 'enable_thinking' | 'variables'>;

export interface ConversationFile extends TemplateKeys {
  readonly conversation: Conversation;
  readonly builtin_tools: NonNullable<RenderOptions['builtin_tools']>;
}

export function readConversation(path: string): ConversationFile {
  const json = readPythonJson(path);
  const file: Json = Array.isArray(json) ? { messages: json } : isObject(json) ? withoutNulls(json) : {};
  const problems: string[] = [];
  const list: unknown[] = Array.isArray(file.messages) ? file.messages : [];
  if (list.length === 0) problems.push('there are no messages');
  const { enable_thinking } = file;
  if (enable_thinking !== undefined && typeof enable_thinking !== 'boolean') problems.push('enable_thinking must be true or false');
  const variables = Object.fromEntries(Object.entries(file).filter(([key]) => !KEYS.includes(key)));
  if (file.reasoning_effort !== undefined && !EFFORTS.includes(file.reasoning_effort as string))
    problems.push('reasoning_effort must be low, medium or high');
  if (file.model_identity !== undefined && typeof file.model_identity !== 'string') problems.push('model_identity must be a text');
  const tools = toolsOf(file.tools, problems);
  const builtin = file.builtin_tools ?? [];
  if (!Array.isArray(builtin) || !builtin.every((tool) => BUILTIN.includes(tool)))
    problems.push('builtin_tools must list browser or python');
  const messages = list.map((entry, i) => messageOf(entry, i, problems));
  throwProblems('FileError', `${path} cannot be used`, problems, 'Give a list of messages with role and content.');
  return {
    conversation: {
      messages: messages as Message[], // null only where a problem was noted
      ...(tools && { tools }),
      ...(file.model_identity !== undefined && { model_identity: file.model_identity as string }),
      ...(file.reasoning_effort !== undefined && { reasoning_effort: file.reasoning_effort as 'low' | 'medium' | 'high' }),
    },
    builtin_tools: builtin as ConversationFile['builtin_tools'],
    ...(typeof enable_thinking === 'boolean' && { enable_thinking }),
    ...(Object.keys(variables).length > 0 && { variables }),
  };
}

/** With the numbers of the file as Python has them: `1.0` is not `1`. */
function readPythonJson(path: string): unknown {
  const read = readJsonValue(readText(path));
  if ('fault' in read) throw new MotherTongueError('FileError', `${path} ${read.fault}.`);
  return read.value;
}

/** One entry of a list of messages; null where it is none. */
export function messageOf(entry: unknown, index: number, problems: string[]): Message | null {
  const at = `messages[${index}]`;
  if (!isObject(entry)) {
    problems.push(`${at} is not an object`);
    return null;
  }
  const { role, content: given, thinking: own, reasoning_content, tool_calls, name, tool_call_id } = withoutNulls(entry);
  const thinking = own ?? reasoning_content; // two names of one thing
  const parts = Array.isArray(given) ? given.map((part) => (isObject(part) ? part.text : part)) : undefined;
  const content = parts?.every((part) => typeof part === 'string') ? parts.join('') : given;
  if (!ROLES.includes(role as Role)) problems.push(`${at}.role is ${JSON.stringify(role)} and must be ${ROLES.join(', ')}`);
  // A tool's result may be any JSON; the template writes it as JSON in any case.
  if (content !== undefined && typeof content !== 'string' && role !== 'tool') problems.push(`${at}.content is not a text`);
  if (thinking !== undefined && typeof thinking !== 'string') problems.push(`${at}.thinking is not a text`);
  const calls = tool_calls === undefined ? undefined : callsOf(tool_calls, at, problems);
  return {
    role: role as Role,
    ...(content !== undefined && { content: content as string }),
    ...(thinking !== undefined && { thinking: thinking as string }),
    ...(calls && { tool_calls: calls }),
    ...(typeof name === 'string' && { name }),
    ...(typeof tool_call_id === 'string' && { tool_call_id }),
    ...(parts && typeof content === 'string' && { parts: parts as string[] }),
  };
}

/** With or without the `function` wrapper. */
function callsOf(value: unknown, at: string, problems: string[]): ToolCall[] {
  const list: unknown[] = Array.isArray(value) ? value : [];
  const calls = list.map((call) => (isObject(call) && isObject(call.function) ? call.function : call));
  if (!Array.isArray(value) || !calls.every((call) => isObject(call) && typeof call.name === 'string'))
    problems.push(`${at}.tool_calls must be a list of calls with a name`);
  return calls as ToolCall[];
}

function toolsOf(value: unknown, problems: string[]): ToolDefinition[] | undefined {
  if (value === undefined) return undefined;
  const fits =
    Array.isArray(value) && value.every((tool) => isObject(tool) && isObject(tool.function) && typeof tool.function.name === 'string');
  if (!fits) problems.push('tools must be a list of {"type": "function", "function": {"name": ...}}');
  return value as ToolDefinition[];
}

function withoutNulls(object: Json): Json {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}
