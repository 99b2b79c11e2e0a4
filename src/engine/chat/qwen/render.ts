/**
 * The renderer of Qwen2.5, Qwen3 and both of Qwen3-2507: turns between `<|im_start|>` and `<|im_end|>`, tools in the system turn, a tool's results
 * in a user turn. What differs is a variant's own: which system text stands where none is given, and what becomes of reasoning.
 * Masks are TRL's: the reply up to the line break after its `<|im_end|>`; in Qwen2.5 also the line break before it.
 */
import type { Conversation, Message, Segment, ToolCall, ToolDefinition } from '../../../protocol/conversation.ts';
import type { RenderOptions } from '../format.ts';
import { pythonJson } from '../python-json.ts';
import { pythonText } from '../python-repr.ts';
import { after, before, stripLines, stripLinesAfter, stripLinesBefore } from '../python-text.ts';
import { CHANNEL_OF, type Place, refusal, Writer, withoutDeveloper } from '../writer.ts';

export interface QwenVariant {
  /** Written where the conversation has no system message; null: nothing is. */
  readonly system: string | null;
  /** Reasoning has a place, and `enable_thinking` is heard unless the prompt opens the thought. */
  readonly thinks: boolean;
  /** The prompt ends with `<think>`. */
  readonly opensThought: boolean;
  /** Content that is no text is an error, not an empty text. */
  readonly needsContent: boolean;
  /** The line break after `assistant` is trained. */
  readonly trainsLineBreak: boolean;
  /** Arguments that are a text are written as they are, not as JSON. */
  readonly keepsArgumentText: boolean;
}

export function renderQwen(variant: QwenVariant, conversation: Conversation, options: RenderOptions): Segment[] {
  const messages = withoutDeveloper(conversation.messages);
  const writer = new Writer();
  const turn = new QwenWriter(writer, variant, messages, options);
  turn.system(conversation.tools ?? []);
  for (const [index, message] of messages.entries()) {
    if (message.role === 'assistant') turn.reply(message, index);
    else if (message.role === 'tool') turn.result(message, index);
    else if (message.role === 'user' || index > 0) turn.turn(message.role, turn.textOf(message, index), index);
  }
  if (options.generation_prompt) turn.prompt();
  return writer.segments;
}

class QwenWriter {
  private readonly lastQuery: number;

  constructor(
    private readonly writer: Writer,
    private readonly variant: QwenVariant,
    private readonly messages: readonly Message[],
    private readonly options: RenderOptions,
  ) {
    this.lastQuery = messages.findLastIndex(isQuery);
    if (this.lastQuery < 0) this.lastQuery = messages.length - 1;
  }

  system(tools: readonly ToolDefinition[]): void {
    const first = this.messages[0];
    const index = first?.role === 'system' ? 0 : -1;
    const own = index === 0 ? this.textOf(first!, 0, true) : null;
    const text = own ?? this.variant.system;
    if (tools.length === 0) {
      if (text !== null) this.turn('system', text, index);
      return;
    }
    const lead = text === null ? '' : `${text}\n\n`;
    this.open('system', index);
    this.writer.plain(lead, { channel: 'system', message: index });
    this.writer.plain(toolText(tools), { channel: 'system', message: -1 });
    this.close(index);
  }

  turn(role: Message['role'], text: string, index: number): void {
    this.open(role, index);
    this.writer.plain(text, { channel: CHANNEL_OF[role], message: index });
    this.close(index);
  }

  reply(message: Message, index: number): void {
    const calls = message.tool_calls ?? [];
    const needs = calls.length === 0 || this.variant.thinks;
    const { reasoning, content } = this.parted(message, needs ? this.textOf(message, index) : (message.content ?? ''));
    this.writer.special('<|im_start|>', { message: index });
    this.writer.plain('assistant', { channel: 'control', message: index });
    const marked = { message: index, assistant: true };
    const lineBreak = this.variant.trainsLineBreak ? marked : { message: index };
    if (!this.variant.trainsLineBreak || calls.length === 0 || content !== '') {
      this.writer.plain('\n', { channel: 'control', ...lineBreak });
    }
    if (reasoning !== null) this.writer.plain(`<think>\n${stripLines(reasoning)}\n</think>\n\n`, { channel: 'analysis', ...marked });
    this.writer.plain(reasoning === null ? content : stripLinesBefore(content), { channel: 'final', ...marked });
    for (const [i, call] of calls.entries()) {
      const first = i === 0 && content === '' && !this.variant.trainsLineBreak;
      this.writer.plain(this.callText(call, first ? '' : '\n'), { channel: 'commentary', ...marked });
    }
    this.close(index, marked);
  }

