/**
 * The text of an answer -> what it is: a number, a list, an interval, an equation, words. Structure (lists, relations, brackets, plus-minus) is cut here;
 * what is left is one formula or quantity. Where a comma may part decimals or members, both readings are tried.
 */
import { languageCode } from '../../../lib/language/index.ts';
import { clean } from './clean.ts';
import { ofRelations, sumOfUnits, unionOf } from './combine.ts';
import { ANDS, LETTERS, ORS } from './connectives.ts';
import { readDay, readRatio } from './days.ts';
import { sameValue } from './equal.ts';
import { readFormula } from './formula.ts';
import { type Habit, habitOf } from './number-habits.ts';
import { readInWords, readQuantity } from './quantity.ts';
import { asRegion, intersection, lineWithout, pointsOf } from './regions.ts';
import { bracketed, cutAt } from './split.ts';
import { type Tree, unknowns } from './tree.ts';
import type { Group, Region, Scalar, Sign, Value } from './value.ts';
import { isShortWord, looksLikeWords, phraseValue, plainText } from './words.ts';

export interface Reading {
  readonly language: string | undefined;
  readonly habit: Habit;
}

/** Longer answers are texts. */
const LONGEST = 1000;
const MOST_MEMBERS = 60;
const DEEPEST = 6;

const SIGNS: Readonly<Record<string, Sign>> = { '=': '=', '<': '<', '>': '>', '\\le': '<=', '\\ge': '>=', '\\ne': '!=' };

