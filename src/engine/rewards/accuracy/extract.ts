/**
 * Where in a text its answer stands: the last box, `<answer>`, what follows "the answer is" in any language, a short text as a whole, bold type, the last
 * formula or number. One place is taken, whatever the gold is: a second guess would pay for lists of numbers.
 */
import { type Boxed, lastBox, unitBehind } from './boxes.ts';
import { WRITTEN } from './number-habits.ts';
import { BECAUSE, PHRASES } from './phrases.ts';
import { MINUS_WORDS } from './words.ts';

/** What kind of answer can be right: of a word, the last number in the text says nothing. */
export type Wanted = 'value' | 'words' | 'option';

export interface Extracted {
  /** null where the text breaks off inside its answer. */
  readonly text: string | null;
  readonly how: 'box' | 'tag' | 'phrase' | 'whole text' | 'bold' | 'last formula' | 'last number';
}

/** Whether a piece of text can be read as a value, and not only as words. */
export type Readable = (text: string) => boolean;

const SHORT = 120;
const MOST_OCCURRENCES = 5;
const LONGEST_TAIL = 400;
/** Longer clauses are texts and no values. */
const LONGEST_CLAUSE = 200;

export function extract(text: string, wanted: Wanted, readable: Readable): Extracted | null {
  const box = lastBox(text);
  if (box) return { text: insideBox(box, wanted, readable), how: 'box' };
  const tag = lastTag(text);
  if (tag !== null) return { text: textIn(tag, wanted, readable), how: 'tag' };
  const said = afterPhrase(text, wanted, readable);
  if (said !== null) return { text: said, how: 'phrase' };
  const bold = [...text.slice(-2000).matchAll(/\*\*([^*\n]{1,80})\*\*/g)].at(-1)?.[1];
  const whole = bare(text);
  // In "So $x = 3$" the words are none of the formula.
  const inSentence = /\p{L}{2}/u.test(/^[^$\\]*(?=\$|\\[([])/.exec(whole.slice(0, SHORT))?.[0] ?? '');
  if (
    !inSentence &&
    !(wanted === 'words' && bold !== undefined) &&
    whole.length > 0 &&
    whole.length <= SHORT &&
    !/\n/.test(whole) &&
    (wanted === 'words' || readable(whole))
  )
    return { text: whole, how: 'whole text' };
  if (bold !== undefined && (wanted === 'words' ? !/[.:]\s*$/.test(bold) : readable(bare(bold)) && !/:\s*$/.test(bold)))
    return { text: bare(bold), how: 'bold' };
  if (wanted === 'words') return null;
  if (wanted === 'option') return lastOption(text);
  return lastValue(text, readable);
}

/** A box may hold a sentence: "The answer is 41". */
function insideBox({ text }: Boxed, wanted: Wanted, readable: Readable): string | null {
  if (text === null || readable(text)) return text;
  const words = text.replaceAll(/\\text\s*\{([^{}]*)\}/g, '$1');
  const said = afterPhrase(words, wanted, readable);
  if (said !== null) return said;
  // One number among words: "The total is 12 dollars".
  const numbers = wanted === 'value' && !/\\|[=<>]/.test(words) ? numbersOf(words) : [];
  if (numbers.length !== 1 || NEGATION.test(words)) return text;
  const rest = words.slice(numbers[0]!.index).trim();
  return readable(rest) ? rest : numbers[0]!.text;
}

const NEGATION =
  /(?<!\p{L})(?:not|no|never|except|less|more|fewer|greater|than|least|most|over|under|between|below|above|half|twice|double|times|plus|minus|squared|cubed|factorial|divided|weniger|mehr|mindestens|höchstens|moins|plus|menos|más|mais|меньше|больше|nicht|kein|pas|ne|no es|non|não|не|нет|不|没|ない|ليس|नहीं)(?!\p{L})/iu;

function textIn(tag: string, wanted: Wanted, readable: Readable): string {
  const whole = bare(tag);
  if (readable(whole) || wanted === 'words') return whole;
  return extract(tag, wanted, readable)?.text ?? whole;
}

function lastTag(text: string): string | null {
  const close = text.lastIndexOf('</answer>');
  const open = text.lastIndexOf('<answer>', close);
  return close < 0 || open < 0 ? null : text.slice(open + '<answer>'.length, close);
}

const bare = (text: string) =>
  text
    .trim()
    .replaceAll(/^(?:\*\*|__|#+ )|(?:\*\*|__)$/g, '')
    .trim();

function afterPhrase(text: string, wanted: Wanted, readable: Readable): string | null {
  const lower = text.replaceAll('\u0130', 'I').toLowerCase();
  let before = lower.length;
  for (let round = 0; round < MOST_OCCURRENCES; round++) {
    let end = -1;
    for (const phrase of PHRASES) end = Math.max(end, lastEnd(lower, phrase, before));
    if (end < 0) return null;
    const found = valueIn(text.slice(end, end + LONGEST_TAIL), wanted, readable);
    if (found !== null) return found;
    before = end - 1;
  }
  return null;
}

/** Where the last occurrence ends that ends by `before`; -1 where there is none. Letters right beside it make it part of another word. */
function lastEnd(lower: string, { text, whole }: (typeof PHRASES)[number], before: number): number {
  for (let at = lower.lastIndexOf(text, before - text.length); at >= 0; at = at === 0 ? -1 : lower.lastIndexOf(text, at - 1)) {
    const end = at + text.length;
    if (end > before) continue;
    const joins = (one: string | undefined) => one !== undefined && /[\p{L}\p{M}]/u.test(one);
    if (!joins(lower[at - 1]) || !/^\p{L}/u.test(text) || !whole) if (!whole || !joins(lower[end])) return end;
  }
  return -1;
}

/** The value that a sentence goes on with. */
function valueIn(tail: string, wanted: Wanted, readable: Readable): string | null {
  const start = tail
    .replace(/^(?:[\s:=*>—]|<[^>]{1,12}>|- (?!\d)|\\text\{\s*\})+/, '')
    .replace(/^(?:is|ist|est|es|é|è|is:|=|as follows:|equal to|equals|simply|therefore|thus)(?![\p{L}\p{M}'])\s*:?\s*/iu, '');
  const span = mathAt(start, 40);
  if (span) return span;
  const sentence = sentenceOf(start);
  if (wanted === 'option') {
    const [letter] = /^\W{0,3}\(?[A-J]\)?(?![\p{L}\d])[).:]?\s*(?:(?!\bbecause\b)[^.\n]){0,60}/u.exec(sentence) ?? [];
    if (letter !== undefined) return letter.replace(BECAUSE, '').trim();
  }
  const reason = BECAUSE.exec(sentence);
  const clause = bare((reason ? sentence.slice(0, reason.index) : sentence).trim());
  for (const piece of [clause, clause.split(/[,;](?=\s)/)[0]!.trim()])
    if (piece !== '' && piece.length <= LONGEST_CLAUSE && readable(piece)) return piece;
  if (wanted === 'words') return clause === '' ? null : clause;
  const numbers = numbersOf(clause);
  if (numbers.length === 0) return null;
  return numbers[0]!.index <= 3 ? numbers[0]!.text : numbers.at(-1)!.text;
}

/** The formula between signs of mathematics that begins within the first characters, before any other number. */
function mathAt(text: string, within: number): string | null {
  const found = /\$\$([^$]+)\$\$|\$([^$\n]+)\$|\\\(([\s\S]+?)\\\)|\\\[([\s\S]+?)\\\]/.exec(text);
  if (!found || found.index > within || /\d|\n/.test(text.slice(0, found.index))) return null;
  const inside = found[1] ?? found[2] ?? found[3] ?? found[4] ?? '';
  return isMath(inside) ? inside.trim() + unitBehind(text.slice(found.index + found[0].length)) : null;
}

/** "$4 and the paper $" is no formula. */
const isMath = (inside: string) => !/(?<![\\{a-zA-Z])[a-zA-Z]{3,} /.test(inside.replaceAll(/\\[a-zA-Z]+(?:\s*\{[^{}]*\})?/g, ' '));

function sentenceOf(text: string): string {
  const end = /(?<!\b(?:Rs|approx|ca|mio|mrd|тыс|руб|млн|No))[.!?](?=\s|$|["*)])|\n/i.exec(text);
  return end ? text.slice(0, end.index) : text;
}

/** A fraction, percentage, amount or time belongs together; a minus after a number or letter is a hyphen or a subtraction. */
const NUMBER = new RegExp(
  String.raw`(?<![\p{Script=Latin}\d.,])(?:${MINUS_WORDS.source})?(?:[-+](?<![\p{L}\d)]\s?[-+]))?(?:US\$|R\$|[$€£₹¥₩₽৳₫₦]|Rs\.?\s)?\s?(?:[-+](?<=[$€£]-))?(?:${WRITTEN.source})(?:\s?\/\s?\d+|:\d\d(?!\d))?(?:\s?[%°‰€£₹])?`,
  'giu',
);

function numbersOf(text: string): { text: string; index: number }[] {
  return [...text.matchAll(NUMBER)].map((found) => ({ text: found[0].trim(), index: found.index }));
}

function lastOption(text: string): Extracted | null {
  const found = [...text.slice(-400).matchAll(/(?<![\p{L}\d])\(?([A-J])\)?(?=[\s.,:)*]|$)/gu)].at(-1)?.[1];
  return found === undefined ? null : { text: found, how: 'last formula' };
}

/** The last formula or the last number, whichever ends the text; of a sentence with a reason, what comes before the reason. */
function lastValue(text: string, readable: Readable): Extracted | null {
  const span = [...text.slice(-4000).matchAll(/\$\$([^$]+)\$\$|\$([^$\n]+)\$|\\\(([\s\S]+?)\\\)|\\\[([\s\S]+?)\\\]/g)]
    .map((found) => ({
      end: Math.max(0, text.length - 4000) + found.index + found[0].length,
      inside: found[1] ?? found[2] ?? found[3] ?? found[4] ?? '',
    }))
    .filter(({ inside }) => isMath(inside) && readable(inside))
    .at(-1);
  const lines = text.slice(-4000).split(/(?<=[.!?])\s|\n/);
  for (let at = lines.length - 1; at >= 0; at--) {
    const line = lines[at]!;
    const reason = BECAUSE.exec(line);
    const numbers = reason ? numbersOf(line.slice(0, reason.index)) : [];
    const last = (numbers.length > 0 ? numbers : numbersOf(line)).at(-1);
    if (!last) continue;
    if (span && text.lastIndexOf(line) + last.index < span.end) break;
    return { text: last.text, how: 'last number' };
  }
  return span ? { text: span.inside, how: 'last formula' } : null;
}
