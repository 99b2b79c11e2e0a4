/** Replies with `<think>`: as they stream, after a prompt that opened the thought, with tool calls, and beyond their end. */
import { describe, expect, it } from 'vitest';
import { smallTokenizer } from '../../../../e2e/fixtures/templates/goldens.ts';
import type { Conversation } from '../../../protocol/conversation.ts';
import type { ChatFormat } from '../format.ts';
import { type PromptOptions, promptOf } from '../prompt.ts';
import { qwen3, qwen25 } from '../qwen/index.ts';
import { thinkReply } from './stream.ts';

const tokenizer = smallTokenizer('qwen3');
const ids = (text: string): number[] =>
  text.split(/(<\|im_start\|>|<\|im_end\|>)/).flatMap((part, i) => (i % 2 ? [tokenizer.specialId(part)] : tokenizer.encodeText(part)));

function read(text: string, prompt = '<|im_start|>assistant\n') {
  const stream = thinkReply(tokenizer, Uint32Array.from(ids(prompt)));
  for (const id of ids(text)) stream.push([id]);
  stream.finish();
  return { thinking: stream.thinking, content: stream.content, rest: stream.rest };
}

describe('a reply', () => {
  it.each([
    ['<think>\nHm.\n</think>\n\n4<|im_end|>', { thinking: 'Hm.', content: '4', rest: '' }],
    ['4<|im_end|>', { thinking: '', content: '4', rest: '' }],
    ['<think>\n\n</think>\n\n4', { thinking: '', content: '4', rest: '' }],
    ['<think>\nHm', { thinking: 'Hm', content: '', rest: '' }],
    ['a <tool_call>\n{}\n</tool_call>', { thinking: '', content: 'a', rest: '<tool_call>\n{}\n</tool_call>' }],
    ['4<|im_end|>\n<|im_start|>user', { thinking: '', content: '4', rest: '<|im_start|>user' }],
  ])('%j', (text, parts) => {
    expect(read(text)).toEqual(parts);
  });
});

describe('a prompt that opens the thought', () => {
  it.each([
    ['<|im_start|>assistant\n<think>\n', { thinking: 'Hm.', content: '4', rest: '' }],
    ['<|im_start|>assistant\n<think>\nAuf Deutsch: ', { thinking: 'Auf Deutsch: Hm.', content: '4', rest: '' }],
    ['<|im_start|>assistant\n<think>\n\n</think>\n\n', { thinking: '', content: 'Hm.\n</think>\n\n4', rest: '' }],
    ['<|im_start|>user\n<think><|im_end|>\n<|im_start|>assistant\n', { thinking: '', content: 'Hm.\n</think>\n\n4', rest: '' }],
  ])('%j', (prompt, parts) => {
    expect(read('Hm.\n</think>\n\n4', prompt)).toEqual(parts);
  });
});

describe('a prompt', () => {
  const question: Conversation = { messages: [{ role: 'user', content: '4?' }] };
  const text = async (format: ChatFormat, asked: Partial<PromptOptions>): Promise<string> =>
    tokenizer.decode(
      await promptOf({ tokenizer, format, identity: '' }, question, { date: '2025-08-05', reasoning_language: null, ...asked }),
    );

  it('begins with the words given, and opens a thought by itself only where the template has no switch for it', async () => {
    expect(await text(qwen3, { think_prefix: 'Auf Deutsch:' })).toMatch(/assistant\n<think>\nAuf Deutsch:$/);
    expect(await text(qwen3, { enable_thinking: true })).toMatch(/assistant\n$/);
    expect(await text(qwen3, { enable_thinking: false })).toMatch(/assistant\n<think>\n\n<\/think>\n\n$/);
    expect(await text(qwen25, { enable_thinking: true })).toMatch(/assistant\n<think>\n$/);
    expect(await text(qwen25, {})).toMatch(/assistant\n$/);
  });

  it('asks for a language of reasoning in the system message', async () => {
    expect(await text(qwen3, { reasoning_language: 'German' })).toMatch(/^<\|im_start\|>system\nreasoning language: German<\|im_end\|>\n/);
  });
});