/** All that a text may mean, the likeliest first. `machine`: a value from a file, which may have a file's number format in any language. */
export function readings(text: string, language: string | undefined, machine = false): Value[] {
  if (text.length > LONGEST) return [];
  const habit = habitOf(language);
  const habits = machine && habit.decimal === ',' ? [habit, habitOf(undefined)] : [habit];
  const cleaned = new Map<string, Habit>();
  for (const one of habits) {
    // A gold value "18,050" is one number. In brackets a comma parts members, unless the language has decimal commas.
    const forms: readonly ('numbers' | 'lists')[] =
      machine && /^[-+$\s]*\d[\d.,']*\d[$\s.]*$/.test(text)
        ? ['numbers']
        : !one.stated && bracketed(text.replaceAll(/^[$\s]+|[$\s.]+$/g, ''))
          ? ['lists']
          : ['numbers', 'lists'];
    for (const commas of forms) cleaned.set(clean(text, one, commas), one);
  }
  const found: Value[] = [];
  for (const [variant, one] of cleaned) {
    const value = readValue(variant, { language, habit: one });
    if (value) found.push(value);
  }
  return found;
}

function readValue(text: string, reading: Reading, depth = 0): Value | null {
  if (text === '' || depth > DEEPEST) return null;
  return (
    readMatrix(text) ??
    phraseValue(text) ??
    (depth === 0 ? readDay(text, reading.language) : null) ??
    readLine(text) ??
    readInWords(text, reading.language) ??
    readUnion(text, reading, depth) ??
    readList(text, reading, depth) ??
    readRelation(text, reading, depth) ??
    labelled(text, reading, depth) ??
    readRatio(text) ??
    readGroup(text, reading, depth) ??
    plusMinus(text, reading, depth) ??
    readQuantity(text, reading.language) ??
    readWords(text)
  );
}

/** "Total: 12". */
function labelled(text: string, reading: Reading, depth: number): Value | null {
  const [, label, rest] = /^([\p{L}\p{M}][\p{L}\p{M}' ]{2,40}):\s*(\S.*)$/u.exec(text) ?? [];
  return label !== undefined && rest !== undefined && looksLikeWords(label) ? readValue(rest, reading, depth + 1) : null;
}

function readWords(text: string): Value | null {
  return looksLikeWords(text) || isShortWord(text) || /^[@#]/.test(text) || /\\[a-z]+\{[^{}]*\}$/.test(text)
    ? { kind: 'words', text: plainText(text) }
    : null;
}

/** Only constants and names: "\mathbb{R}", the empty set. */
function readLine(text: string): Value | null {
  if (/^(?:\\mathbb\{R\}|all real numbers|all reals|alle reellen zahlen)$/i.test(text)) return lineWithout([], null);
  return /^\\emptyset$|^\\\{\s*\\\}$/.test(text) ? { kind: 'group', open: '{', close: '}', members: [] } : null;
}

function readMatrix(text: string): Value | null {
  const [, body] =
    /^[[(]?\s*\\begin\{([pbvBV]?matrix|array|smallmatrix)\}(?:\{[^{}]*\})?([\s\S]*)\\end\{\1\}\s*[\])]?$/.exec(text)?.slice(1) ?? [];
  if (body === undefined) return null;
  const rows = body
    .replace(/\\\\\s*$/, '')
    .split('\\\\')
    .map((row) => row.split('&').map((cell) => readFormula(cell)));
  const width = rows[0]!.length;
  if (rows.some((row) => row.length !== width || row.some((cell) => cell === null))) return null;
  return { kind: 'matrix', rows: rows as Tree[][] };
}

function readUnion(text: string, reading: Reading, depth: number): Value | null {
  const without = cutAt(text, /\\setminus/g);
  if (without?.parts.length === 2) {
    const [all, points] = without.parts.map((part) => readValue(part, reading, depth + 1));
    const region = all && asRegion(all);
    const ends = points?.kind === 'group' ? pointsOf(points.members) : null;
    if (!region || !ends) return null;
    return ends
      .map(({ from }) => lineWithout([from], null))
      .reduce<Region | null>((rest, hole) => rest && intersection(rest, hole), region);
  }
  const cut = cutAt(text, /\\cup/g);
  if (!cut) return null;
  const parts = cut.parts.map((part) => readValue(part, reading, depth + 1));
  if (parts.some((part) => part === null)) return null;
  return unionOf(parts as Value[]);
}

/** Members between commas, semicolons and connectives. */
function readList(text: string, reading: Reading, depth: number): Value | null {
  const letter = LETTERS[(reading.language && languageCode(reading.language)) || ''];
  const own = letter ? cutAt(text, new RegExp(String.raw`\s${letter}(?=\s)`, 'g')) : null;
  const [or, and] = [cutAt(text, ORS), own ?? cutAt(text, ANDS)];
  const cut = cutAt(text, /;/g) ?? or ?? cutAt(text, /,/g) ?? and;
  if (!cut || cut.parts.length > MOST_MEMBERS) return null;
  const parts = cut.parts.map((part, at) => part.replace(at > 0 ? /^(?:and|or|und|oder|et|ou)\s+/ : /^(?:either|both)\s+/, ''));
  const members = parts.map((part) => readValue(part, reading, depth + 1));
  if (members.some((member) => member === null)) return null;
  const values = members as Value[];
  const total = sumOfUnits(values);
  if (total) return total;
  if (values.every(({ kind }) => kind === 'relation' || kind === 'region')) return ofRelations(values, cut === or);
  const flat = values.flatMap((value) =>
    value.kind === 'group' && (value.open === '' || (value.open === '{' && cut !== or && isPair(value))) ? value.members : [value],
  );
  return { kind: 'group', open: '', close: '', members: flat };
}

/** From plus-minus: a set of two without braces of its own. */
const isPair = (value: Group) => value.close === '';

function readRelation(text: string, reading: Reading, depth: number): Value | null {
  const member = cutAt(text, /\\in(?![a-zA-Z])/g);
  if (member?.parts.length === 2) return membership(member.parts[0]!, member.parts[1]!, reading, depth);
  const cut = cutAt(text, /\\(?:le|ge|ne)(?![a-zA-Z])|[<>=]/g);
  if (!cut || cut.parts.length > 12) return null;
  const signs = cut.signs.map((sign) => SIGNS[sign]!);
  if (signs.every((sign) => sign === '=')) return readEquation(cut.parts, reading, depth);
  const sides = cut.parts.map((part) => readQuantity(part, reading.language)?.tree ?? null);
  return sides.some((side) => side === null) ? null : { kind: 'relation', sides: sides as Tree[], signs };
}

function membership(name: string, set: string, reading: Reading, depth: number): Value | null {
  const value = readValue(set, reading, depth + 1);
  const unknown = loneName(name);
  if (!value || unknown === null) return null;
  const region = asRegion(value);
  return region ? { ...region, name: unknown } : value.kind === 'group' ? value : null;
}

function readEquation(parts: readonly string[], reading: Reading, depth: number): Value | null {
  const [first = '', ...rest] = parts;
  const named = loneName(first) ?? (isLabel(first) || /^\((?:[a-zA-Z](?:_\{\w+\})?,\s*)+[a-zA-Z](?:_\{\w+\})?\)$/.test(first) ? '' : null);
  const sides = (named === null ? parts : rest).map((part) => readValue(part, reading, depth + 1));
  if (sides.some((side) => side === null)) return null;
  const values = sides as Value[];
  const last = values.at(-1)!;
  if (named !== null) {
    const inside = /\(([^()]*)\)$/.exec(first)?.[1]?.match(/[a-zA-Z]/g);
    const names = last.kind === 'scalar' ? unknowns(last.tree) : [];
    if (names.includes(named) || (inside && names.length > 0 && !inside.some((name) => names.includes(name))))
      return general(parts, reading);
    return holds(values) ? { kind: 'equation', name: named === '' ? null : named, value: last } : null;
  }
  const lastName = loneName(parts.at(-1)!);
  if (lastName !== null && parts.length === 2) return { kind: 'equation', name: lastName, value: values[0]! };
  const constants = values.every((value) => value.kind === 'scalar' && unknowns(value.tree).length === 0);
  if (constants) return holds(values) ? last : null;
  if (values.length > 2 && holds(values)) return last;
  return general(parts, reading);
}

function general(parts: readonly string[], reading: Reading): Value | null {
  const trees = parts.map((part) => readQuantity(part, reading.language)?.tree ?? null);
  return trees.length !== 2 || trees.some((tree) => tree === null) ? null : { kind: 'relation', sides: trees as Tree[], signs: ['='] };
}

/** A chain says something only if every link is true. */
function holds(values: readonly Value[]): boolean {
  const scalars = values.filter((value): value is Scalar => value.kind === 'scalar');
  if (values.length === 1) return true;
  return scalars.length === values.length && scalars.slice(1).every(({ tree }, at) => sameValue(scalars[at]!.tree, tree));
}

/** `x`, `x_{1}`, `f(x)`: the name that an equation gives a value to. */
function loneName(text: string): string | null {
  if (/^[a-zA-Z]'*\([a-zA-Z\d, ]{1,12}\)$/.test(text)) return '';
  const tree = /^[a-zA-Z\\_{}\d']{1,24}$/.test(text) ? readFormula(text) : null;
  return tree && 'name' in tree && !['e', 'i', 'pi', 'infinity'].includes(tree.name) ? tree.name : null;
}

/** A name in words: "Area", "Total cost", "AB". */
const isLabel = (text: string) =>
  text.length < 60 &&
  !/\d/.test(text) &&
  (looksLikeWords(text) || /^(?:\\angle |\\triangle )?\s*[A-Z]{2,4}$/.test(text) || /^\|[A-Z]{2}\|$/.test(text));

function readGroup(text: string, reading: Reading, depth: number): Value | null {
  const whole = bracketed(text);
  if (!whole) return null;
  const { open, close, inside } = whole;
  const cut = cutAt(inside, /;/g) ?? cutAt(inside, /,/g) ?? cutAt(inside, /\|/g);
  if (!cut) {
    if (open !== '{') return open === '(' && close === ')' ? readValue(inside, reading, depth + 1) : null;
    const builder = cutAt(inside, /\||:/g);
    if (builder?.parts.length === 2) return readRelation(builder.parts[1]!, reading, depth + 1);
    const only = readValue(inside, reading, depth + 1);
    return only && { kind: 'group', open, close, members: only.kind === 'group' && only.open === '' ? only.members : [only] };
  }
  if (cut.parts.length > MOST_MEMBERS) return null;
  if (open === '{' && cut.parts.length === 2 && /\|/.test(inside) && !inside.includes(','))
    return readRelation(cut.parts[1]!, reading, depth + 1);
  const members = cut.parts.map((part) => readValue(part, reading, depth + 1));
  if (members.some((member) => member === null)) return null;
  const flat = (members as Value[]).flatMap((value) => (value.kind === 'group' && isPair(value) ? value.members : [value]));
  return { kind: 'group', open, close, members: flat };
}

/** `a \pm b` is two values. */
function plusMinus(text: string, reading: Reading, depth: number): Value | null {
  if (!/\\[pm][mp](?![a-zA-Z])/.test(text)) return null;
  const [upper, lower] = [
    ['+', '-'],
    ['-', '+'],
  ].map(([plus, minus]) => text.replaceAll(/\\pm(?![a-zA-Z])/g, plus!).replaceAll(/\\mp(?![a-zA-Z])/g, minus!));
  const members = [upper!, lower!].map((one) => readValue(one.replace(/^\+/, '').trim(), reading, depth + 1));
  return members.some((member) => member === null) ? null : { kind: 'group', open: '{', close: '', members: members as Value[] };
}
