/**
 * Between languages of one script, by the detectors: is a sentence in the language asked for? They choose among plausible languages only: that
 * one, English (which models fall back to), the one that all the sentences together are in, and any that a long sentence is clearly in; among all
 * that a detector knows, three words of Spanish may look like Latvian. What none recognises, such as gibberish, is in no language.
 */
import { ELD_CODES, type Franc, loadEld, loadFranc, type Scores } from './detectors.ts';
import { offeredLanguages } from './languages.ts';

/** Is a sentence in the language asked for? */
export type Judge = (sentence: string) => boolean;

export interface Question {
  /** Code of the language asked for. */
  readonly code: string;
  /** Codes of others that were named: the question's, the dataset's. */
  readonly named: readonly string[];
  /** Codes of twins of the language, which detectors cannot tell from it. */
  readonly leftOut: ReadonlySet<string>;
  /** All sentences, of one script. */
  readonly sentences: readonly string[];
  readonly script: string;
}

/** A sentence with this many letters is believed even against the plausible languages; franc needs twice as many. */
const CLEAR_LETTERS = 40;

/** The score of eld below which a sentence is in no language it knows: own ones have 0.65 and more, others at most 0.6, gibberish mostly none. */
export const RECOGNISED = 0.5;

/** The score above which a text is in a language also where others are in question that eld does not know: those look at most half like one. */
const CLEARLY = 0.6;

/** Ratio of a sentence's trigrams that franc must know: sentences have a quarter and more, gibberish a tenth. */
const FAMILIAR = 0.2;

export async function judgeBetween(question: Question): Promise<Judge> {
  const { code, named, leftOut, sentences } = question;
  const eld = await loadEld();
  const whole = sentences.join(' ');
  const scores = without(eld(whole), leftOut);
  const guess = best(scores);
  const byEld = () => eldJudge(question, eld, guess);
  if (ELD_CODES.has(code) && named.every((other) => ELD_CODES.has(other))) return byEld();
  const franc = await loadFranc();
  const clear = guess !== null && scores[guess]! >= CLEARLY ? [guess] : [];
  // A text of some length is told from all that franc is there for; a short one from what was named alone.
  const wide = letters(whole) >= 2 * CLEAR_LETTERS ? strangeIn(question) : [];
  const candidates = [...new Set([...usual(question), ...named, ...wide, ...clear])];
  const found = franc.likeliest(whole, candidates);
  if (ELD_CODES.has(code) && (found === null || ELD_CODES.has(found))) return byEld();
  return francJudge(question, { franc, eld }, candidates, found);
}

function eldJudge(question: Question, eld: (text: string) => Scores, guess: string | null): Judge {
  const { code, leftOut, sentences } = question;
  const plausible = new Set(usual(question));
  if (guess !== null) plausible.add(guess);
  for (const sentence of sentences) {
    const other = letters(sentence) >= CLEAR_LETTERS ? best(without(eld(sentence), leftOut)) : null;
    if (other !== null) plausible.add(other);
  }
  return (sentence) => {
    const scores = eld(sentence);
    return best(scores, plausible) === code && scores[code]! >= RECOGNISED;
  };
}

interface Detectors {
  readonly franc: Franc;
  readonly eld: (text: string) => Scores;
}

function francJudge(question: Question, { franc, eld }: Detectors, candidates: readonly string[], found: string | null): Judge {
  const { code, sentences } = question;
  const plausible = new Set(usual(question));
  if (found !== null) plausible.add(found);
  for (const sentence of sentences) {
    const other = letters(sentence) >= 2 * CLEAR_LETTERS ? franc.likeliest(sentence, candidates) : null;
    if (other !== null) plausible.add(other);
  }
  return (sentence) => {
    // Where eld knows a language and sees little of it, franc is not asked: to it, short Afrikaans may look like English.
    const scores = eld(sentence);
    const seen = (other: string): number => scores[other === 'sr' && question.script === 'Latn' ? 'hr' : other] ?? 0;
    const among = [...plausible].filter((other) => other === code || !ELD_CODES.has(other) || seen(other) >= CLEARLY);
    return franc.likeliest(sentence, among) === code && franc.familiar(sentence, code) >= FAMILIAR;
  };
}

/** Offered languages of the script that eld does not know. */
function strangeIn({ script, leftOut }: Question): string[] {
  const offered = offeredLanguages.filter(({ scripts, code }) => scripts.includes(script) && !leftOut.has(code) && !ELD_CODES.has(code));
  return offered.map(({ code }) => code);
}

function usual({ code, script }: Question): string[] {
  return script === 'Latn' ? [code, 'en'] : [code];
}

function letters(text: string): number {
  return text.match(/\p{L}/gu)?.length ?? 0;
}

function without(scores: Scores, codes: ReadonlySet<string>): Scores {
  return Object.fromEntries(Object.entries(scores).filter(([code]) => !codes.has(code)));
}

export function best(all: Scores, among?: ReadonlySet<string>): string | null {
  const ranked = Object.entries(all)
    .filter(([code]) => !among || among.has(code))
    .sort((a, b) => b[1] - a[1]);
  return ranked[0]?.[0] ?? null;
}
