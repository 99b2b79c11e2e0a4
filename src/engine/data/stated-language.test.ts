/** The line that asks for a language, found by a scan, is the one that the regular expression of old found in cubic time. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { findLanguageLine } from './stated-language.ts';

const OLD = {
  reasoning_language: /^[ \t]*reasoning language:[ \t]*(.*?)[ \t]*(?:\r?\n(?:[ \t]*\r?\n)*|$)/im,
  answer_language: /^[ \t]*answer language:[ \t]*(.*?)[ \t]*(?:\r?\n(?:[ \t]*\r?\n)*|$)/im,
};

it.each(['reasoning_language', 'answer_language'] as const)('%s is the same line, wherever line breaks and blanks stand', (kind) => {
  const piece = fc.constantFrom(
    'reasoning language:',
    'Reasoning Language:',
    'answer language:',
    'Answer Language:',
    ' ',
    '\t',
    '\n',
    '\r\n',
    '\r',
    'x',
    'German',
    '\u2028',
    'ſ',
    'K',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (parts) => {
      const text = parts.join('');
      const old = OLD[kind].exec(text);
      const now = findLanguageLine(text, kind);
      expect(now && [now.start, now.end, now.language]).toEqual(old && [old.index, old.index + old[0].length, old[1]]);
    }),
    { numRuns: 2000 },
  );
});
