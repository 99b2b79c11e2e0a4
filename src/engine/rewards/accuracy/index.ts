/**
 * Is the answer of a text right? The judge of mathematical answers: pure, synchronous and bounded by sizes, so that a worker can run it on any text. Language
 * decides how numbers are read; everything is compared by value, exactly where it is exact. Nothing that was not read is paid.
 */
import { same, saysWord } from './compare.ts';
import { refill } from './effort.ts';
import { type Extracted, extract, type Wanted } from './extract.ts';
import { type Gold, isGoldItself, readGold } from './gold.ts';
import { readOption } from './option.ts';
import { readings } from './read.ts';
import { show } from './show.ts';
import { toPlain } from './unicode.ts';
import type { Option, Value } from './value.ts';
import { plainText } from './words.ts';

export interface Judgement {
  /** null where there is no gold, or none that can be compared with. */
  readonly value: 1 | 0 | null;
  /** What was taken as the answer. */
  readonly parsed: string | null;
  /** One sentence for a reader. */
  readonly why: string;
}

export interface JudgeOptions {
  readonly language?: string;
}

/** Answers end texts; of a longer one, the end is read. */
const LONGEST = 20_000;

/** `text` is the answer alone, without the thought before it. */
export function judgeAnswer(text: string, gold: unknown, { language }: JudgeOptions = {}): Judgement {
  refill();
  const golds = readGold(gold, language);
  if (golds.length === 0) return { value: null, parsed: null, why: 'The row has no gold value to compare with.' };
  const plain = toPlain(text.slice(-LONGEST));
  if (isGoldItself(plain, gold)) return { value: 1, parsed: plain.trim(), why: 'Right: the text is the gold, letter for letter.' };
  const found = extract(plain, wantedBy(golds), (piece) => isReadable(piece, language));
  const goldText = golds.map((one) => show(one.values[0], one.text)).join(' or ');
  const prose = golds.every((one) => one.prose);
  if (found?.text === null) return unanswered(prose, 'The text breaks off inside its box, so there is no answer.');
  const parsed = found?.text.trim() ?? '';
  if (parsed === '') return unanswered(prose, found ? 'The box is empty.' : 'No answer was found in the text.');
  const answers = readings(parsed, language);
  const option = readOption(parsed);
  const right = golds.some((one) => agrees(one, parsed, answers, option, language));
  const read = `read ${quote(parsed)}${as(parsed, answers[0])} from ${PLACES[found!.how]}; gold is ${goldText}`;
  if (right) return { value: 1, parsed, why: `Right: ${read}.` };
  if (prose) return { value: null, parsed, why: 'The gold is no value that can be read, and the answer does not have its words.' };
  if (answers.length === 0 && !option) return { value: 0, parsed, why: `Could not read ${quote(parsed)}; gold is ${goldText}.` };
  return { value: 0, parsed, why: `Wrong: ${read}.` };
}

const PLACES: Readonly<Record<Extracted['how'], string>> = {
  box: 'the last box',
  tag: 'the answer tag',
  phrase: 'the words after "the answer is"',
  'whole text': 'the whole text',
  bold: 'the bold type',
  'last formula': 'the last formula',
  'last number': 'the last number',
};

function unanswered(prose: boolean, why: string): Judgement {
  return prose
    ? { value: null, parsed: null, why: 'The gold is no value that can be read, and the answer does not have its words.' }
    : { value: 0, parsed: null, why };
}

const quote = (text: string) => (text.length > 80 ? `${text.slice(0, 77)}...` : text);

function as(parsed: string, value: Value | undefined): string {
  const shown = show(value, parsed);
  return shown === parsed ? '' : ` as ${shown}`;
}

function wantedBy(golds: readonly Gold[]): Wanted {
  if (golds.some(({ option }) => option !== null && option.rest === '')) return 'option';
  return golds.every(({ values }) => values.every(({ kind }) => kind === 'words')) ? 'words' : 'value';
}

function isReadable(text: string, language: string | undefined): boolean {
  return readOption(text) !== null || readings(text, language).some((value) => value.kind !== 'words' && !hasWords(value));
}

const hasWords = (value: Value): boolean => value.kind === 'group' && value.members.some((one) => one.kind === 'words' || hasWords(one));

function agrees(gold: Gold, text: string, answers: readonly Value[], option: Option | null, language: string | undefined): boolean {
  if (gold.option && option) return gold.option.letter === option.letter && restsAgree(gold.option.rest, option.rest, language);
  if (gold.option?.rest) return sameText(gold.option.rest, text, language);
  if (option?.rest && gold.values.some(({ kind }) => kind !== 'words')) return sameText(gold.text, option.rest, language);
  if (gold.values.some((one) => answers.some((answer) => same(one, answer)))) return true;
  return sameWords(gold, text) || saysWord(gold.text, text);
}

/** Equal words; of texts that are formulas only where neither can be read. */
function sameWords(gold: Gold, text: string): boolean {
  const wordy = gold.values.every(({ kind }) => kind === 'words' || kind === 'group');
  return wordy && plainText(gold.text) !== '' && plainText(gold.text) === plainText(text);
}

/** The texts of two options, where both have one. */
const restsAgree = (gold: string, answer: string, language: string | undefined) =>
  gold === '' || answer === '' || sameText(gold, answer, language);

function sameText(gold: string, answer: string, language: string | undefined): boolean {
  if (plainText(gold) === plainText(answer)) return true;
  const values = readings(answer, language);
  return readings(gold, language, true).some((one) => values.some((value) => same(one, value)));
}
