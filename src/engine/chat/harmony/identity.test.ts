import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { defaultIdentity } from './identity.ts';
import { STOCK_IDENTITY } from './system.ts';

describe('defaultIdentity', () => {
  it('finds the bundled model’s own sentence', () => {
    const template = readFileSync(new URL('../../../../public/models/mini/chat_template.jinja', import.meta.url), 'utf8');
    expect(defaultIdentity(template)).toBe('You are Mother Tongue mini.');
  });

  it('finds the stock sentence as the gpt-oss template states it, past its comment', () => {
    const template =
      '{#- kwargs:\n - "model_identity": A string = \'none\' #}{%- if model_identity is not defined %}\n  {%- set model_identity = "You are ChatGPT, a large language model trained by OpenAI." %}{%- endif %}';
    expect(defaultIdentity(template)).toBe(STOCK_IDENTITY);
    expect(defaultIdentity('nothing of the kind')).toBe(STOCK_IDENTITY);
    expect(defaultIdentity(undefined)).toBe(STOCK_IDENTITY);
  });
});
