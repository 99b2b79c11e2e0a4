/**
 * The renderer of the R1 distills: every system text in front (the last one counts), turns that begin with a token for their role, a prompt that has
 * already opened the thought. The model's own template cuts a reply at its last `</think>`; TRL's training template keeps it, and so does
 * this one, with the reasoning of a message in front of its answer.
 */
import type { Conversation, Message, Segment, ToolCall } from '../../../protocol/conversation.ts';
import type { RenderOptions } from '../format.ts';
import { pythonJson } from '../python-json.ts';
import { after } from '../python-text.ts';
import { refusal, Writer, withoutDeveloper } from '../writer.ts';

export function renderDeepseek(conversation: Conversation, options: RenderOptions): Segment[] {
  const messages = withoutDeveloper(conversation.messages);
  const turns = new DeepseekWriter(options.template !== 'hf');
  turns.special('<｜begin▁of▁sentence｜>', { message: -1 });
  const system = messages.findLastIndex(({ role }) => role === 'system');
  if (system >= 0) turns.plain(messages[system]!.content ?? '', { channel: 'system', message: system });
  for (const [index, message] of messages.entries()) turns.message(message, index);
  turns.end(options.generation_prompt === true, messages.length);
  return turns.segments;
}

class DeepseekWriter extends Writer {
  private afterTool = false;
  private firstOutput = true;
  private called = false;

  constructor(private readonly keepsThinking: boolean) {
    super();
  }

  message(message: Message, index: number): void {
    const { role, content } = message;
    if (role === 'user') {
      this.afterTool = false;
      this.special('<｜User｜>', { message: index });
      this.plain(content ?? '', { channel: 'user', message: index });
    } else if (role === 'tool') this.result(content ?? '', index);
    else if (role === 'assistant' && content !== undefined) this.reply(message, index);
    else if (role === 'assistant') this.calls(message.tool_calls, index);
  }

  end(prompt: boolean, message: number): void {
    if (this.afterTool) this.special('<｜tool▁outputs▁end｜>', { message: message - 1 });
    else if (prompt) {
      this.special('<｜Assistant｜>', { message });
      this.plain('<think>\n', { channel: 'control', message });
    }
  }

  private reply({ content = '', thinking }: Message, index: number): void {
    const marked = { message: index, assistant: true };
    const head = this.keepsThinking ? marked : { message: index };
    if (this.afterTool) {
      this.special('<｜tool▁outputs▁end｜>', head);
      this.plain(content, { channel: 'final', ...marked });
    } else {
      this.special('<｜Assistant｜>', head);
      if (this.keepsThinking && thinking) this.plain(`<think>\n${thinking}\n</think>\n\n`, { channel: 'analysis', ...marked });
      this.plain(this.keepsThinking ? content : after(content, '</think>'), { channel: 'final', ...marked });
    }
    this.special('<｜end▁of▁sentence｜>', marked);
    this.afterTool = false;
  }

  /** The first call of a conversation opens the list; the end stands after every later one. So the template has it. */
  private calls(calls: readonly ToolCall[] | undefined, index: number): void {
    if (!calls?.length) throw refusal(index, '(assistant) has neither content nor tool calls; fill it or remove the message');
    this.afterTool = false;
    const marked = { message: index, assistant: true };
    for (const call of calls) {
      const first = !this.called;
      if (first) {
        this.special('<｜Assistant｜>', marked);
        this.special('<｜tool▁calls▁begin｜>', marked);
      } else this.plain('\n', { channel: 'commentary', ...marked });
      this.special('<｜tool▁call▁begin｜>', marked);
      this.plain('function', { channel: 'commentary', ...marked });
      this.special('<｜tool▁sep｜>', marked);
      const given = typeof call.arguments === 'string' ? call.arguments : pythonJson(call.arguments);
      this.plain(`${call.name}\n\`\`\`json\n${given}\n\`\`\``, { channel: 'commentary', ...marked });
      this.special('<｜tool▁call▁end｜>', marked);
      if (!first) {
        this.special('<｜tool▁calls▁end｜>', marked);
        this.special('<｜end▁of▁sentence｜>', marked);
      }
      this.called = true;
    }
  }

  private result(content: unknown, index: number): void {
    if (typeof content !== 'string')
      throw refusal(index, '(tool) has a result that is no text, which its chat template cannot write; give it as JSON text');
    this.afterTool = true;
    const place = { message: index };
    if (this.firstOutput) this.special('<｜tool▁outputs▁begin｜>', place);
    else this.plain('\n', { channel: 'tool', ...place });
    this.firstOutput = false;
    this.special('<｜tool▁output▁begin｜>', place);
    this.plain(content, { channel: 'tool', ...place });
    this.special('<｜tool▁output▁end｜>', place);
  }
}
