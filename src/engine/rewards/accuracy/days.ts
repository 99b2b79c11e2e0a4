/** Days of the year in a language's own month names, times of day, and ratios. */
import { languageCode } from '../../../lib/language/index.ts';
import { readFormula } from './formula.ts';
import { cutAt } from './split.ts';
import type { Tree } from './tree.ts';
import type { Day, Ratio } from './value.ts';

const months = new Map<string, ReadonlyMap<string, number>>();

/** Long and short names of the months, as a date and by themselves, in English and one more language. */
function monthsOf(language: string | undefined): ReadonlyMap<string, number> {
  const code = (language && languageCode(language)) || 'en';
  let found = months.get(code);
  if (!found) {
    const names = new Map<string, number>();
    for (const locale of ['en', code]) {
      if (Intl.DateTimeFormat.supportedLocalesOf(locale).length === 0) continue;
      for (const form of [{ month: 'long' }, { month: 'short' }, { month: 'long', day: 'numeric' }] as const) {
        const format = new Intl.DateTimeFormat(locale, { ...form, timeZone: 'UTC' });
        for (let month = 0; month < 12; month++) {
          const name = format.formatToParts(new Date(Date.UTC(2024, month, 15))).find(({ type }) => type === 'month')?.value;
          if (name && /\p{L}/u.test(name)) names.set(name.toLowerCase().replace(/\.$/, ''), month + 1);
        }
      }
    }
    found = names;
    months.set(code, found);
  }
  return found;
}

/** "14 July", "July 14, 2024", "14 de julio", "2024-03-05", "2024年3月5日"; null for all else. */
export function readDay(text: string, language: string | undefined): Day | null {
  if (text.length > 40) return null;
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text) ?? /^(?:(\d{4}) ?年 ?)?(\d{1,2}) ?月 ?(\d{1,2}) ?日$/.exec(text);
  if (iso) return day(iso[1] ?? '', Number(iso[2]), Number(iso[3]));
  const dotted = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(text);
  if (dotted) return day(dotted[3]!, Number(dotted[2]), Number(dotted[1]));
  const words = text
    .toLowerCase()
    .split(/[\s,.]+/)
    .filter((word) => word !== '' && !['of', 'the', 'de', 'del', 'di', 'den', 'g', 'г'].includes(word))
    .map((word) => word.replace(/^(\d+)(?:st|nd|rd|th|er|ère|º|ª)$/, '$1'));
  if (words.length < 2 || words.length > 3) return null;
  const names = monthsOf(language);
  const month = words.map((word) => names.get(word)).find((one) => one !== undefined);
  const numbers = words.filter((word) => /^\d{1,4}$/.test(word));
  if (month === undefined || numbers.length !== words.length - 1) return null;
  const year = numbers.find((one) => one.length === 4) ?? '';
  const date = numbers.find((one) => one.length <= 2);
  return date === undefined ? null : day(year, month, Number(date));
}

const day = (year: string, month: number, date: number): Day | null =>
  month >= 1 && month <= 12 && date >= 1 && date <= 31 ? { kind: 'day', key: `${year}-${month}-${date}` } : null;

export function readRatio(written: string): Ratio | null {
  const text = written.replaceAll(/(?<=\d) to (?=\d)/g, ':');
  const time = /^(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([ap])?\.?\s?(m\.?)?(?:\s*(?:uhr|h|o'clock|hrs?))?$/i.exec(text);
  const cut = cutAt((time ? text.replace(/[^\d:].*$/, '') : text).trim(), /:/g);
  if (!cut) return null;
  const parts = cut.parts.map((part) => readFormula(part));
  if (parts.some((part) => part === null)) return null;
  return { kind: 'ratio', parts: parts as Tree[], clock: time ? clockOf(time) : null };
}

function clockOf([, hours, minutes, , half]: RegExpExecArray): Ratio['clock'] {
  const [h, m] = [Number(hours), Number(minutes)];
  if (h > 24 || m > 59) return null;
  const shift = half === undefined ? 0 : half.toLowerCase() === 'p' ? (h < 12 ? 12 : 0) : h === 12 ? -12 : 0;
  return { minutes: (h + shift) * 60 + m, half: half !== undefined };
}
