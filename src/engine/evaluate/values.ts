/** Cells of a table: is this a value that an answer can be compared with, or a text? */
import { refill } from '../rewards/accuracy/effort.ts';
import { readOption } from '../rewards/accuracy/option.ts';
import { readings } from '../rewards/accuracy/read.ts';
import { toPlain } from '../rewards/accuracy/unicode.ts';

const LONGEST = 60;

/** A number, quantity, formula or an option's letter, short and no question. */
export function isValue(text: string): boolean {
  const plain = text.trim();
  if (plain === '' || plain.length > LONGEST || /[?？؟]\s*$/.test(plain)) return false;
  refill();
  if (/^\(?[A-J]\)?$/.test(plain) && readOption(plain)) return true;
  return readings(toPlain(plain), undefined, true).some(({ kind }) => kind !== 'words' && kind !== 'group');
}
