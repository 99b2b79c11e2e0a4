/**
 * The two detectors, each loaded at first use: eld (60 languages, sharp on short sentences) and franc-all (over 300, with trigrams of a few
 * hundred characters each), which judges only where eld does not know a language in question.
 */
import { languagesByCode } from './languages.ts';

/** Scores by ISO 639-1 code, 0..1, higher is likelier; languages without any likeness are absent. */
export type Scores = Readonly<Record<string, number>>;

/** What eld knows; asked for in the same words as its own list (a test compares them). */
export const ELD_CODES: ReadonlySet<string> = new Set(
  'am ar az be bg bn ca cs da de el en es et eu fa fi fr gu he hi hr hu hy is it ja ka kn ko ku lo lt lv ml mr ms nl no or pa pl pt ro ru sk sl sq sr sv ta te th tl tr uk ur vi yo zh'.split(
    ' ',
  ),
);

let eld: Promise<(text: string) => Scores> | undefined;

export function loadEld(): Promise<(text: string) => Scores> {
  eld ??= import('eld/medium').then((module) => {
    const own = module.eld.newInstance();
    return (text: string) => own.detect(text).getScores();
  });
  return eld;
}

export interface Franc {
  /** The likeliest of some languages by their codes; null where franc knows none of them in the text's script. */
  likeliest(text: string, codes: Iterable<string>): string | null;
  /** Ratio (0..1) of a text's trigrams that are among the language's three hundred commonest. */
  familiar(text: string, code: string): number;
}

let franc: Promise<Franc> | undefined;

export function loadFranc(): Promise<Franc> {
  franc ??= Promise.all([import('franc-all'), import('franc-all/data.js')]).then(([all, { data }]) => {
    const common = new Map<string, Set<string>>();
    for (const byLanguage of Object.values(data))
      for (const [iso3, list] of Object.entries(byLanguage)) {
        const known = common.get(iso3) ?? new Set();
        for (const trigram of list.split('|')) known.add(trigram);
        common.set(iso3, known);
      }
    return {
      likeliest(text, codes) {
        const byIso3 = new Map([...codes].map((code) => [languagesByCode.get(code)?.iso3 ?? code, code]));
        const [first] = all.francAll(text, { only: [...byIso3.keys()], minLength: 1 });
        return first === undefined ? null : (byIso3.get(first[0]) ?? null);
      },
      familiar(text, code) {
        const known = common.get(languagesByCode.get(code)?.iso3 ?? '');
        const own = new Set(trigramsOf(text));
        if (!known || own.size === 0) return 0;
        return [...own].filter((trigram) => known.has(trigram)).length / own.size;
      },
    };
  });
  return franc;
}

/** As franc's lists have them: lower case, words with one space around them. */
function trigramsOf(text: string): string[] {
  const plain = [
    ...` ${
      text
        .toLowerCase()
        .match(/[\p{L}\p{M}'’-]+/gu)
        ?.join(' ') ?? ''
    } `,
  ];
  return plain.slice(2).map((last, i) => `${plain[i]}${plain[i + 1]}${last}`);
}
