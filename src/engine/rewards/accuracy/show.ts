/** A value as a reader would write it, for the sentence that explains a verdict. */
import { infinite, type Tree } from './tree.ts';
import type { Value } from './value.ts';

const LONGEST = 60;

/** `text` where the value is best shown as it was written. */
export function show(value: Value | undefined, text: string): string {
  const shown = value === undefined ? null : shownValue(value);
  const result = shown ?? text;
  return result.length > LONGEST ? `${result.slice(0, LONGEST - 3)}...` : result;
}

function shownValue(value: Value): string | null {
  if (value.kind === 'scalar') {
    const number = shownNumber(value.tree);
    return number === null ? null : value.unit ? `${number} ${value.unit.text}` : number;
  }
  if (value.kind === 'equation') {
    const inner = shownValue(value.value);
    return inner === null ? null : value.name ? `${value.name} = ${inner}` : inner;
  }
  if (value.kind === 'option') return value.letter;
  if (value.kind !== 'group') return null;
  const members = value.members.map(shownValue);
  if (members.some((one) => one === null)) return null;
  const [open, close] = value.open === '{' ? ['{', '}'] : [value.open, value.close];
  return `${open}${members.join(', ')}${close}`;
}

function shownNumber(tree: Tree): string | null {
  if (infinite(tree) !== 0) return infinite(tree) > 0 ? 'infinity' : '-infinity';
  const [sign, inner] = 'op' in tree && tree.op === 'negate' ? ['-', tree.of[0]!] : ['', tree];
  if (!('value' in inner)) return null;
  const { n, d } = inner.value;
  if (d === 1n) return `${sign}${n}`;
  const scale = powerOfTen(d);
  if (scale === null) return `${sign}${n}/${d}`;
  const digits = `${(n * 10n ** BigInt(scale)) / d}`.replace('-', '').padStart(scale + 1, '0');
  return `${sign}${n < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** How many decimals a fraction of this denominator has. */
function powerOfTen(d: bigint): number | null {
  for (let scale = 1; scale <= 20; scale++) if (10n ** BigInt(scale) % d === 0n) return scale;
  return null;
}