  /** Consecutive results share one user turn. */
  result(message: Message, index: number): void {
    if (this.messages[index - 1]?.role !== 'tool') {
      this.writer.special('<|im_start|>', { message: index });
      this.writer.plain('user', { channel: 'control', message: index });
    }
    const content: unknown = message.content; // any JSON
    const strict = this.variant.needsContent || this.variant.trainsLineBreak;
    const text = typeof content === 'string' ? content : strict && content !== undefined ? pythonText(content) : '';
    this.writer.plain(`\n<tool_response>\n${text}\n</tool_response>`, { channel: 'tool', message: index });
    if (this.messages[index + 1]?.role !== 'tool') this.close(index);
  }

  prompt(): void {
    this.open('assistant', this.messages.length);
    if (this.variant.opensThought) this.writer.plain('<think>\n', { channel: 'control', message: this.messages.length });
    else if (this.variant.thinks && this.options.enable_thinking === false) {
      this.writer.plain('<think>\n\n</think>\n\n', { channel: 'control', message: this.messages.length });
    }
  }

  textOf(message: Message, index: number, needed = this.variant.needsContent): string {
    if (typeof message.content === 'string') return message.content;
    if (!needed) return '';
    throw refusal(index, `(${message.role}) has no content, which its chat template needs; fill it or remove the message`);
  }

  /** Reasoning as it is written (null: no think block) and what is left of the content. */
  private parted(message: Message, text: string): { reasoning: string | null; content: string } {
    if (!this.variant.thinks) return { reasoning: null, content: text };
    const index = this.messages.indexOf(message);
    const inText = message.thinking === undefined && text.includes('</think>');
    const reasoning = inText ? stripLinesBefore(after(stripLinesAfter(before(text, '</think>')), '<think>')) : (message.thinking ?? '');
    const content = inText ? stripLinesBefore(after(text, '</think>')) : text;
    const last = index === this.messages.length - 1;
    const keeps = this.options.template !== 'hf' || (index > this.lastQuery && (last || reasoning !== ''));
    return { reasoning: keeps ? reasoning : null, content };
  }

  private callText(call: ToolCall, lead: string): string {
    const { name, arguments: given } = call;
    const text = this.variant.keepsArgumentText && typeof given === 'string' ? given : pythonJson(given);
    return `${lead}<tool_call>\n{"name": "${name}", "arguments": ${text}}\n</tool_call>`;
  }

  private open(role: string, message: number): void {
    this.writer.special('<|im_start|>', { message });
    this.writer.plain(`${role}\n`, { channel: 'control', message });
  }

  private close(message: number, marks: Omit<Place, 'channel'> = { message }): void {
    this.writer.special('<|im_end|>', marks);
    this.writer.plain('\n', { channel: 'control', ...marks });
  }
}

/** A user's turn that is no tool result. */
function isQuery({ role, content }: Message): boolean {
  return role === 'user' && typeof content === 'string' && !(content.startsWith('<tool_response>') && content.endsWith('</tool_response>'));
}

function toolText(tools: readonly ToolDefinition[]): string {
  const lines = tools.map((tool) => `\n${pythonJson(tool)}`).join('');
  return (
    '# Tools\n\nYou may call one or more functions to assist with the user query.\n\n' +
    `You are provided with function signatures within <tools></tools> XML tags:\n<tools>${lines}\n</tools>\n\n` +
    'For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\n' +
    '<tool_call>\n{"name": <function-name>, "arguments": <args-json-object>}\n</tool_call>'
  );
}
