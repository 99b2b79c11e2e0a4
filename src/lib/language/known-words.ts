/**
 * Is a text made of the words of its language, or of what a sampler writes that runs too hot: pieces of words, letters in any order? By what the detectors
 * know of a language, a word at a time; where they know too little, by marks that stand where none may, or by the dictionaries of `Intl.Segmenter`; and by
 * how the pieces are joined, which a sampler does not mind: "Serbie05", "theanalysisThe", "English.ts".
 * Not here: whether words make sense together. Words of the language in no order pass, since nothing as small as this can tell.
 */
import { ELD_CODES, loadEld, loadFranc } from './detectors.ts';
import { scriptOf } from './scripts.ts';
import { proseOf } from './sentences.ts';

/** A measure's values where a text is of no words, and where it is of none but words. Good texts of 72 languages lie beyond the second (a test measures). */
type Ramp = readonly [none: number, all: number];

/** Mean score of words by eld. Two bytes a letter and more make its groups of four bytes short, so that words of other scripts score higher than Latin ones. */
const ELD_LATIN: Ramp = [0.33, 0.46];
const ELD_OTHER: Ramp = [0.68, 0.79];
/** Mean ratio of a word's trigrams that are among the three hundred commonest of its language. */
const FRANC: Ramp = [0.21, 0.31];
/** Ratio of words of one or two letters, of Latin script. */
const SHORT: Ramp = [0.75, 0.56];
/** Letters a word where words are found by dictionary: what is in none falls into single letters. */
const SEGMENTED: Readonly<Record<string, Ramp>> = { zh: [1.03, 1.08], ja: [1.08, 1.3], km: [2.9, 3.8], my: [2, 2.6] };
/** Ratio of words that begin with a mark, or end in a vowel that stands in front of its consonant. */
const MISPLACED: Ramp = [0.3, 0.1];
const MARKED: ReadonlySet<string> = new Set('hi bn pa gu mr ta te kn ml ne si th lo as or mai bho sa'.split(' '));
const MISPLACED_MARK = /^\p{M}|[เแโใไເແໂໃໄ](?!\p{L})/u;

/** Places where words are joined as nobody joins them, by words of the text. */
const JOINTS: Ramp = [0.15, 0.08];
/** Bytes that are no character, and digits at words. */
const JOINT = /\uFFFD|\p{Ll}{3}\p{Nd}|\p{Nd}\p{Ll}{4}/gu;
/** These count half, since names of programs are written so: a point in the midst of a word, and capitals; some Bantu languages have those behind prefixes. */
const POINT = /\p{Ll}{2}[.!?]\p{Ll}/gu;
const CAPITAL = /\p{Ll}{3}\p{Lu}/gu;
/** Names of programs that are known for it: calls, places in lists, words with an underscore. */
const IDENTIFIER = /[\p{L}\p{N}_]{1,80}(?:\.[\p{L}\p{N}_]{1,80}){0,8}[([]|[\p{L}\p{N}]{1,80}_[\p{L}\p{N}_]{1,80}/gu;
const CAPITALS_INSIDE: ReadonlySet<string> = new Set(['zu', 'xh', 'ss']);

/** Words that are looked at. */
const MOST = 800;

/** With so few words nothing is said, and all that a measure says only with so many: a short sentence may be of rare ones. */
const WORDS: readonly [few: number, enough: number] = [7, 15];

/** 0 to 1: how much of a text is words of the language with this code; 1 where nothing tells. */
export async function knownWords(text: string, code: string): Promise<number> {
  const dictionary = SEGMENTED[code];
  const words = thinned(dictionary ? segmented(text, code) : (text.match(/[\p{L}\p{M}'’]+/gu) ?? []));
  const [few, enough] = WORDS;
  const sure = within((words.length - few) / (enough - few));
  if (sure === 0) return 1;
  const known = dictionary ? ramp(mean(words.map((word) => [...word].length)), dictionary) : await ofWords(words, code);
  return 1 - (1 - known) * sure;
}

/** 0 to 1: how much of a text is written as people write, with its digits, points and capitals where these belong. */
export function wellJoined(text: string, code: string): number {
  const prose = proseOf(text).replaceAll(IDENTIFIER, ' ');
  const words = count(prose, /[\p{L}\p{M}'’]+/gu);
  const joints = count(prose, JOINT) + (count(prose, POINT) + (CAPITALS_INSIDE.has(code) ? 0 : count(prose, CAPITAL))) / 2;
  return words <= WORDS[0] ? 1 : ramp(joints / words, JOINTS);
}

async function ofWords(words: readonly string[], code: string): Promise<number> {
  const latin = scriptOf(words.join(' ')) === 'Latn';
  const short = latin
    ? ramp(
        ratio(words, (word) => lettersOf(word) <= 2),
        SHORT,
      )
    : 1;
  const marks = MARKED.has(code)
    ? ramp(
        ratio(words, (word) => MISPLACED_MARK.test(word)),
        MISPLACED,
      )
    : 1;
  // Serbian in Latin letters is Croatian to every detector.
  const known = await familiar(withoutNames(words, code), code === 'sr' && latin ? 'hr' : code, latin);
  return Math.min(short, marks, known);
}

async function familiar(words: readonly string[], code: string, latin: boolean): Promise<number> {
  if (ELD_CODES.has(code)) {
    const eld = await loadEld();
    return ramp(mean(words.map((word) => eld(word)[code] ?? 0)), latin ? ELD_LATIN : ELD_OTHER);
  }
  if (!latin) return 1;
  const franc = await loadFranc();
  return ramp(mean(words.map((word) => franc.familiar(word, code))), FRANC);
}

/** Names are known to no detector. German writes all nouns large; and a text of large words alone is judged by them. */
function withoutNames(words: readonly string[], code: string): readonly string[] {
  const small = code === 'de' ? words : words.filter((word) => !/^\p{Lu}/u.test(word));
  return small.length * 2 >= words.length ? small : words;
}

/** Of a long text every second word, or third; detectors take as long for one as for a sentence. */
function thinned(words: readonly string[]): readonly string[] {
  const step = Math.ceil(words.length / MOST);
  return words.filter((_, at) => at % step === 0);
}

/** Without accents, which some languages write as letters of their own. */
const lettersOf = (word: string): number => [...word.normalize('NFC').replaceAll(/\p{M}/gu, '')].length;

/** Characters; a segmenter's time grows faster than a text. */
const LONGEST = 8192;

function segmented(text: string, code: string): string[] {
  if (typeof Intl.Segmenter !== 'function') return [];
  return Array.from(new Intl.Segmenter(code, { granularity: 'word' }).segment(text.slice(0, LONGEST)), ({ segment }) => segment).filter(
    (word) => /\p{L}/u.test(word),
  );
}

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;
const ratio = (words: readonly string[], has: (word: string) => boolean): number => words.filter(has).length / words.length;
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const within = (value: number): number => Math.min(1, Math.max(0, value));
const ramp = (value: number, [none, all]: Ramp): number => within((value - none) / (all - none));
