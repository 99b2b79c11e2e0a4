/**
 * Names of languages -> ISO 639-1 codes, from the browser's own names: English ("German"), native ("Deutsch") and codes ("de",
 * "de-AT"). A dataset states a language in any of these; people type any of these.
 */

/** Codes of the detector, and a few that their script alone identifies. */
const KNOWN_CODES =
  'am ar az be bg bn bo ca cs da de dv el en es et eu fa fi fr gu he hi hr hu hy is it ja ka km kn ko ku lo lt lv ml mr ms my nl no or pa pl pt ro ru si sk sl sq sr sv ta te th tl tr uk ur vi yo zh'.split(
    ' ',
  );

/** Common names that differ from the browser's own. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  mandarin: 'zh',
  'mandarin chinese': 'zh',
  'simplified chinese': 'zh',
  'traditional chinese': 'zh',
  farsi: 'fa',
  tagalog: 'tl',
  filipino: 'tl',
  castilian: 'es',
  'brazilian portuguese': 'pt',
  flemish: 'nl',
  bokmål: 'no',
  'norwegian bokmål': 'no',
  oriya: 'or',
  kurmanji: 'ku',
  nb: 'no',
  nn: 'no',
  iw: 'he',
  fil: 'tl',
};

let codesByName: Map<string, string> | undefined;

/** ISO 639-1 code of a language given by name or code, or null when it is not one of `KNOWN_CODES`. */
export function languageCode(name: string): string | null {
  codesByName ??= nameTable();
  const wanted = name.trim().toLowerCase();
  // "German (formal)", "pt-BR", "zh_Hans": the part before the qualifier decides when the whole is unknown.
  return codesByName.get(wanted) ?? codesByName.get(wanted.split(/[-_(]/)[0]!.trim()) ?? null;
}

/** English name of a code: "de" -> "German". */
export function languageName(code: string): string {
  return new Intl.DisplayNames(['en'], { type: 'language' }).of(code) ?? code;
}

function nameTable(): Map<string, string> {
  const names = new Map<string, string>();
  const add = (name: string | undefined, code: string): void => {
    if (name) names.set(name.toLowerCase(), code);
  };
  const english = new Intl.DisplayNames(['en'], { type: 'language' });
  for (const code of KNOWN_CODES) {
    add(code, code);
    add(english.of(code), code);
    add(new Intl.DisplayNames([code], { type: 'language' }).of(code), code);
  }
  for (const [name, code] of Object.entries(OTHER_NAMES)) add(name, code);
  return names;
}
