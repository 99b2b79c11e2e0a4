/**
 * In which language is this written? The same judgement in the page, during a run, and in headless evaluations. A sentence's script decides where
 * only one language in question is written in it; else telling words (tells.ts) and detectors (judge.ts) do.
 */
import { loadEld } from './detectors.ts';
import { best, type Judge, judgeBetween, RECOGNISED } from './judge.ts';
import { languagesByCode, offeredLanguages } from './languages.ts';
import { languageCode } from './names.ts';
import { scriptOf } from './scripts.ts';
import { letterBytes, sentencesOf } from './sentences.ts';
import { closeLanguages } from './tells.ts';
import type { Unjudged } from './unjudged.ts';

export { languageCode, languageName } from './names.ts';

export interface LanguageShare {
  /** Ratio (0..1) of the sentences that are in the language; null where none can be judged. */
  readonly share: number | null;
  /** Why, where the share is null. */
  readonly unjudged?: Unjudged;
}

/** Bytes of letters without which nothing is said between languages of one script. */
const FEWEST = 6;

/** Code of the language a text is in, among those that eld knows or whose script is theirs alone; null when it is unclear. */
export async function languageOf(text: string): Promise<string | null> {
  const plain = sentencesOf(text, 'en').join(' ');
  const script = scriptOf(plain);
  if (script === null) return null;
  if (script === 'Kana') return 'ja';
  const [only, ...more] = writtenIn(script, []);
  if (only !== undefined && more.length === 0) return only;
  const scores = (await loadEld())(plain);
  const likeliest = best(scores);
  return likeliest !== null && scores[likeliest]! >= RECOGNISED ? likeliest : null;
}

/**
 * How much of a text is in a language, given by name or code. `among`: other languages that are in question, such as the question's and the
 * dataset's, by name or code; a short text is told from these alone where eld does not know the language asked for.
 */
export async function languageShare(text: string, asked: string, among: Iterable<string> = []): Promise<LanguageShare> {
  const { share, unjudged } = await sentencesIn(text, asked, among);
  return unjudged ? { share, unjudged } : { share };
}

/** The same, with the sentences that are in the language. */
export async function sentencesIn(
  text: string,
  asked: string,
  among: Iterable<string> = [],
): Promise<LanguageShare & { readonly own: readonly string[] }> {
  const unjudged = (why: Unjudged) => ({ share: null, unjudged: why, own: [] });
  if (text.trim() === '') return unjudged('empty');
  const code = languageCode(asked);
  if (code === null) return unjudged('unknown');
  const sentences = sentencesOf(text, code).map((sentence) => ({ sentence, script: scriptOf(sentence) }));
  if (sentences.length === 0) return unjudged('no-letters');
  const named = [...new Set([...among].map(languageCode).filter((other) => other !== null))];
  const right: string[] = [];
  for (const script of languagesByCode.get(code)!.scripts) {
    const own = sentences.filter((one) => one.script === script).map(({ sentence }) => sentence);
    if (own.length === 0) continue;
    const judge = await judgeIn(script, code, named, own);
    if (judge !== null) right.push(...own.filter((sentence) => !isWordOverAndOver(sentence) && judge(sentence)));
    else if (own.length === sentences.length) return unjudged('too-short');
  }
  return { share: right.length / sentences.length, own: right };
}

/** The judge of the sentences in one script; null when they are too short for one. */
async function judgeIn(script: string, asked: string, named: readonly string[], sentences: readonly string[]): Promise<Judge | null> {
  if (script === 'Kana') return () => true; // only Japanese is written in it
  const whole = sentences.join(' ');
  const close = closeLanguages(asked, whole);
  const leftOut = close?.leftOut ?? new Set<string>();
  const told = (sentence: string) => close?.toldOtherwise(sentence) ?? false;
  const others = writtenIn(script, named).filter((code) => code !== asked && !leftOut.has(code));
  if (others.length === 0) return (sentence) => !told(sentence);
  if (letterBytes(whole) < FEWEST) return null;
  // Serbian in Latin letters is Croatian to every detector.
  const code = asked === 'sr' && script === 'Latn' ? 'hr' : asked;
  const judge = await judgeBetween({
    code,
    named: named.filter((other) => others.includes(other)),
    leftOut: new Set([...leftOut].filter((other) => other !== code)),
    sentences,
    script,
  });
  return (sentence) => !told(sentence) && judge(sentence);
}

/** Codes of the languages in question that are written in a script: all that are offered, and these. */
function writtenIn(script: string, codes: readonly string[]): string[] {
  const offered = offeredLanguages.filter(({ scripts }) => scripts.includes(script)).map(({ code }) => code);
  const named = codes.filter((code) => languagesByCode.get(code)?.scripts.includes(script));
  return [...new Set([...offered, ...named])];
}

/** "und und und und und und": a word of a language is not a sentence in it. */
function isWordOverAndOver(sentence: string): boolean {
  const words = sentence.toLowerCase().match(/[\p{L}\p{M}']+/gu) ?? [];
  return words.length >= 6 && new Set(words).size <= 2;
}
