/**
 * Language names as datasets write them (in English), with the code, the language's own name and one fixed hue each.
 * The hues of the bundled five are Okabe and Ito's colour-blind safe set; others take the rest in a fixed order by name. A hue is never the
 * only carrier of meaning: the name stands beside it.
 */
import { offeredLanguages } from '../lib/language/languages.ts';

const byName = new Map(offeredLanguages.map((language) => [language.name.toLowerCase(), language]));

/** The code, of two letters where there is one, or the first two letters of an unknown name; an en dash where none was requested. */
export function languageCode(name: string | null): string {
  if (!name) return '–';
  return byName.get(name.toLowerCase())?.code ?? name.slice(0, 2).toLowerCase();
}

/** "German" -> "German · Deutsch"; unknown names stay as they are. */
export function languageTitle(name: string | null): string {
  if (!name) return 'No language requested';
  const known = byName.get(name.toLowerCase());
  return known && known.own !== known.name ? `${known.name} · ${known.own}` : name;
}

/** Number of the fixed hue, 0..8, drawn by the CSS variables --language-N. 0 is the neutral one where none was requested. */
export function languageHue(name: string | null): number {
  if (!name) return 0;
  const fixed = ['english', 'spanish', 'french', 'italian', 'german'].indexOf(name.toLowerCase());
  if (fixed >= 0) return fixed + 1;
  let sum = 0;
  for (const char of name.toLowerCase()) sum = (sum * 31 + char.codePointAt(0)!) % 9973;
  return 6 + (sum % 3);
}
