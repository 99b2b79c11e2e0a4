/**
 * How a language writes numbers: which sign stands before decimals, which between groups. The language's own habit comes first; what it cannot mean is
 * read by its form alone ("1.234.567" has groups anywhere, "12.5" is a decimal in German too, "12,34,567" is Indian). CLDR knows the habits.
 */
import { languageCode } from '../../../lib/language/index.ts';

export interface Habit {
  readonly decimal: '.' | ',';
  /** Whether the language was stated; if not, a comma that cannot part groups may be a decimal comma. */
  readonly stated: boolean;
}

const known = new Map<string, Habit>();
const UNSTATED: Habit = { decimal: '.', stated: false };

export function habitOf(language: string | undefined): Habit {
  const wanted = language?.trim() ?? '';
  if (wanted === '' || wanted.length > 60) return UNSTATED;
  let habit = known.get(wanted);
  if (!habit) {
    habit = askCldr(wanted);
    if (known.size > 500) known.clear();
    known.set(wanted, habit);
  }
  return habit;
}

/** A code with its region ("de-CH", "es_MX") is asked for as it is; a name by its code. */
function askCldr(wanted: string): Habit {
  const tag = wanted.replaceAll('_', '-');
  for (const candidate of [tag, languageCode(wanted)]) {
    if (!candidate || !/^[a-z]{2,3}(-[a-z\d]{2,8})*$/i.test(candidate)) continue;
    if (Intl.NumberFormat.supportedLocalesOf(candidate).length === 0) continue;
    // Latin digits, so that Arabic and Persian are asked for what they write beside them.
    const format = new Intl.NumberFormat(candidate, { numberingSystem: 'latn' });
    const sign = format.formatToParts(1.5).find(({ type }) => type === 'decimal')?.value;
    return { decimal: sign === ',' ? ',' : '.', stated: true };
  }
  return { ...UNSTATED, stated: languageCode(wanted) !== null };
}

/** A number as it stands in a text: digits with separators between. Spaces part groups of three only. */
export const WRITTEN = /\d(?:[\d.,'٫٬]|\{,\}|(?:(?<=(?<![\d.,])\d{1,3}|[ ]\d{3}) (?=\d{3}(?!\d))))*(?<=\d)|\d/g;

const LONGEST = 1200;

/**
 * A written number as digits with a decimal point; null where it is none, such as "1,2,3". `machine`: text from a file, such as a gold value, where
 * "1,234" may be the file's own form in any language.
 */
export function plainNumber(written: string, habit: Habit): string | null {
  if (written.length > LONGEST) return null;
  const text = written
    .replaceAll('{,}', ',')
    .replaceAll(/[ '٬](?=\d)/g, '')
    .replaceAll('٫', 'D');
  if (/^\d+$/.test(text)) return text;
  if (text.includes('D')) return /^[\d.,]+D\d+$/.test(text) ? text.replaceAll(/[.,]/g, '').replace('D', '.') : null;
  const [dots, commas] = [text.split('.').length - 1, text.split(',').length - 1];
  if (dots > 0 && commas > 0) return both(text);
  const sign = dots > 0 ? '.' : ',';
  const many = Math.max(dots, commas) > 1;
  const groups = grouped(text, sign);
  if (many) return groups;
  const [before, after] = text.split(sign) as [string, string];
  if (sign === habit.decimal) return `${before}.${after}`;
  if (groups !== null && !/^0/.test(before)) return groups;
  // "12.5" in German is what it looks like; "12,5" in English may be two numbers.
  return sign === '.' || !habit.stated ? `${before}.${after}` : null;
}

/** Both signs: the last one stands before the decimals. */
function both(text: string): string | null {
  const decimal = text.lastIndexOf('.') > text.lastIndexOf(',') ? '.' : ',';
  const at = text.lastIndexOf(decimal);
  const [before, after] = [text.slice(0, at), text.slice(at + 1)];
  if (before.includes(decimal)) return null;
  const groups = grouped(before, decimal === '.' ? ',' : '.');
  return groups === null ? null : `${groups}.${after}`;
}

/** Groups of three, or Indian ones of two before the last three, or Chinese ones of four. */
function grouped(text: string, sign: string): string | null {
  const groups = text.split(sign);
  const [first = '', ...rest] = groups;
  if (rest.length === 0) return text;
  const last = rest.at(-1)!;
  const middle = rest.slice(0, -1);
  const threes = first.length <= 3 && rest.every((group) => group.length === 3);
  const indian = sign === ',' && first.length <= 2 && last.length === 3 && middle.length > 0 && middle.every((group) => group.length === 2);
  const fours = rest.length > 1 && first.length <= 4 && rest.every((group) => group.length === 4);
  return threes || indian || fours ? groups.join('') : null;
}
