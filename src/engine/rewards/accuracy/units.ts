/**
 * Units: names in several languages, the dimension they measure and their size in it. Two units of one dimension are converted, of two are never
 * equal; a word that is no unit here ("steps") counts as itself.
 */
import { multiply, ONE, ofDecimal, power, type Rational, rational } from './rational.ts';
import { UNIT_NAMES } from './unit-names.ts';

export interface Unit {
  /** As written, in lower case where it is a word. */
  readonly text: string;
  /** Base dimensions with their powers, such as "length 1, time -1"; null for a word that is no unit. */
  readonly dimension: string | null;
  readonly size: Rational;
}

interface Named {
  readonly dimension: string;
  readonly exponent: number;
  readonly size: Rational;
}

const byName = new Map<string, Named>();

function names(): ReadonlyMap<string, Named> {
  if (byName.size === 0) {
    for (const line of UNIT_NAMES.trim().split('\n')) {
      const [dimension, size, spellings] = line.split('|').map((part) => part.trim()) as [string, string, string];
      const [n, d = '1'] = size.split('/') as [string, string?];
      const [base, exponent = '1'] = dimension.split('^') as [string, string?];
      const one = { dimension: base, exponent: Number(exponent), size: multiply(ofDecimal(n), rational(1n, BigInt(d))) };
      for (const spelling of spellings.split(/\s+/)) byName.set(spelling.replaceAll('_', ' '), one);
    }
  }
  return byName;
}

/** Units are short; longer texts are sentences. */
const LONGEST = 60;
const POWERS: Readonly<Record<string, number>> = { square: 2, squared: 2, sq: 2, cubic: 3, cubed: 3, cu: 3, quadrat: 2, kubik: 3 };

/** "km/h", "square metres", "m^{2}", "dollars per hour"; null where a part is no unit. */
export function knownUnit(text: string): Unit | null {
  const plain = text
    .replaceAll(/\\cdot|\\times|\*/g, ' ')
    .replaceAll(/[{}\\]/g, '')
    .replaceAll(/\s*\^\s*/g, '^')
    .replaceAll(/\s+(?:per|pro|por|par|al?)\s+/gi, '/')
    .replaceAll(/\s*\/\s*/g, '/')
    .replace(/^mph$/, 'mi/h')
    .replace(/^k(?:mh|ph)$/, 'km/h')
    .replace(/^(?:in|de|d')\s+/i, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
  if (plain === '' || plain.length > LONGEST) return null;
  const whole = named(plain);
  if (whole) return { text: plain, dimension: `${whole.dimension} ${whole.exponent}`, size: whole.size };
  const dimensions = new Map<string, number>();
  let size = ONE;
  const [over, ...under] = plain.split('/');
  for (const [at, part] of [over!, ...under].entries()) {
    const factors = factorsOf(part);
    if (!factors) return null;
    for (const { unit, exponent } of factors) {
      const sign = at === 0 ? exponent : -exponent;
      dimensions.set(unit.dimension, (dimensions.get(unit.dimension) ?? 0) + sign * unit.exponent);
      size = multiply(size, power(unit.size, BigInt(sign)));
    }
  }
  const dimension = [...dimensions]
    .filter(([, exponent]) => exponent !== 0)
    .map(([base, exponent]) => `${base} ${exponent}`)
    .sort()
    .join(', ');
  return { text: plain, dimension, size };
}

/** A unit, known or a word of its own: of letters only, so that no formula is taken for one. */
export function unitOf(text: string): Unit | null {
  const known = knownUnit(text);
  if (known) return known;
  const words = text.replaceAll(/[{}]/g, '').replaceAll(/\s+/g, ' ').trim().toLowerCase();
  if (
    words.length > LONGEST ||
    /(?:^|\s)(?:not|no|nicht|pas|or|and|less|more|fewer|greater|than|least|most|times|plus|minus|over|divided|squared|cubed|factorial)(?:\s|$)/.test(
      words,
    ) ||
    !/^[\p{L}\p{M}'().-]+(?: [\p{L}\p{M}'().-]+){0,4}$/u.test(words)
  )
    return null;
  return words.split(' ').every((word) => /[^\p{Script=Latin}]|\p{L}{2}/u.test(word)) ? { text: words, dimension: null, size: ONE } : null;
}

/** Whether two words that are no units mean one thing: the same but for endings. */
export function sameWords(a: string, b: string): boolean {
  if (a === b) return true;
  const common = [...a].findIndex((one, at) => one !== b[at]);
  const shared = common < 0 ? a.length : common;
  return shared >= 3 && shared >= Math.max(a.length, b.length) - 3;
}

function named(text: string): Named | null {
  const table = names();
  return (
    table.get(text) ??
    table.get(text.replace(/\.$/, '')) ??
    (text.length > 2 ? (table.get(text.toLowerCase().replace(/\.$/, '')) ?? null) : null)
  );
}

function factorsOf(text: string): { unit: Named; exponent: number }[] | null {
  const words = text.trim().split(/[\s-]+/);
  const found: { unit: Named; exponent: number }[] = [];
  let next = 1;
  for (const word of words) {
    const exponent = POWERS[word.toLowerCase()];
    if (exponent !== undefined) {
      const last = found.at(-1);
      if (last && /d$/.test(word)) last.exponent *= exponent;
      else next = exponent;
      continue;
    }
    const [, name = word, raised = '1'] = /^(.*?[^\d^-])\^?(-?\d)?$/.exec(word) ?? [];
    const unit = named(name);
    // "%0" and "kg2" are no units.
    if (!unit || (raised !== '1' && !(/^-?[123]$/.test(raised) && /^(?:length|time)$/.test(unit.dimension)))) return null;
    found.push({ unit, exponent: Number(raised) * next });
    next = 1;
  }
  return found.length > 0 && next === 1 ? found : null;
}
