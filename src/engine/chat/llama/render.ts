/**
 * The renderer of Llama 3, 3.1 and 3.2: `<|start_header_id|>role<|end_header_id|>`, two line breaks, the text without white space around it,
 * `<|eot_id|>`. From 3.1 on a system turn with two dates always comes first, tools stand in the first user turn, and a call is the whole reply.
 * The mask is TRL's of Llama 3, for all three: the reply and its `<|eot_id|>`.
 */
import type { Conversation, Message, Segment, ToolDefinition } from '../../../protocol/conversation.ts';
import type { RenderOptions } from '../format.ts';
import { pythonJson } from '../python-json.ts';
import { pythonText } from '../python-repr.ts';
import { strip } from '../python-text.ts';
import { strftime } from '../strftime.ts';
import { CHANNEL_OF, type Place, refusal, Writer, withoutDeveloper } from '../writer.ts';

/** What the system turn says of the day: nothing, a fixed one, or the day of the rendering. */
export type LlamaDate = 'none' | 'fixed' | 'today';

export function renderLlama(dates: LlamaDate, conversation: Conversation, options: RenderOptions): Segment[] {
  const messages = withoutDeveloper(conversation.messages);
  const { tools } = conversation;
  const writer = new LlamaWriter();
  writer.special('<|begin_of_text|>', { message: -1 });
  const rest =
    dates === 'none' ? 0 : preamble(writer, messages, tools, dates === 'fixed' ? '26 Jul 2024' : strftime(options.date, '%d %b %Y'));
  for (let index = rest; index < messages.length; index++) {
    const message = messages[index]!;
    if (dates !== 'none' && message.tool_calls) call(writer, message, index);
    else if (dates !== 'none' && message.role === 'tool') result(writer, message, index);
    else writer.turn(message.role, strip(pythonText(message.content ?? '')), index); // a tool's result may be any JSON
  }
  if (options.generation_prompt) writer.header('assistant', messages.length);
  return writer.segments;
}

class LlamaWriter extends Writer {
  header(role: string, message: number): void {
    this.special('<|start_header_id|>', { message });
    this.plain(role, { channel: 'control', message });
    this.special('<|end_header_id|>', { message });
    this.plain('\n\n', { channel: 'control', message });
  }

  turn(role: Message['role'], text: string, message: number, channel = CHANNEL_OF[role], name: string = role): void {
    this.header(name, message);
    const place: Place = { channel, message, assistant: role === 'assistant' };
    this.plain(text, place);
    this.special('<|eot_id|>', place);
  }
}

/** The system turn and, with tools (an empty list too), the first user turn; returns the index of the first message that is not written yet. */
function preamble(writer: LlamaWriter, messages: readonly Message[], tools: readonly ToolDefinition[] | undefined, day: string): number {
  const system = messages[0]?.role === 'system' ? 1 : 0;
  writer.header('system', system - 1);
  const environment = tools ? 'Environment: ipython\n' : '';
  writer.plain(`${environment}Cutting Knowledge Date: December 2023\nToday Date: ${day}\n\n`, { channel: 'system', message: -1 });
  if (system) writer.plain(strip(messages[0]!.content ?? ''), { channel: 'system', message: 0 });
  writer.special('<|eot_id|>', { message: system - 1 });
  if (!tools) return system;
  const first = messages[system];
  if (!first) throw refusal(0, 'has no user message after it, into which the tools could be put; add one');
  writer.header('user', system);
  writer.plain(toolText(tools), { channel: 'user', message: -1 });
  writer.plain(strip(first.content ?? ''), { channel: 'user', message: system });
  writer.special('<|eot_id|>', { message: system });
  return system + 1;
}

function call(writer: LlamaWriter, { tool_calls = [] }: Message, index: number): void {
  if (tool_calls.length !== 1) throw refusal(index, 'has not exactly one tool call: this model only supports single tool-calls at once');
  const { name, arguments: given } = tool_calls[0]!;
  writer.turn('assistant', `{"name": "${name}", "parameters": ${pythonJson(given)}}`, index, 'commentary');
}

/** JSON, also of a text: it stands in quotes. */
function result(writer: LlamaWriter, { content }: Message, index: number): void {
  writer.turn('tool', content === undefined ? '' : pythonJson(content), index, 'tool', 'ipython');
}

function toolText(tools: readonly ToolDefinition[]): string {
  return (
    'Given the following functions, please respond with a JSON for a function call with its proper arguments that best answers the given prompt.\n\n' +
    'Respond in the format {"name": function name, "parameters": dictionary of argument name and its value}.Do not use variables.\n\n' +
    tools.map((tool) => `${pythonJson(tool, 4)}\n\n`).join('')
  );
}
