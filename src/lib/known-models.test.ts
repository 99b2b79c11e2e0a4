/** The configurations known by heart are the published ones. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { gptOss20b, knownConfig } from './known-models.ts';

it('gpt-oss-20b is its own config.json', () => {
  const published = JSON.parse(readFileSync(new URL('../../e2e/fixtures/configs/gpt-oss-20b/config.json', import.meta.url), 'utf8'));
  expect(gptOss20b).toEqual(published);
});

it('is found whatever the case, and nothing else is', () => {
  expect(knownConfig(' OpenAI/GPT-oss-20b ')).toBe(gptOss20b);
  expect(knownConfig('openai/gpt-oss-120b')).toBeNull();
});
