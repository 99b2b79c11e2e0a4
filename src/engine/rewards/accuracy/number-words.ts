/** Whole numbers in words: English by its grammar, other languages by a table of the spellings of the first thousand. */
import { plainWords } from './plain-words.ts';
import { spellingsOf } from './spellings.ts';

const ONES =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = '- - twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
const SCALES: Readonly<Record<string, bigint>> = {
  thousand: 1000n,
  million: 1_000_000n,
  billion: 1_000_000_000n,
  trillion: 1_000_000_000_000n,
};

const PARTS: Readonly<Record<string, bigint>> = {
  half: 2n,
  halves: 2n,
  third: 3n,
  quarter: 4n,
  fourth: 4n,
  fifth: 5n,
  sixth: 6n,
  seventh: 7n,
  eighth: 8n,
  ninth: 9n,
  tenth: 10n,
  hundredth: 100n,
};

/** "three quarters", "two and a half": English fractions, as numerator and denominator. */
export function fractionOfWords(text: string): readonly [bigint, bigint] | null {
  const [, before, count, part = ''] = /^(?:(.+) and )?(?:(.+) )?(\p{L}+)$/u.exec(plainWords(text)) ?? [];
  const d = PARTS[part] ?? PARTS[part.replace(/s$/, '')];
  if (d === undefined) return null;
  const n = count === undefined || count === 'a' || count === 'an' ? 1n : english(count);
  const more = before === undefined ? 0n : english(before);
  return n === null || more === null ? null : [more * d + n, d];
}

export function numberOfWords(text: string, language: string | undefined): bigint | null {
  const plain = plainWords(text);
  if (plain === '' || plain.length > 100 || !/\p{L}/u.test(plain)) return null;
  return english(plain) ?? (language === undefined ? null : (spellingsOf(language)?.get(plain.replaceAll(' ', '')) ?? null));
}

function english(text: string): bigint | null {
  let [total, group, seen, lastScale] = [0n, 0n, false, 10n ** 18n];
  for (const word of text.split(' ')) {
    const one = ONES.indexOf(word);
    const ten = TENS.indexOf(word);
    const scale = SCALES[word];
    if (word === 'and' && seen) continue;
    if (one >= 0) {
      const free = group % 100n;
      if (free !== 0n && (free < 20n || free % 10n !== 0n || one > 9 || one === 0)) return null;
      group += BigInt(one);
    } else if (ten > 1) {
      if (group % 100n !== 0n) return null;
      group += BigInt(ten * 10);
    } else if (word === 'hundred') {
      if (group > 99n) return null;
      group = (group || 1n) * 100n;
    } else if (scale !== undefined && scale < lastScale) {
      total += (group || 1n) * scale;
      [group, lastScale] = [0n, scale];
    } else if (!(word === 'a' && !seen)) return null;
    seen = true;
  }
  return seen && text !== 'a' && text !== 'and' ? total + group : null;
}
