/** The gold value of a row, as data sets have it: a number, LaTeX with or without dollars, a whole solution with a box or `####`, a list of right answers. */
import { lastBox } from './boxes.ts';
import { extract } from './extract.ts';
import { readOption } from './option.ts';
import { readings } from './read.ts';
import { toPlain } from './unicode.ts';
import type { Option, Value } from './value.ts';
import { isProse } from './words.ts';

export interface Gold {
  /** As it is shown: the text that was read. */
  readonly text: string;
  readonly values: readonly Value[];
  readonly option: Option | null;
  /** A sentence: only its own words are equal to it. */
  readonly prose: boolean;
}

const MOST_GOLDS = 50;

/** Each of several right answers; empty where there is none. */
export function readGold(gold: unknown, language: string | undefined): Gold[] {
  if (Array.isArray(gold)) return gold.slice(0, MOST_GOLDS).flatMap((one) => readGold(one, language));
  const text = textOf(gold);
  if (text === null) return [];
  const members = listIn(text);
  const own = readOne(text, language);
  return members ? [...own, ...members.flatMap((one) => readGold(one, language))] : own;
}

/** Whether a text is a gold letter for letter: then it is right, whatever of it can be read. */
export function isGoldItself(plain: string, gold: unknown): boolean {
  if (Array.isArray(gold)) return gold.some((one) => isGoldItself(plain, one));
  const text = textOf(gold);
  return text !== null && toPlain(text).trim() === plain.trim();
}

function textOf(gold: unknown): string | null {
  const plain = gold instanceof Number || gold instanceof String ? gold.valueOf() : gold;
  if (typeof plain === 'number') return Number.isFinite(plain) ? String(plain) : null;
  if (typeof plain === 'bigint' || typeof plain === 'boolean') return String(plain);
  return typeof plain === 'string' && plain.trim() !== '' ? plain.trim() : null;
}

/** `["12", "12.0"]` as text. */
function listIn(text: string): unknown[] | null {
  if (!text.startsWith('[') || text.length > 4000) return null;
  try {
    const parsed: unknown = JSON.parse(text);
    return Array.isArray(parsed) && parsed.every((one) => typeof one === 'string' || typeof one === 'number') ? parsed : null;
  } catch {
    return null;
  }
}

function readOne(text: string, language: string | undefined): Gold[] {
  const plain = answerIn(toPlain(text.slice(-20_000)));
  if (plain === '') return [];
  const values = readings(plain, language, true);
  const option = readOption(plain);
  // "The answer is 24."
  const said = values.every(({ kind }) => kind === 'words')
    ? extract(plain, 'value', (piece) => readings(piece, language, true).some(({ kind }) => kind !== 'words'))
    : null;
  if (said?.how === 'phrase' && said.text !== null && said.text !== plain) return readOne(said.text, language);
  const onlyWords = !option && values.every(({ kind }) => kind === 'words');
  return [{ text: plain, values, option, prose: onlyWords && (values.length === 0 || isProse(plain)) }];
}

/** A whole solution: what its box holds, or what follows the four signs of GSM8K. */
function answerIn(plain: string): string {
  const box = lastBox(plain);
  if (box?.text) return box.text.trim();
  const signs = plain.lastIndexOf('####');
  if (signs >= 0)
    return plain
      .slice(signs + 4)
      .trim()
      .split('\n')[0]!
      .trim();
  const tag = /<answer>([\s\S]*?)<\/answer>/.exec(plain);
  return (tag?.[1] ?? plain).trim();
}
