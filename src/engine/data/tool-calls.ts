/**
 * Tools and calls of them as datasets write them: with or without a `function` wrapper, arguments as objects or as the JSON text that OpenAI's
 * API returns. Arguments end as objects, as other trainers have them: a text would be written in quotes, as JSON inside JSON.
 */
import type { Conversation, ToolCall, ToolDefinition } from '../../protocol/conversation.ts';
import { isBlank, isRecord, listOf, own, parsedText, type Row, textOf } from './fields.ts';
import { isJson } from './json-value.ts';
import type { Report } from './messages.ts';

/** Calls of an assistant's message, be it `tool_calls`, the older `function_call`, or a Harmony message to a function. */
export function readToolCalls(entry: Row, content: string | undefined, position: number, report: Report): ToolCall[] {
  const given = own(entry, 'tool_calls');
  const older = own(entry, 'function_call');
  const recipient = textOf(own(entry, 'recipient'))?.trim() ?? '';
  const list = listOf(given) ?? (isRecord(given) ? [given] : undefined);
  if (given !== undefined && given !== '' && list === undefined)
    report('malformed', false, `has tool_calls at message ${position} that are no list`);
  if (list && list.length > 0) return toolCalls(list, position, report);
  if (isRecord(older) && own(older, 'name') !== undefined) return toolCalls([older], position, report);
  if (recipient === '' || ['all', 'user', 'assistant'].includes(recipient)) return [];
  if (!recipient.startsWith('functions.')) {
    report(
      'malformed',
      false,
      `calls the built-in tool ${JSON.stringify(recipient.slice(0, 40))} at message ${position}; only functions can be trained`,
    );
    return [];
  }
  const content_type = textOf(own(entry, 'content_type'))?.replace('<|constrain|>', '').trim();
  const call = { name: recipient.slice(10), arguments: content ?? '', ...(content_type && { content_type }) };
  // The message is the arguments themselves, not a text in their place.
  return toolCalls([call], position, report).map(({ arguments_text: _, ...read }) => read);
}

/** ShareGPT's function_call turn: one call or a list of calls as JSON text. */
export function callsFromText(text: string | undefined, position: number, report: Report): ToolCall[] {
  const parsed = parsedText(text ?? '');
  const list = Array.isArray(parsed) ? parsed : [parsed];
  if (parsed !== undefined && list.length > 0) return toolCalls(list, position, report);
  report('malformed', false, `has a function_call at message ${position} that is not JSON with name and arguments`);
  return [];
}

function toolCalls(list: readonly unknown[], position: number, report: Report): ToolCall[] {
  const calls: ToolCall[] = [];
  for (const entry of list) {
    const call = isRecord(entry) ? toolCall(entry, position, report) : undefined;
    if (call) calls.push(call);
    else report('malformed', false, `has a tool call without a function name at message ${position}`);
  }
  if (calls.length > 1)
    report('malformed', true, `has ${calls.length} tool calls at message ${position}; the template uses the first only`);
  return calls;
}

function toolCall(entry: Row, position: number, report: Report): ToolCall | undefined {
  const inner = own(entry, 'function');
  const call = isRecord(inner) ? inner : entry;
  const name = textOf(own(call, 'name'));
  if (name === undefined) return undefined;
  const content_type = textOf(own(call, 'content_type'));
  const given = own(call, 'arguments') ?? own(call, 'parameters') ?? own(call, 'input');
  const read = readArguments(given, position, report);
  return {
    name,
    arguments: read,
    ...(typeof given === 'string' && read !== given && !isBlank(given) && { arguments_text: given }),
    ...(content_type !== undefined && { content_type }),
  };
}

function readArguments(given: unknown, position: number, report: Report): unknown {
  if (given === undefined) return {};
  if (typeof given === 'string') return parseArguments(given, position, report);
  if (!isRecord(given))
    report('malformed', true, `has tool arguments at message ${position} that are no JSON object; they are trained as they are written`);
  if (!hasNull(given)) return given;
  report('null-arguments', true, 'has null in tool arguments; it is left out, since Parquet fills it in where a call has no such argument');
  return withoutNulls(given);
}

function parseArguments(text: string, position: number, report: Report): unknown {
  if (text.trim() === '') return {};
  const parsed = parsedText(text);
  if (isRecord(parsed) && /NaN|Infinity/.test(text) && !isJson(text))
    report('null-arguments', true, `has NaN or Infinity in tool arguments at message ${position}; it is trained as null`);
  if (isRecord(parsed)) return parsed;
  report(
    'malformed',
    true,
    `has tool arguments at message ${position} that are text but no JSON object; they are trained as a text in quotes`,
  );
  return text;
}

/** Arguments that were JSON text as that text again, as the stock template has them from such rows. */
export function withArgumentsAsText(conversation: Conversation): Conversation {
  const asText = (call: ToolCall): ToolCall => ({ ...call, arguments: call.arguments_text ?? call.arguments });
  const messages = conversation.messages.map((message) =>
    message.tool_calls ? { ...message, tool_calls: message.tool_calls.map(asText) } : message,
  );
  return { ...conversation, messages };
}

export function readTools(value: unknown, report: Report): ToolDefinition[] | undefined {
  const list = isRecord(value) ? [value] : listOf(value);
  if (list === undefined && !isNone(value)) report('unused-field', true, 'has tools that are no list; they are left out');
  if (list === undefined || list.length === 0) return undefined;
  const tools = list.map((entry) => (isRecord(entry) && isRecord(own(entry, 'function')) ? own(entry, 'function') : entry));
  if (!tools.every((tool) => isRecord(tool) && textOf(own(tool, 'name')) !== undefined)) {
    report('malformed', false, 'has a tool without a function name');
    return undefined;
  }
  return tools.map((tool) => ({ type: 'function', function: withoutNulls(tool) as unknown as ToolDefinition['function'] }));
}

/** Absent, also as a text file spells it. */
function isNone(value: unknown): boolean {
  return value === undefined || (typeof value === 'string' && /^(?:none|null|nan)?$/i.test(value.trim()));
}

function hasNull(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasNull);
  return isRecord(value) && Object.values(value).some((entry) => entry === null || hasNull(entry));
}

/** Arrow gives every tool and every call the union of all parameters, null where one has none. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => entry !== null)
      .map(([key, entry]) => [key, withoutNulls(entry)]),
  );
}
