import { readFileSync } from 'node:fs';
import fc from 'fast-check';
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

it.each(['model_identity ', '{#', 'model_identity = "', "model_identity='\n", 'model_identity else ', 'model_identity\n'])(
  'takes linear time on %j again and again',
  (piece) => {
    const started = performance.now();
    defaultIdentity(piece.repeat(100_000));
    defaultIdentity(`${piece.repeat(100_000)}{`);
    expect(performance.now() - started).toBeLessThan(3000);
  },
);

const COMMENT = /\{#[\s\S]*?#\}/g;
const DEFAULT = /\bmodel_identity\b[^"'{}]*?(?:=|\belse\b)\s*(["'])((?:(?!\1)[^\\\n])+)\1/;

it('is what the regular expression of old found in quadratic time', () => {
  const piece = fc.constantFrom(
    'model_identity',
    ' model_identity ',
    '"',
    "'",
    '=',
    'else',
    ' else ',
    ' ',
    '\n',
    '\\',
    'You',
    '{',
    '}',
    '{#',
    '#}',
    '_',
    'a',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 16 }), (parts) => {
      const text = parts.join('');
      expect(defaultIdentity(text)).toEqual(DEFAULT.exec(text.replaceAll(COMMENT, ''))?.[2] ?? STOCK_IDENTITY);
    }),
    { numRuns: 2000 },
  );
});
