/**
 * Names of languages -> codes of `languages.ts`, from its names ("German", "Deutsch"), the browser's ("Bangla") and codes ("de", "de-AT",
 * "deu"). A dataset states a language in any of these; people type any of these.
 */
import { knownLanguages, languagesByCode } from './languages.ts';

/** Other common names and codes. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  mandarin: 'zh',
  'mandarin chinese': 'zh',
  'simplified chinese': 'zh',
  'traditional chinese': 'zh',
  zho: 'zh',
  farsi: 'fa',
  dari: 'fa',
  filipino: 'tl',
  castilian: 'es',
  'brazilian portuguese': 'pt',
  flemish: 'nl',
  bokmål: 'no',
  nynorsk: 'no',
  'norwegian bokmål': 'no',
  'norwegian nynorsk': 'no',
  kurmanji: 'kmr',
  'southern sotho': 'st',
  'northern sotho': 'nso',
  nyanja: 'ny',
  oriya: 'or',
  ganda: 'lg',
  akan: 'tw',
  ak: 'tw',
  aka: 'tw',
  myanmar: 'my',
  sorani: 'ku',
  nb: 'no',
  nn: 'no',
  nor: 'no',
  iw: 'he',
  in: 'id',
  fil: 'tl',
  swa: 'sw',
  orm: 'om',
  ara: 'ar',
  fas: 'fa',
  msa: 'ms',
  zsm: 'ms',
  nep: 'ne',
  est: 'et',
  lav: 'lv',
  sqi: 'sq',
};

/** Our own names and codes, which most texts use. */
const OWN = new Map(knownLanguages.flatMap(({ name, code, iso3, own }) => [iso3, own, code, name].map((one) => [one.toLowerCase(), code])));

/** With CLDR's names of all of them in English and in themselves, which take a tenth of a second to collect. */
let codesByName: Map<string, string> | undefined;

/** Code of a language given by name or code, or null when it is not one of `languages.ts`. */
export function languageCode(name: string): string | null {
  const wanted = name.trim().toLowerCase();
  const ours = OWN.get(wanted);
  if (ours !== undefined) return ours;
  codesByName ??= nameTable();
  // "German (formal)", "pt-BR", "zh_Hans": the part before the qualifier decides when the whole is unknown.
  const code = codesByName.get(wanted) ?? codesByName.get(wanted.split(/[-_(]/)[0]!.trim());
  return code !== undefined && languagesByCode.has(code) ? code : null;
}

/** English name of a code: "de" -> "German", as this page calls it where it knows it ("Bengali", not CLDR's "Bangla"). */
export function languageName(code: string): string {
  return languagesByCode.get(code)?.name ?? new Intl.DisplayNames(['en'], { type: 'language' }).of(code) ?? code;
}

function nameTable(): Map<string, string> {
  const names = new Map<string, string>();
  const add = (name: string | undefined, code: string): void => {
    if (name) names.set(name.toLowerCase(), code);
  };
  const english = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });
  for (const { code } of knownLanguages) {
    add(english.of(code), code);
    add(new Intl.DisplayNames([code], { type: 'language', fallback: 'none' }).of(code), code);
  }
  for (const [name, code] of Object.entries(OTHER_NAMES)) add(name, code);
  for (const [name, code] of OWN) names.set(name, code); // last: a name of ours is never another language's
  return names;
}
