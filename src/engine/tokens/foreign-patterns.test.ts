/** Expressions of tokenizers of others: the same pieces as JavaScript's engine makes, never longer than about a second, and a sentence for the rest. */
import { readFileSync } from 'node:fs';
import { Tokenizer as Library } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { guardPatterns, LinearPattern } from './foreign-patterns.ts';
import { Tokenizer } from './tokenizer.ts';

const alphabet = [...Array.from({ length: 256 }, (_, i) => i)].map((byte) => {
  const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  return printable ? byte : null;
});
let next = 256;
const letters = alphabet.map((byte) => String.fromCodePoint(byte ?? next++));

function file(steps: object[], normalizer: object | null = null) {
  return {
    model: { type: 'BPE', vocab: Object.fromEntries(letters.map((letter, i) => [letter, i])), merges: [] },
    decoder: { type: 'ByteLevel' },
    added_tokens: [],
    normalizer,
    pre_tokenizer: { type: 'Sequence', pretokenizers: [...steps, { type: 'ByteLevel', add_prefix_space: false, use_regex: false }] },
    post_processor: null,
  };
}
const split = (Regex: string, more: object = {}) => ({ type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false, ...more });
const piecesOf = (library: Library, text: string): string[] => library.pre_tokenizer!(text, { section_index: 0 });

/** Like published ones, but none of them. */
const patterns = [
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,2}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
  '\\p{L}[\\p{L}\\p{M}]*|\\d+|[^\\S\\n]+|\\S',
  '[\\p{Han}]+|[a-z]+|\\s+(?!\\S)|\\s',
  '\\s+$',
  '^\\s+',
  '(?:a|b)+|[\\[\\]()]|\\p{P}',
  '\\w+',
];
const text = fc.string({
  unit: fc.constantFrom(
    'a',
    'b',
    'Z',
    "'s",
    ' ',
    '  ',
    '\n',
    '\r\n',
    '\t',
    '1',
    '234',
    '.',
    '[',
    '-',
    'é',
    '漢字',
    'ไทย',
    '́',
    '\u3000',
    '\u00a0',
    '😀',
    'ß',
  ),
  maxLength: 40,
});

describe('an expression that is not known', () => {
  it.each(
    patterns.flatMap(
      (pattern) =>
        [
          [pattern, false],
          [pattern, true],
        ] as const,
    ),
  )('%s, inverted: %s, splits as JavaScript does', (pattern, invert) => {
    const [plain, guarded] = [0, 1].map(() => new Library(file([split(pattern, { invert })]) as never, {}));
    guardPatterns(guarded!.pre_tokenizer);
    const steps = (guarded!.pre_tokenizer as unknown as { tokenizers: { pattern: unknown }[] }).tokenizers;
    expect(steps[0]!.pattern).toBeInstanceOf(LinearPattern);
    fc.assert(
      fc.property(text, (given) => {
        expect(piecesOf(guarded!, given)).toEqual(piecesOf(plain!, given));
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it.each(['removed', 'isolated'])('also where matches are %s', (behavior) => {
    const [plain, guarded] = [0, 1].map(() => new Library(file([split('[a-c]+', { behavior })]) as never, {}));
    guardPatterns(guarded!.pre_tokenizer);
    fc.assert(
      fc.property(text, (given) => {
        expect(piecesOf(guarded!, given)).toEqual(piecesOf(plain!, given));
      }),
      { seed: 2, numRuns: 200 },
    );
  });
});

describe('hostile', () => {
  const within = (ms: number, work: () => unknown): void => {
    const began = performance.now();
    try {
      work();
    } catch (error) {
      expect(error).toMatchObject({
        name: 'ModelError',
        message: expect.stringMatching(/^tokenizer\.json .+ use the tokenizer\.json that came with the model\.$/),
      });
    }
    expect(performance.now() - began).toBeLessThan(ms);
  };

  it.each(['(a+)+b', '(a|aa)+c', '(a*)*b', 'a+b|a', '(\\w+\\s?)+\\.', '([^x]*)*y'])(
    '%s encodes or is refused in about a second',
    (pattern) => {
      within(4000, () => new Tokenizer({ tokenizer: file([split(pattern)]) }).encodeText('a'.repeat(200_000)));
    },
  );

  it('look-around and back references are refused by name', () => {
    for (const pattern of ['(?<!a)b+', '(a+)\\1', '(?=(\\d{3})+(?!\\d))'])
      expect(() => new Tokenizer({ tokenizer: file([split(pattern)]) })).toThrow(/the expression .+, which cannot be run in bounded time/);
  });

  it('a normalizer may not multiply the text', () => {
    const replace = (pattern: object, content: string) => ({ type: 'Replace', pattern, content });
    const doubling = { type: 'Sequence', normalizers: Array.from({ length: 60 }, () => replace({ String: 'a' }, 'aa')) };
    within(4000, () => new Tokenizer({ tokenizer: file([], doubling) }).encodeText('a'.repeat(1000)));
    within(4000, () => new Tokenizer({ tokenizer: file([], replace({ Regex: 'a' }, 'x'.repeat(10_000))) }).encodeText('a'));
    expect(
      () =>
        new Tokenizer({
          tokenizer: file([], { type: 'Sequence', normalizers: Array.from({ length: 100 }, () => replace({ String: 'a' }, 'b')) }),
        }),
    ).toThrow(/steps/);
    let deep: object = replace({ String: 'a' }, 'b');
    for (let i = 0; i < 100_000; i++) deep = { type: 'Sequence', normalizers: [deep] };
    within(4000, () => new Tokenizer({ tokenizer: file([], deep) }));
  });
});

describe('published expressions', () => {
  const llama =
    "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
  const bundled = JSON.parse(readFileSync('public/models/mini/tokenizer.json', 'utf8')).pre_tokenizer.pretokenizers[0].pattern
    .Regex as string;

  it.each([
    ['gpt-oss and the bundled model', bundled],
    ['Llama 3', llama],
    ['Qwen 3', llama.replace('{1,3}', '')],
  ])('of %s stay with the quick engine, which no text holds up', (_, pattern) => {
    const library = new Library(file([split(pattern)]) as never, {});
    guardPatterns(library.pre_tokenizer);
    const [step] = (library.pre_tokenizer as unknown as { tokenizers: { pattern: unknown }[] }).tokenizers;
    expect(step!.pattern).toBeInstanceOf(RegExp);
    const began = performance.now();
    for (const letter of [' ', 'a', 'A', '1', '.', '\n', '\r', '́', '漢', "'"]) {
      const run = letter.repeat(100_000);
      for (const end of ['', 'a', '1', '.', ' ', '\n']) piecesOf(library, run + end);
    }
    expect(performance.now() - began).toBeLessThan(10_000); // 60 texts of 100,000 characters; half a second alone
  });
});
