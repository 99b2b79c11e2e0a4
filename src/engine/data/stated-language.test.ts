/** The line that asks for a language, found by a scan, is the one that the regular expression of old found in cubic time. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { findLanguageLine } from './stated-language.ts';

const OLD = /^[ \t]*reasoning language:[ \t]*(.*?)[ \t]*(?:\r?\n(?:[ \t]*\r?\n)*|$)/im;

it('is the same line, wherever line breaks and blanks stand', () => {
  const piece = fc.constantFrom(
    'reasoning language:',
    'Reasoning Language:',
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
      const old = OLD.exec(text);
      const now = findLanguageLine(text);
      expect(now && [now.start, now.end, now.language]).toEqual(old && [old.index, old.index + old[0].length, old[1]]);
    }),
    { numRuns: 2000 },
  );
});
