/** The format of DeepSeek-R1's distills, whichever model they were made from; known by the SHA-256 of their template. */
import type { ChatFormat } from '../format.ts';
import { openThink, skipThink } from '../think/open.ts';
import { thinkReply } from '../think/stream.ts';
import { renderDeepseek } from './render.ts';

export const deepseekR1: ChatFormat = {
  name: 'deepseek-r1-distill',
  templates: ['hf', 'trl', 'prefix-preserving'],
  marked: ['hf', 'trl', 'prefix-preserving'],
  stop_tokens: ['<｜end▁of▁sentence｜>'],
  switchesThinking: false,
  keepsThinking: () => true, // hf cuts it off again, wherever it stands
  writes: ({ sha256 }) => sha256 === '56a1447ad31926fdc21fb07e56e5642bd9c850c4f52d8c8af7bbe5f079a84f5f',
  identity: () => '',
  render: renderDeepseek,
  openThought: openThink,
  skipThought: skipThink,
  reply: thinkReply,
};
