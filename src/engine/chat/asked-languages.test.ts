import { describe, expect, it } from 'vitest';
import type { Conversation } from '../../protocol/conversation.ts';
import { statedLanguage } from '../data/stated-language.ts';
import { withLanguages, withOwnLanguages } from './asked-languages.ts';
import { deepseekR1 } from './deepseek/index.ts';
import { renderText } from './format.ts';
import { gemma3 } from './gemma/index.ts';
import { render } from './harmony/render.ts';
import { llama31 } from './llama/index.ts';
import { qwen3 } from './qwen/index.ts';
import { smollm3 } from './smollm3/index.ts';

const ask = (...instructions: string[]): Conversation => ({
  messages: [...instructions.map((content) => ({ role: 'developer' as const, content })), { role: 'user', content: 'Hi' }],
});
const german = { reasoning_language: 'German' };
const both = { reasoning_language: 'German', answer_language: 'French' };
const first = ({ messages }: Conversation) => messages[0]!.content;

describe('the reasoning language line', () => {
  it('becomes the first message, or the first line of the instructions that are there', () => {
    expect(withLanguages(ask(), german).messages[0]).toEqual({ role: 'system', content: 'reasoning language: German' });
    expect(withLanguages(ask('Be brief.\nBe kind.'), german).messages[0]).toEqual({
      role: 'developer',
      content: 'reasoning language: German\n\nBe brief.\nBe kind.',
    });
  });

  it('replaces a line that is there, and never grows', () => {
    const once = withLanguages(ask('Reasoning language: French\n\nBe brief.'), german);
    expect(once.messages[0]!.content).toBe('reasoning language: German\n\nBe brief.');
    expect(withLanguages(once, german)).toEqual(once);
    expect(first(withLanguages(ask('reasoning language: French'), german))).toBe('reasoning language: German');
  });

  it('is rendered where the recipe puts it', () => {
    const text = renderText(render(withLanguages(ask(), german), { template: 'hf', date: '2025-08-05' }));
    expect(text).toContain('<|start|>developer<|message|># Instructions\n\nreasoning language: German\n\n<|end|>');
  });

  it('is added from a row’s own column only where its messages state none', () => {
    const own = (conversation: Conversation) => withOwnLanguages(conversation, { inject_reasoning_language: true });
    const stated: Conversation = { ...ask('reasoning language: French'), reasoning_language: 'German' };
    expect(own(stated)).toBe(stated);
    expect(statedLanguage(own({ ...ask(), reasoning_language: 'German' }))).toBe('German');
    const none = ask();
    expect(own(none)).toBe(none);
    expect(statedLanguage(none)).toBeNull();
  });
});

describe('the answer language line', () => {
  it('stands below that of the reasoning, or alone', () => {
    expect(first(withLanguages(ask(), both))).toBe('reasoning language: German\nanswer language: French');
    expect(first(withLanguages(ask('Be brief.'), both))).toBe('reasoning language: German\nanswer language: French\n\nBe brief.');
    expect(first(withLanguages(ask('Be brief.'), { ...both, reasoning_language: null }))).toBe('answer language: French\n\nBe brief.');
    expect(withLanguages(ask(), both)).toMatchObject(both);
  });

  it('replaces a line that is there, keeps the other one, and never grows', () => {
    const asked = ask('reasoning language: Thai\nAnswer language: Lao\n\nBe brief.');
    const once = withLanguages(asked, both);
    expect(first(once)).toBe('reasoning language: German\nanswer language: French\n\nBe brief.');
    expect(withLanguages(once, both)).toEqual(once);
    expect(first(withLanguages(asked, german))).toBe('reasoning language: German\nanswer language: Lao\n\nBe brief.');
    expect(first(withLanguages(asked, { reasoning_language: null, answer_language: 'French' }))).toBe(
      'reasoning language: Thai\nanswer language: French\n\nBe brief.',
    );
    const nothing = { reasoning_language: null, answer_language: null };
    expect(withLanguages(asked, nothing)).toBe(asked);
  });

  it('is rendered in the developer message of Harmony, and in the system message of the others', () => {
    const text = renderText(render(withLanguages(ask('Be brief.'), both), { template: 'hf', date: '2025-08-05' }));
    expect(text).toContain(
      '<|start|>developer<|message|># Instructions\n\nreasoning language: German\nanswer language: French\n\nBe brief.\n\n<|end|>',
    );
  });

  it.each([
    ['Qwen3', qwen3, '<|im_start|>system\n', '<|im_end|>'],
    ['Llama 3.1', llama31, 'Today Date: 26 Jul 2024\n\n', '<|eot_id|>'],
    ['Gemma 3', gemma3, '<start_of_turn>user\n', '\n\nHi<end_of_turn>'],
    ['DeepSeek-R1', deepseekR1, '<｜begin▁of▁sentence｜>', '<｜User｜>Hi'],
    ['SmolLM3', smollm3, '## Custom Instructions\n\n', '\n\n<|im_start|>user'],
  ] as const)('stands in the system text of %s', async (_, format, before, after) => {
    const lines = 'reasoning language: German\nanswer language: French';
    const asked = withLanguages(ask(), both);
    const segments = await format.render(asked, { template: 'hf', date: '2025-08-05', generation_prompt: true });
    expect(renderText(segments)).toContain(`${before}${lines}${after}`);
  });

  it('is added from a row by its own setting, where its messages state none', () => {
    const row: Conversation = { ...ask(), ...both };
    const settings = (inject_reasoning_language: boolean, inject_answer_language: boolean) => ({
      inject_reasoning_language,
      inject_answer_language,
    });
    expect(first(withOwnLanguages(row, settings(true, false)))).toBe('reasoning language: German');
    expect(first(withOwnLanguages(row, settings(false, true)))).toBe('answer language: French');
    expect(first(withOwnLanguages(row, settings(true, true)))).toBe('reasoning language: German\nanswer language: French');
    expect(withOwnLanguages(row, settings(false, false))).toBe(row);
    const stated = { ...ask('answer language: Thai'), ...both };
    expect(withOwnLanguages(stated, settings(false, true))).toBe(stated);
    expect(first(withOwnLanguages(stated, settings(true, true)))).toBe('reasoning language: German\nanswer language: Thai');
  });
});
