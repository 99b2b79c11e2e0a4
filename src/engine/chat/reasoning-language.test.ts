import { describe, expect, it } from 'vitest';
import type { Conversation } from '../../protocol/conversation.ts';
import { statedLanguage } from '../data/stated-language.ts';
import { renderText } from './format.ts';
import { render } from './harmony/render.ts';
import { withOwnReasoningLanguage, withReasoningLanguage } from './reasoning-language.ts';

const ask = (...instructions: string[]): Conversation => ({
  messages: [...instructions.map((content) => ({ role: 'developer' as const, content })), { role: 'user', content: 'Hi' }],
});

describe('the reasoning language line', () => {
  it('becomes the first message, or the first line of the instructions that are there', () => {
    expect(withReasoningLanguage(ask(), 'German').messages[0]).toEqual({ role: 'system', content: 'reasoning language: German' });
    expect(withReasoningLanguage(ask('Be brief.\nBe kind.'), 'German').messages[0]).toEqual({
      role: 'developer',
      content: 'reasoning language: German\n\nBe brief.\nBe kind.',
    });
  });

  it('replaces a line that is there, and never grows', () => {
    const once = withReasoningLanguage(ask('Reasoning language: French\n\nBe brief.'), 'German');
    expect(once.messages[0]!.content).toBe('reasoning language: German\n\nBe brief.');
    expect(withReasoningLanguage(once, 'German')).toEqual(once);
    expect(withReasoningLanguage(ask('reasoning language: French'), 'German').messages[0]!.content).toBe('reasoning language: German');
  });

  it('is rendered where the recipe puts it', () => {
    const text = renderText(render(withReasoningLanguage(ask(), 'German'), { template: 'hf', date: '2025-08-05' }));
    expect(text).toContain('<|start|>developer<|message|># Instructions\n\nreasoning language: German\n\n<|end|>');
  });

  it('is added from a row’s own column only where its messages state none', () => {
    const stated: Conversation = { ...ask('reasoning language: French'), reasoning_language: 'German' };
    expect(withOwnReasoningLanguage(stated)).toBe(stated);
    expect(statedLanguage(withOwnReasoningLanguage({ ...ask(), reasoning_language: 'German' }))).toBe('German');
    const none = ask();
    expect(withOwnReasoningLanguage(none)).toBe(none);
    expect(statedLanguage(none)).toBeNull();
  });
});
