/**
 * The sentences of a thought with the language each is in, for marking them. The judgement is the one behind the share below a thought: where all or
 * none of it is in the requested language, every sentence is marked so; only a mixed thought is judged sentence by sentence.
 */
import type { MarkedSentence } from '../../protocol/generation.ts';
import { languageCode, languageOf, languageShare } from './index.ts';

/** Fewer letters take the language of the sentence before them. */
const FRAGMENT_LETTERS = 8;
/** So many letters are judged among all languages; fewer only among the likely ones. */
const CLEAR_LETTERS = 40;

export async function markSentences(text: string, requested: string, share: number | null): Promise<MarkedSentence[]> {
  const asked = requested === '' ? null : languageCode(requested);
  const whole = await languageOf(text);
  const marked: MarkedSentence[] = [];
  for (const sentence of split(text)) {
    const letters = sentence.text.match(/\p{L}/gu)?.length ?? 0;
    const before = marked.findLast(({ code }) => code !== null)?.code ?? null;
    const code = letters === 0 ? null : letters < FRAGMENT_LETTERS && before ? before : await judge(sentence.text, letters);
    marked.push({ ...sentence, code });
  }
  return marked;

  async function judge(sentence: string, letters: number): Promise<string | null> {
    if (asked !== null && share === 1) return asked;
    if (asked !== null && share !== 0 && (await languageShare(sentence, requested)).share === 1) return asked;
    const guess = letters >= CLEAR_LETTERS ? await languageOf(sentence) : null;
    if (guess !== null && !(guess === asked && share === 0)) return guess;
    if (asked !== 'en' && (await languageShare(sentence, 'English')).share === 1) return 'en';
    return whole === asked && share === 0 ? null : whole;
  }
}

function split(text: string): { text: string; at: number }[] {
  const sentences: { text: string; at: number }[] = [];
  const segmenter = new Intl.Segmenter(undefined, { granularity: 'sentence' });
  for (const { segment, index } of segmenter.segment(text)) sentences.push({ text: segment, at: index });
  return sentences;
}
