/**
 * Good texts of every language that the page offers count as words of it, alone, in threes and together (accuracy/sentences.txt); pieces of their words and their
 * letters in any order do not, but in the languages named here.
 */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Random } from '../random.ts';
import { knownWords, wellJoined } from './known-words.ts';
import { languageCode } from './names.ts';

interface Sample {
  readonly name: string;
  readonly code: string;
  readonly sentences: readonly string[];
}

const samples: readonly Sample[] = readFileSync(new URL('accuracy/sentences.txt', import.meta.url), 'utf8')
  .trim()
  .split(/\n\s*\n/)
  .map((block) => {
    const [head, ...sentences] = block.split('\n') as [string, ...string[]];
    const name = head.slice(3).split('|')[0]!.trim();
    return { name, code: languageCode(name)!, sentences };
  });

it('good texts of every language are words of it, joined as people join them', { timeout: 60_000 }, async () => {
  const low: unknown[] = [];
  for (const { name, code, sentences } of samples) {
    const texts = [...sentences, sentences.join(' '), sentences.slice(0, 3).join(' '), sentences.slice(3).join(' ')];
    for (const text of texts) {
      expect([name, wellJoined(text, code)]).toEqual([name, 1]);
      const known = await knownWords(text, code);
      if (known < 1) low.push([name, Math.round(100 * known)]);
    }
  }
  expect(low).toEqual([['Irish', 96]]); // one sentence of eight words
});

/** What is made of a language's own words and letters, the same every time. */
function garbage({ code, sentences }: Sample, of: 'pieces' | 'letters'): string {
  const random = new Random(`${of}/${code}`);
  const words = sentences.join(' ').match(/[\p{L}\p{M}'’]+/gu)!;
  const letters = words.flatMap((word) => [...word]);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random.uniform() * list.length)]!;
  const piece = (): string => {
    const word = [...pick(words)];
    const from = Math.floor(random.uniform() * word.length);
    return word.slice(from, from + 1 + Math.floor(random.uniform() * 4)).join('');
  };
  const word = (): string =>
    of === 'pieces' ? piece() + (random.uniform() < 0.6 ? piece() : '') : Array.from({ length: 5 }, () => pick(letters)).join('');
  return Array.from({ length: 4 }, () => `${Array.from({ length: 9 }, word).join(' ')}.`)
    .join(' ')
    .toLowerCase();
}

/** Pieces of Chinese and Japanese are words; detectors know scripts of few languages by their letters alone. */
const UNSEEN = {
  pieces: ['Georgian', 'Chinese', 'Japanese', 'Amharic', 'Vai'],
  letters: ['Georgian', 'Korean', 'Amharic', 'Vai', 'Hebrew'],
};

it.each(['pieces', 'letters'] as const)('%s of words in any order are hardly words of any language', { timeout: 60_000 }, async (of) => {
  const counted: number[] = [];
  for (const sample of samples) {
    const known = await knownWords(garbage(sample, of), sample.code);
    if (!UNSEEN[of].includes(sample.name)) counted.push(known);
    else expect([sample.name, known > 0.5]).toEqual([sample.name, true]); // to be taken off the list when it is seen
  }
  const mean = counted.reduce((sum, known) => sum + known, 0) / counted.length;
  expect(mean).toBeLessThan(of === 'pieces' ? 0.25 : 0.05);
  expect(counted.filter((known) => known > 0.8).length).toBeLessThanOrEqual(of === 'pieces' ? 8 : 0);
});

it.each([
  ['de', 'Die Frage20 Serbie05 Armen09The Japanadt. ist28 theanalysisThe capital ofreville.so ich antworte', 0],
  [
    'en',
    'The question is in English.ts asks for the capital of Mongolia7 Viettntanan20 Serbie05 Armen09 the language is in Khart\uFFFDzbek',
    0.3,
  ],
  ['en', 'It costs $5.50 a kilo, so 3kg are $16.50. See https://example.com/a.b.c and `total.count` for the 2nd one, e.g. 12km.', 1],
  ['de', 'Ich rufe toString auf, dann parseInt und Math.floor, und danach prüfe ich das Ergebnis mit console.log noch einmal.', 1],
  [
    'de',
    'Zuerst lese ich die Datei mit open(pfad) und json.load(f). Deren Schlüssel sind user_id und createdAt, nach createdAt sortiere ich.',
    1,
  ],
  ['de', 'Das sind 20er-Packungen zu je 5kg, d.h. zusammen 100kg bzw. 0,1 t. Das E-Mail-Programm kostet 3,50€.', 1],
  ['zu', 'Amadada kaJanet azalela amaqanda angu 16 ngosuku, uToulouse unezimvu ezingu 20 zikaCharleston.', 1],
])('joints: %s %j at most %d', (code, text, most) => {
  const found = wellJoined(text, code);
  if (most === 1) expect(found).toBe(1);
  else expect(found).toBeLessThanOrEqual(most);
});

it('says nothing of a few words, of names, or where nothing is known', async () => {
  expect(await knownWords('xkcd qwrt', 'de')).toBe(1);
  expect(await knownWords('', 'de')).toBe(1);
  expect(await knownWords('Siobhan Aaron Raymond Toulouse Charleston ana vito zaidi ya nusu ya vito vya Raymond na Aaron', 'sw')).toBe(1);
  expect(await knownWords('ꕙꔤ '.repeat(20), 'vai')).toBe(1);
});
