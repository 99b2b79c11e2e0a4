/**
 * How much of a thought, or of an answer, is in the language asked for: by lib/language, the judgement of the charts and of Compare. As a reward it is
 * gamed, so what says nothing new is not paid: sentences that came before, words over and over, a copied question; nor is what no speaker wrote, such as
 * pieces of words. What was cut off, or is too short to be a thought, is paid half. An empty thought earns 0, and what has no language (a box with a number) null.
 */
import { loadEld } from '../../lib/language/detectors.ts';
import { languageCode, languageName, languageOf, sentencesIn } from '../../lib/language/index.ts';
import { knownWords, wellJoined } from '../../lib/language/known-words.ts';
import { languagesByCode } from '../../lib/language/languages.ts';
import { scriptOf } from '../../lib/language/scripts.ts';
import { letterBytes, sentencesOf } from '../../lib/language/sentences.ts';
import { UNJUDGED_WORDS } from '../../lib/language/unjudged.ts';
import type { RewardRow, Verdict } from '../../protocol/rewards.ts';
import { priced } from './price.ts';
import { type Reward, type RewardSettings, type Sample, untagged, verdict } from './reward.ts';

export const language: Reward = async (sample, settings) =>
  priced(
    await judged(sample, sample.reasoning, sample.row.reasoning_language ?? otherwise(settings), { settings, part: 'thought' }),
    settings,
  );

export const answerLanguage: Reward = async (sample, settings) => {
  const asked = sample.row.answer_language ?? (await sameAs(sample.row, settings.same_as)) ?? otherwise(settings);
  return priced(await judged(sample, untagged(sample.answer), asked, { settings, part: 'answer' }), settings);
};

/** The language that an answer has where none is asked for: of the thought, or of the question as it is written. */
async function sameAs({ reasoning_language, question, language }: RewardRow, what: unknown): Promise<string | undefined> {
  if (what === 'thought') return reasoning_language;
  if (what !== 'question') return undefined;
  return (question === undefined ? null : await languageOf(question)) ?? language;
}

function otherwise({ otherwise: language }: RewardSettings): string | undefined {
  return typeof language === 'string' && language.trim() !== '' ? language : undefined;
}

interface How {
  readonly settings: RewardSettings;
  readonly part: 'thought' | 'answer';
}

async function judged(sample: Sample, text: string, asked: string | undefined, { settings, part }: How): Promise<Verdict> {
  const { row } = sample;
  if (asked === undefined || asked.trim() === '') return verdict(null, `No language is asked for the ${part}.`);
  if (!/[\p{L}\p{N}]/u.test(text)) return verdict(0, `There is no ${part}.`, null);
  const code = languageCode(asked);
  if (code === null) return verdict(null, `${asked} ${UNJUDGED_WORDS.unknown}.`, null);
  const fewest = settings.fewest_letters as number;
  if (fewest > 0 && letterBytes(text) < fewest)
    return verdict(0, `The ${part} has fewer than ${fewest} letters, which counts as wrong.`, null);
  const among = [row.language, row.reasoning_language, row.answer_language].filter((one) => one !== undefined);
  const fresh = settings.distinct === false ? asItIs(text, code) : freshIn(text, code, row.question ?? '', part);
  const { share, unjudged, own } = await passOf(fresh.text, code, among, settings.pass);
  const half = halfPaid(sample, text, part);
  if (unjudged === 'too-short') return ofFewLetters(text, code, among, { part, half });
  if (share === null) {
    if (fresh.text === '' && fresh.copied) return verdict(0, `The ${part} is the question again.`, null);
    return verdict(null, `The ${part} ${UNJUDGED_WORDS[unjudged ?? 'no-letters']}.`, null);
  }
  const found = await languageOf(fresh.text);
  const words = Math.min(await knownWords(own.join(' '), code), wellJoined(text, code));
  const said = `${percent(share)} of the ${part} is in ${languageName(code)}`;
  const less = [
    fresh.ratio < 0.995 ? `of which ${percent(fresh.ratio)} says something new` : '',
    words < 0.995 ? `its words count ${percent(words)}: they are hardly words of the language` : '',
    half ?? '',
  ].filter((clause) => clause !== '');
  return verdict(share * fresh.ratio * words * (half === null ? 1 : 0.5), `${[said, ...less].join('; ')}.`, found);
}

/** Bytes of letters below which a word in the right language would be the cheapest thought. */
const FEWEST_BYTES = 10;

/**
 * Why a part earns half of what it would, as a clause; null: it does not. Of one that was cut off nobody knows how it goes on, so that ending it must be worth
 * more; and it is worth something, since otherwise answers that are all cut off would teach nothing of their language.
 */
function halfPaid({ finished, answer }: Sample, text: string, part: How['part']): string | null {
  if (!finished && (part === 'answer') === /\S/.test(answer)) return 'it was cut off, so that half is paid';
  if (part === 'thought' && letterBytes(text) < FEWEST_BYTES) return 'so few words are hardly a thought, so that half is paid';
  return null;
}

