/**
 * Gemma 3's format: user and model take turns, the system's text goes before the first question (an empty one still adds two line breaks), texts
 * lose the white space around them. There are no tools and no place for reasoning. The mask is TRL's: from the reply's first character to the
 * line break after its `<end_of_turn>`.
 */
import type { Conversation, Segment } from '../../../protocol/conversation.ts';
import type { ChatFormat, RenderOptions } from '../format.ts';
import { strip } from '../python-text.ts';
import { openThink, skipThink } from '../think/open.ts';
import { thinkReply } from '../think/stream.ts';
import { refusal, Writer, withoutDeveloper } from '../writer.ts';

export const gemma3: ChatFormat = {
  name: 'gemma-3',
  templates: ['hf', 'trl', 'prefix-preserving'],
  marked: ['hf', 'trl', 'prefix-preserving'],
  stop_tokens: ['<end_of_turn>', '<eos>'],
  switchesThinking: false,
  keepsThinking: () => false,
  writes: ({ sha256 }) => sha256 === '8d9e3a3c114fb2053ec500184677af4f7e5f8ec2582443cd535834e68b3ade29',
  identity: () => '',
  render,
  openThought: openThink,
  skipThought: skipThink,
  reply: thinkReply,
};

function render(conversation: Conversation, options: RenderOptions): Segment[] {
  const messages = withoutDeveloper(conversation.messages);
  const writer = new Writer();
  writer.special('<bos>', { message: -1 });
  const system = messages[0]?.role === 'system' ? messages[0] : null;
  const first = system ? 1 : 0;
  for (let index = first; index < messages.length; index++) {
    const { role, content, parts = [content ?? ''] } = messages[index]!;
    if ((role === 'user') !== ((index - first) % 2 === 0)) {
      throw refusal(index, `(${role}) is out of turn: Conversation roles must alternate user/assistant/user/assistant/...; mend the order`);
    }
    if (typeof content !== 'string') throw refusal(index, `(${role}) has no text: Invalid content type; fill it or remove the message`);
    const assistant = role === 'assistant';
    open(writer, assistant ? 'model' : role, index);
    if (index === first && system) writer.plain(`${system.parts?.[0] ?? system.content ?? ''}\n\n`, { channel: 'system', message: 0 });
    writer.plain(parts.map(strip).join(''), { channel: assistant ? 'final' : 'user', message: index, assistant });
    writer.special('<end_of_turn>', { message: index, assistant });
    writer.plain('\n', { channel: 'control', message: index, assistant });
  }
  if (options.generation_prompt) open(writer, 'model', messages.length);
  return writer.segments;
}

function open(writer: Writer, role: string, message: number): void {
  writer.special('<start_of_turn>', { message });
  writer.plain(`${role}\n`, { channel: 'control', message });
}
