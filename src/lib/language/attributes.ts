/**
 * The `lang` and `dir` of a text, so that screen readers speak it, fonts shape it and lines run as its language wants. By its letters: a language that
 * is only supposed is taken where the text is in a script of that language. Empty `lang` says that the language is not known.
 */
import { languagesByCode, offeredLanguages } from './languages.ts';
import { languageCode } from './names.ts';
import { scriptOf } from './scripts.ts';

export interface TextAttributes {
  readonly lang: string;
  readonly dir: 'ltr' | 'rtl' | 'auto';
}

/** Enough to see a script by; streams are looked at with every token. */
const LOOKED_AT = 600;

const RIGHT_TO_LEFT: ReadonlySet<string> = new Set(['Arab', 'Hebr', 'Thaa']);

/** `supposed`: name or code of the language that the text should be in, where one is known. */
export function textAttributes(text: string, supposed?: string | null): TextAttributes {
  const script = scriptOf(text.slice(0, LOOKED_AT));
  if (script === null) return { lang: '', dir: 'auto' };
  return { lang: languageIn(script, supposed) ?? '', dir: RIGHT_TO_LEFT.has(script) ? 'rtl' : 'ltr' };
}

function languageIn(script: string, supposed: string | null | undefined): string | undefined {
  const code = supposed ? languageCode(supposed) : null;
  if (code !== null && languagesByCode.get(code)!.scripts.includes(script)) return code;
  if (script === 'Kana') return 'ja';
  const [only, ...more] = offeredLanguages.filter(({ scripts }) => scripts.includes(script));
  return more.length === 0 ? only?.code : undefined;
}