/** "Neun.": told from English and the languages named alone, where the detector knows the word at all. */
async function ofFewLetters(
  text: string,
  code: string,
  among: readonly string[],
  { part, half }: { part: string; half: string | null },
): Promise<Verdict> {
  const scores = (await loadEld())(text);
  const likely = [code, ...['en', ...among.map(languageCode)].filter((one) => one !== null && one !== code)].map(
    (one) => scores[one!] ?? 0,
  );
  const [own, ...others] = likely as [number, ...number[]];
  const other = Math.max(0, ...others);
  if (own === 0 && other === 0) return verdict(null, `The ${part} ${UNJUDGED_WORDS['too-short']}.`, null);
  const right = own >= other;
  const said = `The ${part} is a word or two, ${right ? '' : 'not '}of ${languageName(code)}`;
  return verdict(right ? (half === null ? 1 : 0.5) : 0, `${[said, ...(half === null ? [] : [half])].join('; ')}.`, right ? code : null);
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;

interface Fresh {
  /** The sentences that are paid, a line each. */
  readonly text: string;
  /** What its share is multiplied by, 0 to 1. */
  readonly ratio: number;
  readonly copied: boolean;
}

const asItIs = (text: string, code: string): Fresh => ({ text: sentencesOf(text, code).join('\n'), ratio: 1, copied: false });

/** Share of new groups of words below which less is paid: plain thoughts have 0.8 and more, thoughts with many alike steps 0.6. */
const NEW_GROUPS = 0.5;

/** An answer says words of the question again; it is a copy from this share of the question's letters on. */
const COPIED = 0.5;

function freshIn(text: string, code: string, question: string, part: How['part']): Fresh {
  const sentences = sentencesOf(text, code);
  const asked = plain(question);
  const isAsked = (sentence: string): boolean => asked !== '' && asked.includes(plain(sentence));
  const again = letterBytes(sentences.filter(isAsked).join(' '));
  const isCopy = part === 'thought' || again >= COPIED * letterBytes(asked);
  const own = isCopy ? sentences.filter((sentence) => !isAsked(sentence)) : sentences;
  const distinct = [...new Map(own.map((sentence) => [plain(sentence), sentence])).values()];
  if (distinct.length === 0) return { text: '', ratio: 0, copied: sentences.length > 0 };
  const copies = 1 - letterBytes(own.join(' ')) / Math.max(1, letterBytes(sentences.join(' ')));
  const said = distinct.join(' ');
  const ratio =
    (distinct.length / own.length) *
    Math.min(1, (1 - copies) / 0.5) *
    Math.min(1, newGroups(said) / NEW_GROUPS) *
    newWords(said) *
    unbroken(distinct.join('\n'));
  return { text: distinct.join('\n'), ratio, copied: copies > 0 };
}

/** Letters alone: neither case, points nor numbers make a sentence new. */
function plain(text: string): string {
  return (
    text
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{M}]+/gu) ?? []
  ).join(' ');
}

/** Different words by the root of all: 2 and more in plain thoughts of any length; a few words in turn have 1. */
const NEW_WORDS = [1, 1.8] as const;

function newWords(text: string): number {
  const words = unitsOf(text);
  const [none, all] = NEW_WORDS;
  return words.length < 8 ? 1 : within((new Set(words).size / Math.sqrt(words.length) - none) / (all - none));
}

/** Words without a point or a comma between them from which on less is paid, and those that are paid nothing. People write 34 at most. */
const UNBROKEN = [45, 90] as const;

function unbroken(text: string): number {
  if (/\p{Script=Thai}|\p{Script=Lao}|\p{Script=Khmer}/u.test(text)) return 1; // written without points
  const runs = text.split(/[\p{P}\p{S}\p{N}\n]+/u).map((run) => run.match(/[\p{L}\p{M}'’]+/gu)?.length ?? 0);
  const [all, none] = UNBROKEN;
  return within((none - Math.max(...runs)) / (none - all));
}

const within = (ratio: number): number => Math.min(1, Math.max(0, ratio));

/** Ratio of different groups of three words to all; of characters where a script has no spaces. */
function newGroups(text: string): number {
  const units = unitsOf(text);
  if (units.length < 6) return 1;
  const groups = units.slice(2).map((last, at) => `${units[at]} ${units[at + 1]} ${last}`);
  return new Set(groups).size / groups.length;
}

function unitsOf(text: string): string[] {
  const words = plain(text).split(' ');
  const isDense = words.some((word) => word.length > 40) || /\p{Script=Han}|\p{Script=Thai}|\p{Script=Hiragana}/u.test(text);
  return isDense ? [...words.join('')] : words;
}

async function passOf(text: string, code: string, among: readonly string[], pass: unknown): ReturnType<typeof sentencesIn> {
  if (pass === 'whole') return sentencesIn(text.replaceAll(/[.!?。！？।؟\n]+/g, ' '), code, among);
  const whole = await sentencesIn(text, code, among);
  if (pass !== 'lines' && pass !== 'words') return whole;
  if (whole.share === null) return whole;
  const passes = whole.share === 1 && (pass === 'lines' || inScript(text, code));
  return { ...whole, share: passes ? 1 : 0 };
}

/** Every word is written in a script of the language: what is left of other languages inside its sentences. */
function inScript(text: string, code: string): boolean {
  const scripts = languagesByCode.get(code)!.scripts;
  return (text.match(/[\p{L}\p{M}]+/gu) ?? []).every((word) => scripts.includes(scriptOf(word) ?? scripts[0]!));
}
