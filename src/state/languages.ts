/**
 * Language names as datasets write them (in English), with the code, the language's own name, and a fixed hue and pattern each.
 * Ten hues, the first five Okabe and Ito's colour-blind safe set, times eight patterns: the first ten languages are plain, the next ten differ from
 * them by pattern. Neither is the only carrier of meaning: the name stands beside it.
 */
import { languagesByCode, offeredLanguages } from '../lib/language/languages.ts';

const byName = new Map(offeredLanguages.map((language) => [language.name.toLowerCase(), language]));

/** The code, of two letters where there is one, or the first two letters of an unknown name; an en dash where none was requested. */
export function languageCode(name: string | null): string {
  if (!name) return '–';
  return byName.get(name.toLowerCase())?.code ?? name.slice(0, 2).toLowerCase();
}

/** "German" -> "Deutsch"; null where it is not known or the same. */
export function ownName(name: string | null): string | null {
  const known = name ? byName.get(name.toLowerCase()) : undefined;
  return known && known.own !== known.name ? known.own : null;
}

/** "German" -> "German · Deutsch"; unknown names stay as they are. */
export function languageTitle(name: string | null): string {
  if (!name) return 'No language requested';
  const own = ownName(name);
  return own === null ? name : `${byName.get(name.toLowerCase())!.name} · ${own}`;
}

/** How a language is drawn: a hue (CSS variable --language-N; 0 is the neutral one) and a pattern of dots, bars and lines. */
export interface LanguageMark {
  readonly hue: number;
  /** 0 is plain: a round dot, a full bar, a solid line. */
  readonly pattern: number;
}

export const HUES = 10;
export const PATTERNS = 8;

/** Fixed for a language, and of no two that the page offers the same. An unknown name has one by its letters. */
export function languageMark(name: string | null): LanguageMark {
  if (!name) return { hue: 0, pattern: 0 };
  const place = offeredLanguages.findIndex((language) => language.name.toLowerCase() === name.toLowerCase());
  if (place >= 0) return { hue: 1 + (place % HUES), pattern: Math.floor(place / HUES) };
  let sum = 0;
  for (const char of name.toLowerCase()) sum = (sum * 31 + char.codePointAt(0)!) % 9973;
  return { hue: 1 + (sum % HUES), pattern: 1 + (Math.floor(sum / HUES) % (PATTERNS - 1)) };
}

/** What a reward read off an answer, as people read it: a language by its own name, with its code for those who look and listen. */
export function readAs(reward: string, parsed: string): { text: string; language?: string } {
  const known = reward === 'language' || reward === 'answer_language' ? languagesByCode.get(parsed) : undefined;
  return known ? { text: known.own, language: known.name } : { text: parsed };
}
