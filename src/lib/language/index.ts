/**
 * In which language is this written? The only importer of the detector (eld, loaded at first use). Short sentences are judged among
 * plausible languages only: the requested one, English (which models fall back to), the language of the whole text, and any language that a
 * long sentence is clearly in; among all sixty, three words of Spanish may look like Latvian.
 */
import { languageCode } from './names.ts';
import { sentencesOf } from './sentences.ts';

export { languageCode, languageName } from './names.ts';

/** Scores by ISO 639-1 code, higher is likelier. */
type Detect = (text: string) => Record<string, number>;

let loading: Promise<Detect> | undefined;

function detector(): Promise<Detect> {
  loading ??= import('eld/medium').then(({ eld }) => {
    const own = eld.newInstance();
    return (text: string) => own.detect(text).getScores();
  });
  return loading;
}

/** Languages that the detector lacks, but whose script is theirs alone. */
const SCRIPTS: readonly (readonly [string, RegExp])[] = [
  ['km', /\p{Script=Khmer}/u],
  ['my', /\p{Script=Myanmar}/u],
  ['si', /\p{Script=Sinhala}/u],
  ['bo', /\p{Script=Tibetan}/u],
  ['dv', /\p{Script=Thaana}/u],
];

/** A sentence with this many letters is believed even against the plausible languages. */
const CLEAR_LETTERS = 40;

/** ISO 639-1 code of the language a text is in, or null when it is unclear. */
export async function languageOf(text: string): Promise<string | null> {
  const detect = await detector();
  const sentences = sentencesOf(text, 'en');
  return sentences.length === 0 ? null : best(scores(sentences.join(' '), detect));
}

/**
 * Ratio (0..1) of a text's sentences that are in a language, given by name or code. Null when the text has no sentence to judge, or the language
 * is not one that can be detected.
 */
export async function shareInLanguage(text: string, name: string): Promise<number | null> {
  const code = languageCode(name);
  if (code === null) return null;
  const detect = await detector();
  const sentences = sentencesOf(text, code);
  if (sentences.length === 0) return null;
  const judged = sentences.map((sentence) => ({ scores: scores(sentence, detect), letters: sentence.match(/\p{L}/gu)?.length ?? 0 }));
  const plausible = new Set([code, 'en', best(scores(sentences.join(' '), detect))]);
  for (const sentence of judged) if (sentence.letters >= CLEAR_LETTERS) plausible.add(best(sentence.scores));
  const inLanguage = judged.filter((sentence) => best(sentence.scores, plausible) === code).length;
  return inLanguage / judged.length;
}

function scores(text: string, detect: Detect): Record<string, number> {
  const script = SCRIPTS.find(([, pattern]) => pattern.test(text));
  return script ? { [script[0]]: 1 } : detect(text);
}

function best(all: Record<string, number>, among?: ReadonlySet<string | null>): string | null {
  const ranked = Object.entries(all)
    .filter(([code]) => !among || among.has(code))
    .sort((a, b) => b[1] - a[1]);
  return ranked[0]?.[0] ?? null;
}
