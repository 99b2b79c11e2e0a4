/**
 * How much of a thought, or of an answer, is in the language asked for: by lib/language, the judgement of the charts and of Compare. As a reward it is
 * gamed, so what says nothing new is not paid: sentences that came before, words over and over, a copied question. An empty thought earns 0, and
 * what has no language (a box with a number) null.
 */
import { loadEld } from '../../lib/language/detectors.ts';
import { languageCode, languageName, languageOf, languageShare } from '../../lib/language/index.ts';
import { languagesByCode } from '../../lib/language/languages.ts';
import { scriptOf } from '../../lib/language/scripts.ts';
import { letterBytes, sentencesOf } from '../../lib/language/sentences.ts';
import { UNJUDGED_WORDS } from '../../lib/language/unjudged.ts';
import type { RewardRow, Verdict } from '../../protocol/rewards.ts';
import { priced } from './price.ts';
import { type Reward, type RewardSettings, type Sample, verdict } from './reward.ts';

export const language: Reward = async (sample, settings) =>
  priced(
    await judged(sample, sample.reasoning, sample.row.reasoning_language ?? otherwise(settings), { settings, part: 'thought' }),
    settings,
  );

export const answerLanguage: Reward = async (sample, settings) => {
  const asked = sample.row.answer_language ?? (await sameAs(sample.row, settings.same_as)) ?? otherwise(settings);
  return priced(await judged(sample, sample.answer, asked, { settings, part: 'answer' }), settings);
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

async function judged({ row }: Sample, text: string, asked: string | undefined, { settings, part }: How): Promise<Verdict> {
  if (asked === undefined || asked.trim() === '') return verdict(null, `No language is asked for the ${part}.`);
  if (!/[\p{L}\p{N}]/u.test(text)) return verdict(0, `There is no ${part}.`, null);
  const code = languageCode(asked);
  if (code === null) return verdict(null, `${asked} ${UNJUDGED_WORDS.unknown}.`, null);
  const fewest = settings.fewest_letters as number;
  if (fewest > 0 && letterBytes(text) < fewest)
    return verdict(0, `The ${part} has fewer than ${fewest} letters, which counts as wrong.`, null);
  const among = [row.language, row.reasoning_language, row.answer_language].filter((one) => one !== undefined);
  const fresh = settings.distinct === false ? asItIs(text, code) : freshIn(text, code, part === 'thought' ? (row.question ?? '') : '');
  const { share, unjudged } = await passOf(fresh.text, code, among, settings.pass);
  if (unjudged === 'too-short') return ofFewLetters(text, code, among, part);
  if (share === null) {
    if (fresh.text === '' && fresh.copied) return verdict(0, `The ${part} is the question again.`, null);
    return verdict(null, `The ${part} ${UNJUDGED_WORDS[unjudged ?? 'no-letters']}.`, null);
  }
  const found = await languageOf(fresh.text);
  const said = `${percent(share)} of the ${part} is in ${languageName(code)}`;
  const less = fresh.ratio < 0.995 ? `, of which ${percent(fresh.ratio)} says something new` : '';
  return verdict(share * fresh.ratio, `${said}${less}.`, found);
}

/** "Neun.": told from English and the languages named alone, where the detector knows the word at all. */
async function ofFewLetters(text: string, code: string, among: readonly string[], part: string): Promise<Verdict> {
  const scores = (await loadEld())(text);
  const likely = [code, ...['en', ...among.map(languageCode)].filter((one) => one !== null && one !== code)].map(
    (one) => scores[one!] ?? 0,
  );
  const [own, ...others] = likely as [number, ...number[]];
  const other = Math.max(0, ...others);
  if (own === 0 && other === 0) return verdict(null, `The ${part} ${UNJUDGED_WORDS['too-short']}.`, null);
  const value = own >= other ? 1 : 0;
  return verdict(value, `The ${part} is a word or two, ${value === 1 ? '' : 'not '}of ${languageName(code)}.`, value === 1 ? code : null);
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

function freshIn(text: string, code: string, question: string): Fresh {
  const sentences = sentencesOf(text, code);
  const asked = plain(question);
  const own = sentences.filter((sentence) => !(asked !== '' && asked.includes(plain(sentence))));
  const distinct = [...new Map(own.map((sentence) => [plain(sentence), sentence])).values()];
  if (distinct.length === 0) return { text: '', ratio: 0, copied: sentences.length > 0 };
  const copies = 1 - letterBytes(own.join(' ')) / Math.max(1, letterBytes(sentences.join(' ')));
  const ratio = (distinct.length / own.length) * Math.min(1, (1 - copies) / 0.5) * Math.min(1, newGroups(distinct.join(' ')) / NEW_GROUPS);
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

/** Ratio of different groups of three words to all; of characters where a script has no spaces. */
function newGroups(text: string): number {
  const words = plain(text).split(' ');
  const units =
    words.some((word) => word.length > 40) || /\p{Script=Han}|\p{Script=Thai}|\p{Script=Hiragana}/u.test(text)
      ? [...words.join('')]
      : words;
  if (units.length < 6) return 1;
  const groups = units.slice(2).map((last, at) => `${units[at]} ${units[at + 1]} ${last}`);
  return new Set(groups).size / groups.length;
}

async function passOf(text: string, code: string, among: readonly string[], pass: unknown): ReturnType<typeof languageShare> {
  if (pass === 'whole') return languageShare(text.replaceAll(/[.!?。！？।؟\n]+/g, ' '), code, among);
  const whole = await languageShare(text, code, among);
  if (pass !== 'lines' && pass !== 'words') return whole;
  if (whole.share === null) return whole;
  const passes = whole.share === 1 && (pass === 'lines' || inScript(text, code));
  return { share: passes ? 1 : 0 };
}

/** Every word is written in a script of the language: what is left of other languages inside its sentences. */
function inScript(text: string, code: string): boolean {
  const scripts = languagesByCode.get(code)!.scripts;
  return (text.match(/[\p{L}\p{M}]+/gu) ?? []).every((word) => scripts.includes(scriptOf(word) ?? scripts[0]!));
}
