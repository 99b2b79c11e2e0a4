/**
 * A conversation as Harmony text: the one renderer for previewing, training and asking.
 *
 * The text is the Hugging Face gpt-oss template's, character for character; where that template raises, this throws with a sentence that says
 * how to mend the row. Pieces are either one special token or plain text, and two pieces of plain text never touch, so that byte-pair encoding
 * piece by piece gives the template's own ids. Strings such as `<|end|>` inside a user's data stay plain text here, unlike in Hugging Face.
 *
 * Templates: `hf` marks nothing as the assistant's (the stock template has no generation markers); `trl` marks whole assistant turns, header and
 * closing token included; `prefix-preserving` also marks them, keeps the reasoning of every turn and closes answers with `<|end|>`, so that a
 * longer conversation begins with exactly the tokens of the shorter one.
 */
import { MotherTongueError } from '../../../lib/errors.ts';
import type { Channel, Conversation, Message, Segment, ToolCall } from '../../../protocol/conversation.ts';
import type { RenderOptions } from '../format.ts';
import { pythonJson } from '../python-json.ts';
import { systemText } from './system.ts';
import { toolNamespace } from './tool-schema.ts';

type Special = '<|start|>' | '<|end|>' | '<|message|>' | '<|channel|>' | '<|return|>' | '<|call|>';

/** A generation prompt is `<|start|>assistant`; earlier reasoning is then left out by `hf` and `trl`. */
export function render(conversation: Conversation, options: RenderOptions): Segment[] {
  const renderer = new Renderer(options);
  renderer.system(conversation);
  const first = conversation.messages[0];
  const instructed = first?.role === 'system' || first?.role === 'developer';
  renderer.developer(conversation, instructed ? (first.content ?? '') : '');
  renderer.turns(conversation.messages, instructed ? 1 : 0);
  if (options.generation_prompt) renderer.piece('<|start|>', 'assistant', 'control', conversation.messages.length, false);
  return renderer.segments;
}

class Renderer {
  readonly segments: Segment[] = [];
  private readonly keepsReasoning: boolean;
  /** Whether the assistant's turn that is being written is in the assistant mask. */
  private marks = false;
  private lastCall: string | null = null;
  /** Index of the last assistant message that calls no tool. */
  private lastAnswer = -1;

  constructor(private readonly options: RenderOptions) {
    this.keepsReasoning = options.template === 'prefix-preserving';
  }

  /** One special token and the plain text after it. */
  piece(special: Special, text: string, channel: Channel, message: number, assistant: boolean): void {
    this.segments.push({ text: special, special: true, channel: 'control', message, assistant });
    if (text !== '') this.segments.push({ text, special: false, channel, message, assistant });
  }

  system(conversation: Conversation): void {
    const text = systemText({
      date: this.options.date,
      model_identity: conversation.model_identity ?? this.options.model_identity,
      reasoning_effort: conversation.reasoning_effort ?? this.options.reasoning_effort,
      builtin_tools: this.options.builtin_tools ?? [],
      hasTools: Boolean(conversation.tools?.length),
    });
    this.turn('system', text, 'system', -1);
  }

  developer(conversation: Conversation, instructions: string): void {
    const tools = conversation.tools?.length ? conversation.tools : null;
    if (instructions === '' && !tools) return;
    const text =
      (instructions === '' ? '' : `# Instructions\n\n${instructions}\n\n`) +
      (tools ? `# Tools\n\n${toolNamespace('functions', tools)}` : '');
    this.turn('developer', text, 'developer', 0);
  }

  turns(messages: readonly Message[], from: number): void {
    this.lastAnswer = messages.findLastIndex((message) => message.role === 'assistant' && !message.tool_calls);
    for (let index = from; index < messages.length; index++) {
      const message = messages[index]!;
      switch (message.role) {
        case 'user':
          this.turn('user', textOf(message, index), 'user', index);
          break;
        case 'assistant':
          this.assistant(messages, message, index);
          break;
        case 'tool':
          this.toolResult(message, index);
          break;
        case 'system':
        case 'developer':
          break; // The template renders instructions at index 0 only; the data reader lists later ones as a problem.
        default:
          message.role satisfies never;
      }
    }
  }

