/** Harmony, the format of gpt-oss: messages with a role and a channel, reasoning in `analysis`, the answer in `final`. */
import type { Segment } from '../../../protocol/conversation.ts';
import type { ChatFormat } from '../format.ts';
import { defaultIdentity } from './identity.ts';
import { render } from './render.ts';
import { HarmonyStream } from './stream.ts';

export const harmony: ChatFormat = {
  name: 'harmony',
  templates: ['hf', 'trl', 'prefix-preserving'],
  marked: ['trl', 'prefix-preserving'],
  switchesThinking: false,
  keepsThinking: () => true,
  stop_tokens: ['<|return|>', '<|endoftext|>', '<|call|>'],
  writes: ({ text }) => text.includes('<|channel|>') && text.includes('<|message|>'),
  identity: defaultIdentity,
  render,
  openThought: (prompt, prefix) => (prefix === undefined ? [...prompt] : [...prompt, ...begun('analysis', prefix)]),
  skipThought: (prompt) => [...prompt, ...begun('final', '')],
  reply: (tokenizer, prompt) => {
    const stream = new HarmonyStream(tokenizer);
    const channel = tokenizer.specialId('<|channel|>');
    const last = prompt?.lastIndexOf(tokenizer.specialId('<|start|>')) ?? -1;
    const opened = prompt?.indexOf(channel, last) ?? -1;
    if (last >= 0 && opened > last) stream.push(prompt!.subarray(opened));
    return stream;
  },
};

/** The header of a message and its first words. */
function begun(channel: 'analysis' | 'final', words: string): Segment[] {
  const pieces = [
    ['<|channel|>', true],
    [channel, false],
    ['<|message|>', true],
    [words, false],
  ] as const;
  return pieces.filter(([text]) => text !== '').map(([text, special]) => ({ text, special, channel, message: -1, assistant: false }));
}
