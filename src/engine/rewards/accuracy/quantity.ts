/** A number or formula with its unit, currency or scale ("40 km/h", "$18", "5 lakh", "2 hours 30 minutes"), or a number in words. */
import { exactValue, sameValue } from './equal.ts';
import { readFormula } from './formula.ts';
import { readNumeral, scaleOf } from './numerals.ts';
import { multiply, ONE, whole } from './rational.ts';
import { number, operation, type Tree } from './tree.ts';
import { knownUnit, type Unit, unitOf } from './units.ts';
import type { Scalar } from './value.ts';
import { isShortWord, looksLikeWords } from './words.ts';

const CURRENCY = String.raw`US\$|R\$|[$€£₹¥₩₽৳₫฿₺₦₱₴₪₵]|Rs\.?|USD|EUR|INR|CHF|GBP|KSh|KES|NGN|JPY|CNY|RMB|ZAR|GHS|ETB|kr\.?|Kč|zł|Rp\.?|RM|Tk\.?|Sh\.?|TSh|USh|[ACN]\$|HK\$|NT\$|S\/\.?`;
const BEFORE = new RegExp(String.raw`^([-+]?)\s*(${CURRENCY})\s*(?=[-+\d(\\.])`);
const ABOUT =
  /^(?:about|approximately|approx\.?|around|circa|ca\.?|roughly|exactly|only|etwa|ungefähr|environ|aproximadamente|около|примерно|约|約|लगभग|প্রায়)\s*/i;
/** Where a unit may begin: a letter or sign outside all braces, after a number. */
const UNIT_START = /[\p{L}°%‰$€£¢₹¥₩₽৳₫฿₺₦₱₴₪]/u;

export function readQuantity(text: string, language: string | undefined): Scalar | null {
  const plain = text
    .replace(ABOUT, '')
    .replace(/^\+(?=\s*[\d\\(])/, '')
    .trim();
  const share = /^([-+]?)%\s*(\d[\d.]*)$/.exec(plain);
  if (share) return readQuantity(`${share[1]}${share[2]}%`, language);
  const aside = /^(.*\S)\s*\(\s*([\p{L}\p{M}][\p{L}\p{M}\s/-]*)\)$/u.exec(plain);
  if (aside && /\d$|[}\p{L}]$/u.test(aside[1]!) && /\p{L}{2}/u.test(aside[2]!) && !/\\[a-z]+$/.test(aside[1]!))
    return besides(aside[1]!, aside[2]!, language);
  const base = /^(-?\d+)_\{(\d{1,2})\}$/.exec(plain);
  if (base) return inBase(base[1]!, base[2]!);
  const money = BEFORE.exec(plain);
  if (money) {
    const inner = readQuantity(money[1] + plain.slice(money[0].length), language);
    const unit = knownUnit(money[2]!);
    // "$5 per hour" keeps what follows the amount; "$5 dollars" says the same twice.
    return inner && (inner.unit === null || inner.unit.dimension === unit?.dimension) ? { ...inner, unit } : null;
  }
  return withUnit(plain, language) ?? bare(plain, language);
}

/** "12 (cm)", "7 (seven)": a unit, or the same once more. */
function besides(head: string, words: string, language: string | undefined): Scalar | null {
  const value = readQuantity(head, language);
  const again = value && readNumeral(words, language);
  if (!value || (again && !sameValue(value.tree, number(again.value)))) return null;
  return value.unit || again ? value : { ...value, unit: knownUnit(words) };
}

/** Digits to a base: another base is another number, as another unit would be. */
function inBase(digits: string, base: string): Scalar | null {
  const tree = [...digits].some((digit) => Number(digit) >= Number(base)) ? null : readFormula(digits);
  const unit = base === '10' ? null : { text: `base ${base}`, dimension: `base ${base}`, size: ONE };
  return tree && { kind: 'scalar', tree, unit, literal: null };
}

/** A number whose words a list would be cut at: "vingt et un". */
export function readInWords(text: string, language: string | undefined): Scalar | null {
  const numeral = /\d/.test(text) ? null : readNumeral(text, language);
  return numeral && { kind: 'scalar', tree: number(numeral.value), unit: numeral.percent ? knownUnit('%') : null, literal: null };
}

function bare(text: string, language: string | undefined): Scalar | null {
  if (!looksLikeWords(text) && !isShortWord(text)) {
    const tree = readFormula(text);
    if (tree) return { kind: 'scalar', tree, unit: null, literal: literalOf(text) };
  }
  const numeral = readNumeral(text, language);
  if (!numeral) return counted(text, language);
  return { kind: 'scalar', tree: number(numeral.value), unit: numeral.percent ? knownUnit('%') : null, literal: null };
}

/** "twelve apples": the longest beginning that is a number, and what is counted. */
function counted(text: string, language: string | undefined): Scalar | null {
  const words = text.split(' ');
  if (words.length < 2 || words.length > 8) return null;
  for (let length = words.length - 1; length > 0; length--) {
    const numeral = readNumeral(words.slice(0, length).join(' '), language);
    const scale = scaleOf(words[length]!);
    if (numeral && scale !== null) return scaled(number(numeral.value), scale, words.slice(length + 1).join(' '));
    const unit = numeral && unitOf(words.slice(length).join(' '));
    if (numeral) return unit && { kind: 'scalar', tree: number(numeral.value), unit, literal: null };
  }
  return null;
}