  private turn(role: string, text: string, channel: Channel, message: number): void {
    this.piece('<|start|>', role, 'control', message, false);
    this.piece('<|message|>', text, channel, message, false);
    this.piece('<|end|>', '', channel, message, false);
  }

  private assistant(messages: readonly Message[], message: Message, index: number): void {
    refuseChannelTags(message, index);
    this.marks = this.options.template !== 'hf' && message.trains !== false;
    if (message.tool_calls) {
      this.toolCall(message, message.tool_calls, index);
      return;
    }
    const last = index === messages.length - 1 && !this.options.generation_prompt;
    if ((last || this.keepsReasoning) && message.thinking !== undefined) this.reply('analysis', message.thinking, '<|end|>', index);
    const end = last && !this.keepsReasoning ? '<|return|>' : '<|end|>';
    this.reply('final', textOf(message, index), end, index);
    if (!last || this.keepsReasoning) this.lastCall = null;
  }

  private reply(channel: 'analysis' | 'final', text: string, end: Special, index: number): void {
    this.piece('<|start|>', 'assistant', 'control', index, this.marks);
    this.piece('<|channel|>', channel, 'control', index, this.marks);
    this.piece('<|message|>', text, channel, index, this.marks);
    this.piece(end, '', channel, index, this.marks);
  }

  private toolCall(message: Message, calls: readonly ToolCall[], index: number): void {
    const call = calls[0];
    if (!call) throw refusal(index, 'has an empty list of tool calls; remove the key or add a call');
    if (message.content && message.thinking) {
      throw refusal(index, 'calls a tool and has both thinking and content; keep its reasoning in one of them');
    }
    const answered = index < this.lastAnswer;
    const reasoning = message.content || message.thinking;
    if (reasoning && (this.keepsReasoning || !answered)) this.reply('analysis', reasoning, '<|end|>', index);
    this.piece('<|start|>', `assistant to=functions.${call.name}`, 'control', index, this.marks);
    this.piece('<|channel|>', `commentary ${call.content_type ?? 'json'}`, 'control', index, this.marks);
    this.piece('<|message|>', pythonJson(call.arguments), 'commentary', index, this.marks);
    this.piece('<|call|>', '', 'commentary', index, this.marks);
    this.lastCall = call.name;
  }

  private toolResult(message: Message, index: number): void {
    if (this.lastCall === null)
      throw refusal(index, 'is a tool result, but no tool call comes before it; add the call or remove the result');
    this.piece('<|start|>', `functions.${this.lastCall} to=assistant`, 'control', index, false);
    this.piece('<|channel|>', 'commentary', 'control', index, false);
    this.piece('<|message|>', pythonJson(message.content), 'tool', index, false);
    this.piece('<|end|>', '', 'tool', index, false);
  }
}

function textOf(message: Message, index: number): string {
  if (typeof message.content !== 'string') throw refusal(index, `(${message.role}) has no content; fill it or remove the message`);
  return message.content;
}

const CHANNEL_TAGS = ['<|channel|>analysis<|message|>', '<|channel|>final<|message|>'];

function refuseChannelTags(message: Message, index: number): void {
  for (const key of ['content', 'thinking'] as const) {
    if (CHANNEL_TAGS.some((tag) => message[key]?.includes(tag))) {
      throw refusal(
        index,
        `has Harmony channel tags inside ${key}; put the reasoning into thinking and the answer into content, without tags`,
      );
    }
  }
}

function refusal(index: number, sentence: string): MotherTongueError {
  return new MotherTongueError('DatasetError', `Message ${index + 1} ${sentence}.`);
}
