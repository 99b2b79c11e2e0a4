/** Marks of a thought: whole, mixed, with fragments and numbers, and agreement with the share below it. */
import { expect, test } from 'vitest';
import { languageShare } from './index.ts';
import { markSentences } from './mark-sentences.ts';

const GERMAN = 'Die Aufgabe verlangt, zwei Zahlen zu addieren.';
const ENGLISH = 'I should think about the tens and the ones first.';

async function codesOf(text: string, requested: string): Promise<(string | null)[]> {
  const share = requested === '' ? null : (await languageShare(text, requested)).share;
  const marked = await markSentences(text, requested, share);
  expect(marked.map((sentence) => sentence.text).join(''), 'nothing is lost').toBe(text);
  for (const { text: sentence, at } of marked) expect(text.slice(at, at + sentence.length)).toBe(sentence);
  return marked.map(({ code }) => code);
}

test('a thought in the requested language, in another, in none that was requested', async () => {
  expect(await codesOf(`${GERMAN} Also ist es 65. Gut.`, 'German')).toEqual(['de', 'de', 'de']);
  expect(await codesOf(`${ENGLISH} So it is 65. Done.`, 'German')).toEqual(['en', 'en', 'en']);
  expect(await codesOf(GERMAN, '')).toEqual(['de']);
});

test('a mixed thought is marked sentence by sentence', async () => {
  expect(await codesOf(`${GERMAN} ${ENGLISH} ${GERMAN}`, 'German')).toEqual(['de', 'en', 'de']);
});

test('what has no letters has no language; lines without a full stop are sentences too', async () => {
  expect(await codesOf('27 + 38 = 65.\n', 'German')).toEqual([null]);
  expect(await codesOf('', 'German')).toEqual([]);
  expect(await codesOf(`${GERMAN}\n27 + 38 = 65.\n${ENGLISH}`, 'German')).toEqual(['de', null, 'en']);
});