function literalOf(text: string): Scalar['literal'] {
  const [, sign, before, after] = /^\(?(-?)\s*(\d+)\.(\d+)\)?$/.exec(text) ?? [];
  if (before === undefined || after === undefined) return null;
  return { text: `${sign}${before}.${after}`, places: after.length, digits: (before + after).replace(/^0+/, '').length };
}

/** The first place where a number ends and a unit begins. */
function withUnit(text: string, language: string | undefined): Scalar | null {
  let depth = 0;
  for (let at = 1; at < text.length; at++) {
    const [before, one] = [text[at - 1]!, text[at]!];
    if ('{('.includes(before)) depth++;
    if ('})'.includes(before)) depth--;
    if (depth > 0 || !UNIT_START.test(one) || /[\p{L}\\_^]/u.test(before)) continue;
    const head = text.slice(0, at).trim();
    if (/[a-zA-Z]/.test(head.replaceAll(/\\[a-zA-Z]+/g, '')) || (!/\d|\\pi|\\sqrt|\\frac/.test(head) && !numeralHead(head))) continue;
    // In "\\sin 30°" the sign belongs to the number.
    if (one === '°' && /\\(?:arc)?(?:sin|cos|tan|cot|sec|csc)/.test(head)) continue;
    const found = quantityOf(head, text.slice(at).trim(), before === ' ', language);
    if (found) return found;
  }
  return afterNumeral(text, language);
}

const numeralHead = (text: string) => /[\u4e00-\u9fff\u1369-\u137c]/.test(text);

function quantityOf(head: string, tail: string, apart: boolean, language: string | undefined): Scalar | null {
  const tree = readFormula(head);
  if (!tree) return null;
  const base = { kind: 'scalar', tree, literal: literalOf(head) } as const;
  // "5m" is 5 times m; "5 m" is a length.
  if (/^[a-zA-Z]$/.test(tail) && !apart) return null;
  const [first = '', ...more] = tail.split(' ');
  const scale = scaleOf(first) ?? (more.length > 0 ? scaleOf(`${first} ${more[0]}`) : null);
  if (scale !== null && (apart || first.length > 1)) return scaled(tree, scale, more.join(' '));
  const east = /^([万萬만亿億억兆조千百])(.*)$/.exec(tail);
  if (east) return afterNumeral(head + tail, language);
  const [, unitText, rest] = /^([^\d]+?)[\s,]*(?:and |und |et |y |e |и )?(\d.*)$/.exec(tail) ?? [];
  if (unitText !== undefined && rest !== undefined) {
    const unit = knownUnit(tail) ? null : knownUnit(unitText);
    return unit ? sumOf({ ...base, unit }, rest, language) : simple(base, tail);
  }
  return simple(base, tail);
}

function simple(base: Omit<Scalar, 'unit'>, tail: string): Scalar | null {
  const unit = unitOf(tail);
  return unit && { ...base, unit };
}

function scaled(tree: Tree, scale: bigint, rest: string): Scalar | null {
  const exact = exactValue(tree);
  const times = exact ? number(multiply(exact, whole(scale))) : operation('multiply', tree, number(whole(scale)));
  const text = rest.replace(/^(?:of|de|d'|di)\s+/i, '').trim();
  const unit = text === '' ? null : unitOf(text);
  return text !== '' && !unit ? null : { kind: 'scalar', tree: times, unit, literal: null };
}

/** "2 hours" and "30 minutes", in the unit of the first. */
function sumOf(first: Scalar & { unit: Unit }, rest: string, language: string | undefined): Scalar | null {
  const second = readQuantity(rest, language);
  if (!second?.unit?.dimension || second.unit.dimension !== first.unit.dimension) return null;
  const inFirst = operation('divide', operation('multiply', second.tree, number(second.unit.size)), number(first.unit.size));
  return { kind: 'scalar', tree: operation('add', first.tree, inFirst), unit: first.unit, literal: null };
}

/** "十二元", "三个": a numeral of another kind with what is counted behind it; the longest numeral counts. */
function afterNumeral(text: string, language: string | undefined): Scalar | null {
  const [, numeral, rest = ''] =
    /^([-负負]?[\d.零〇一二两兩三四五六七八九十百千万萬亿億만억조十百千십백천点點分之又\u1369-\u137c]+)\s*(\D*)$/.exec(text) ?? [];
  if (numeral === undefined || /^[\d.-]+$/.test(numeral)) return null;
  const value = readNumeral(numeral, language);
  const unit = rest === '' ? null : unitOf(rest);
  if (!value || (rest !== '' && !unit)) return null;
  return { kind: 'scalar', tree: number(value.value), unit: value.percent ? knownUnit('%') : unit, literal: null };
}
