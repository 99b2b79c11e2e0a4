/**
 * In which script is a sentence written, and which language a script alone gives away. Codes are ISO 15924's; Japanese kana, of both kinds,
 * are `Kana` here, and a sentence with some kana among its Han characters counts as kana.
 */

const SCRIPTS: readonly (readonly [string, RegExp])[] = (
  [
    ['Latn', 'Latin'],
    ['Cyrl', 'Cyrillic'],
    ['Grek', 'Greek'],
    ['Arab', 'Arabic'],
    ['Hebr', 'Hebrew'],
    ['Deva', 'Devanagari'],
    ['Beng', 'Bengali'],
    ['Guru', 'Gurmukhi'],
    ['Gujr', 'Gujarati'],
    ['Orya', 'Oriya'],
    ['Taml', 'Tamil'],
    ['Telu', 'Telugu'],
    ['Knda', 'Kannada'],
    ['Mlym', 'Malayalam'],
    ['Sinh', 'Sinhala'],
    ['Thai', 'Thai'],
    ['Laoo', 'Lao'],
    ['Khmr', 'Khmer'],
    ['Mymr', 'Myanmar'],
    ['Tibt', 'Tibetan'],
    ['Thaa', 'Thaana'],
    ['Armn', 'Armenian'],
    ['Geor', 'Georgian'],
    ['Ethi', 'Ethiopic'],
    ['Vaii', 'Vai'],
    ['Hang', 'Hangul'],
    ['Hani', 'Han'],
  ] as const
).map(([code, name]) => [code, new RegExp(`\\p{Script=${name}}`, 'gu')]);

const KANA = /[\p{Script=Hiragana}\p{Script=Katakana}ー]/gu;

/** A character of these holds about three letters of the others: "function を定義する" is Japanese. */
const DENSE: ReadonlySet<string> = new Set(['Hang', 'Hani', 'Kana']);

/** The script of most of a text's letters; null where it has none of a script listed here. */
export function scriptOf(text: string): string | null {
  const counts = new Map(SCRIPTS.map(([code, letters]) => [code, text.match(letters)?.length ?? 0]));
  const kana = text.match(KANA)?.length ?? 0;
  // Chinese quotes a kana at most; Japanese sentences hold them everywhere, in front of and between Han characters.
  if (kana > 0 && kana * 12 >= counts.get('Hani')!) counts.set('Kana', kana + counts.get('Hani')!).set('Hani', 0);
  let best: string | null = null;
  let most = 0;
  for (const [code, count] of counts) {
    const weight = count * (DENSE.has(code) ? 3 : 1);
    if (weight > most) [best, most] = [code, weight];
  }
  return best;
}
