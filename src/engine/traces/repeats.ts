/**
 * Thoughts that run in a circle: the same sentences over and over, or without any signs the same words. Numbers count as words, so that alike steps with
 * other numbers are steps.
 */
import { thoughtTrick } from '../rewards/thought-trick.ts';

/** Sentences of one circle, and how often it comes. */
const LONGEST_CIRCLE = 8;
const TIMES = 6;
/** Likewise of words; so many of them must lie in it. */
const LONGEST_WORDS = 40;
const FEWEST_WORDS = 60;

export function repeatsItself(text: string, question?: string): boolean {
  if (thoughtTrick(text, question)?.includes('over and over')) return true;
  const words = wordsOf(text);
  const sentences = text
    .toLowerCase()
    .split(/[.!?。！？।؟።\n]+/)
    .map((one) => wordsOf(one).join(' '))
    .filter((one) => one !== '');
  return circles(sentences, LONGEST_CIRCLE, TIMES) || circles(words, LONGEST_WORDS, TIMES, FEWEST_WORDS);
}

/** Whether somewhere the same `period` entries follow each other `times` times, over `fewest` entries at least. */
function circles(entries: readonly string[], longest: number, times: number, fewest = 0): boolean {
  for (let period = 1; period <= longest && period * times <= entries.length; period++) {
    const needed = Math.max(period * times, fewest) - period;
    let run = 0;
    for (let at = period; at < entries.length; at++) {
      run = entries[at] === entries[at - period] ? run + 1 : 0;
      if (run >= needed) return true;
    }
  }
  return false;
}

/** Characters where a script has no spaces. */
function wordsOf(text: string): string[] {
  const words =
    text
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return words.flatMap((word) =>
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u.test(word) ? [...word] : [word],
  );
}
