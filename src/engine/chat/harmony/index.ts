/** Harmony, the format of gpt-oss: messages with a role and a channel, reasoning in `analysis`, the answer in `final`. */
import type { ChatFormat } from '../format.ts';
import { defaultIdentity } from './identity.ts';
import { render } from './render.ts';
import { HarmonyStream } from './stream.ts';

export const harmony: ChatFormat = {
  name: 'harmony',
  templates: ['hf', 'trl', 'prefix-preserving'],
  stop_tokens: ['<|return|>', '<|endoftext|>', '<|call|>'],
  writes: (chatTemplate) => chatTemplate.includes('<|channel|>') && chatTemplate.includes('<|message|>'),
  identity: defaultIdentity,
  render,
  reply: (tokenizer) => new HarmonyStream(tokenizer),
};
