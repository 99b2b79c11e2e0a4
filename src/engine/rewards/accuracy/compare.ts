/**
 * Whether an answer says the same as the gold. Sets have no order, tuples have one; an interval, an inequality and a union may say one set; a unit on one
 * side only is left out, units of both sides are converted and never mixed; nothing that was not read is equal to anything.
 */
import { constantRatio, decimalsOf, exactValue, sameValue } from './equal.ts';
import { terminates } from './rational.ts';
import { asRegion, sameRegion } from './regions.ts';
import { infinite, minus, number, operation, type Tree, unknowns } from './tree.ts';
import { sameWords, type Unit } from './units.ts';
import type { Equation, Group, Matrix, Ratio, Relation, Scalar, Value } from './value.ts';
import { plainText } from './words.ts';

export function same(gold: Value, answer: Value): boolean {
  if (gold.kind === 'equation' || answer.kind === 'equation') return sameEquation(gold, answer);
  if (gold.kind === 'relation' && answer.kind === 'relation' && sameRelation(gold, answer)) return true;
  if (gold.kind === 'region' || answer.kind === 'region' || gold.kind === 'relation' || answer.kind === 'relation')
    return sameSet(gold, answer);
  if (gold.kind === 'matrix' || answer.kind === 'matrix') return sameMatrix(gold, answer);
  if (gold.kind === 'group' || answer.kind === 'group') return sameGroup(gold, answer);
  if (gold.kind === 'ratio' || answer.kind === 'ratio') return sameRatio(gold, answer);
  if (gold.kind === 'day' || answer.kind === 'day') return sameDay(gold, answer);
  if (gold.kind === 'scalar' && answer.kind === 'scalar') return sameScalar(gold, answer);
  if (gold.kind === 'words' && answer.kind === 'words') return gold.text === answer.text;
  if (gold.kind === 'option' && answer.kind === 'option') return gold.letter === answer.letter;
  return false;
}

function sameEquation(gold: Value, answer: Value): boolean {
  const [left, right] = [gold, answer].map((value) => (value.kind === 'equation' ? value : null)) as [Equation | null, Equation | null];
  if (left?.name && right?.name && left.name !== right.name) {
    // Solved for another unknown, a line is still the same line.
    const lines = [left, right].every(({ value }) => value.kind === 'scalar' && unknowns(value.tree).length > 0);
    return lines && sameRelation(relationOf(left), relationOf(right));
  }
  // A line given as `y = 2x + 3` may be answered in another form.
  const formula = left?.value.kind === 'scalar' && unknowns(left.value.tree).length > 0;
  if (left && formula && answer.kind === 'relation') return sameRelation(relationOf(left), answer);
  if (right && gold.kind === 'relation') return right.value.kind === 'scalar' && sameRelation(gold, relationOf(right));
  return same(left?.value ?? gold, right?.value ?? answer);
}

const relationOf = ({ name, value }: Equation): Relation => ({
  kind: 'relation',
  sides: [{ name: name ?? '' }, (value as Scalar).tree],
  signs: ['='],
});

/** Two relations are one where their differences have a constant ratio, for inequalities with the sign that fits. */
function sameRelation(gold: Relation, answer: Relation): boolean {
  if (gold.signs.length !== answer.signs.length) return false;
  const flipped = { '<': '>', '>': '<', '<=': '>=', '>=': '<=', '=': '=', '!=': '!=' } as const;
  const compare = (other: Relation) =>
    gold.signs.every((sign, at) => {
      const [l, r] = [gold.sides[at]!, gold.sides[at + 1]!];
      const [x, y] = [other.sides[at]!, other.sides[at + 1]!];
      if (infinite(l) || infinite(r) || infinite(x) || infinite(y)) return false;
      const ratio = constantRatio(minus(l, r), minus(x, y));
      if (ratio === 0) return false;
      const found = other.signs[at]!;
      return sign === '=' || sign === '!=' ? found === sign : found === (ratio > 0 ? sign : flipped[sign]);
    });
  const turned = { ...answer, sides: [...answer.sides].reverse(), signs: answer.signs.map((sign) => flipped[sign]).reverse() };
  return compare(answer) || (gold.signs.length > 1 && compare(turned));
}

function sameSet(gold: Value, answer: Value): boolean {
  const [left, right] = [asRegion(gold), asRegion(answer)];
  return left !== null && right !== null && sameRegion(left, right);
}

function sameMatrix(gold: Value, answer: Value): boolean {
  const [left, right] = [rowsOf(gold), rowsOf(answer)];
  if (!left || !right) return false;
  // A point and a column or row of as many numbers say the same.
  const flat = gold.kind !== 'matrix' || answer.kind !== 'matrix';
  const [x, y] = flat ? [[left.flat()], [right.flat()]] : [left, right];
  if (flat && [gold, answer].some((one) => one.kind === 'matrix' && one.rows.length > 1 && one.rows[0]!.length > 1)) return false;
  return x.length === y.length && x.every((row, i) => row.length === y[i]!.length && row.every((cell, j) => sameValue(cell, y[i]![j]!)));
}

function rowsOf(value: Value): Matrix['rows'] | null {
  if (value.kind === 'matrix') return value.rows;
  if (value.kind !== 'group' || value.open === '{') return null;
  const trees = value.members.map((member) => (member.kind === 'scalar' && !member.unit ? member.tree : null));
  return trees.some((tree) => tree === null) ? null : [trees as Tree[]];
}

function sameGroup(gold: Value, answer: Value): boolean {
  if (gold.kind !== 'group' || answer.kind !== 'group') {
    // A set or list of one is its member.
    const [group, other, goldIsGroup] = gold.kind === 'group' ? [gold, answer, true] : [answer as Group, gold, false];
    const [only] = group.members;
    if (only === undefined || !isUnordered(group)) return false;
    const distinct = group.members.every((member) => same(only, member));
    return distinct && (goldIsGroup ? same(only, other) : same(other, only));
  }
  const [left, right] = [values(gold), values(answer)];
  const named = byName(gold, answer);
  if (named !== null) return named;
  if (isUnordered(gold) && isUnordered(answer)) {
    const counted = gold.open === '' && answer.open === '';
    return (
      (!counted || left.length === right.length) && covers(left, right) && covers(right, left) && (!counted || timesEqual(left, right))
    );
  }
  // What ends at infinity is an interval, whatever its bracket there.
  if ([...left, ...right].some((one) => one.kind === 'scalar' && infinite(one.tree) !== 0)) return sameSet(gold, answer);
  // Order counts where one side is a tuple; a set is never one.
  if (gold.open === '{' || answer.open === '{') return false;
  const brackets = gold.open === '' || answer.open === '' || (gold.open === answer.open && gold.close === answer.close);
  return brackets && left.length === right.length && left.every((one, at) => same(one, right[at]!));
}

const isUnordered = ({ open }: Group) => open === '' || open === '{';
const values = ({ members }: Group): Value[] => members.map((member) => (member.kind === 'equation' ? member.value : member));
const covers = (all: readonly Value[], some: readonly Value[]) => some.every((one) => all.some((other) => same(other, one)));
const timesEqual = (left: readonly Value[], right: readonly Value[]) =>
  left.every((one) => left.filter((other) => same(one, other)).length === right.filter((other) => same(one, other)).length);

/** `x = 3, y = 4`: by its names against the same names, in their order against a pair; null where this is nothing of the kind. */
function byName(gold: Group, answer: Group): boolean | null {
  const [left, right] = [namesOf(gold), namesOf(answer)];
  if (left === null && right === null) return null;
  if (left && right) {
    const found = left.map(({ name, value }) => right.some((other) => other.name === name && same(value, other.value)));
    return left.length === right.length && found.every(Boolean) && right.every(({ name }) => left.some((other) => other.name === name));
  }
  const ordered = [...(left ?? right)!].sort((a, b) => (a.name! < b.name! ? -1 : 1)).map(({ value }) => value);
  const tuple = left ? answer : gold;
  if (tuple.open === '{' || tuple.members.length !== ordered.length) return false;
  return ordered.every((value, at) => (left ? same(value, tuple.members[at]!) : same(tuple.members[at]!, value)));
}

/** The equations of a group where each has another name; null for `x = 1, x = 2`, which is a set. */
function namesOf({ members }: Group): Equation[] | null {
  const equations = members.filter((member): member is Equation => member.kind === 'equation' && member.name !== null);
  const names = new Set(equations.map(({ name }) => name));
  return equations.length === members.length && names.size === members.length && members.length > 1 ? equations : null;
}

function sameRatio(gold: Value, answer: Value): boolean {
  if (gold.kind !== 'ratio' || answer.kind !== 'ratio') {
    const [ratio, other] = gold.kind === 'ratio' ? [gold, answer] : [answer as Ratio, gold];
    const [a, b] = ratio.parts as [Tree, Tree];
    return (
      ratio.parts.length === 2 &&
      !isTime(ratio) &&
      other.kind === 'scalar' &&
      other.unit === null &&
      sameValue(operation('divide', a, b), other.tree)
    );
  }
  if (gold.parts.length !== answer.parts.length) return false;
  if (gold.clock && answer.clock) {
    if (gold.clock.minutes === answer.clock.minutes) return true;
    // "9:45" leaves the half of the day open.
    return gold.clock.half !== answer.clock.half && gold.clock.minutes % 720 === answer.clock.minutes % 720;
  }
  if (isTime(gold) || isTime(answer)) return gold.parts.every((part, at) => sameValue(part, answer.parts[at]!));
  const [first, second] = [gold.parts[0]!, answer.parts[0]!];
  return gold.parts.every((part, at) => sameValue(operation('multiply', part, second), operation('multiply', answer.parts[at]!, first)));
}

const isTime = ({ clock, parts }: Ratio) =>
  clock !== null && (clock.half || clock.minutes % 60 === 0 || (exactValue(parts[1]!)?.n ?? 0n) > 9n);

function sameDay(gold: Value, answer: Value): boolean {
  if (gold.kind !== 'day' || answer.kind !== 'day') return false;
  const [left, right] = [gold.key, answer.key].map((key) => key.split('-')) as [string[], string[]];
  return left[1] === right[1] && left[2] === right[2] && (left[0] === right[0] || left[0] === '');
}

function sameScalar(gold: Scalar, answer: Scalar): boolean {
  if (infinite(gold.tree) || infinite(answer.tree)) return infinite(gold.tree) === infinite(answer.tree);
  const [left, right] = [gold.unit, answer.unit];
  if (isShare(gold) !== isShare(answer)) return sameShare(gold, answer);
  if (!left || !right) return !isOtherBase(left ?? right) && sameNumber(gold, answer);
  if (left.dimension === null || right.dimension === null)
    return left.dimension === right.dimension && sameWords(left.text, right.text) && sameNumber(gold, answer);
  if (left.dimension !== right.dimension) return false;
  const inBase = ({ tree }: Scalar, size: Tree) => operation('multiply', tree, size);
  return sameNumber(gold, answer)
    ? sameValue(number(left.size), number(right.size))
    : sameValue(inBase(gold, number(left.size)), inBase(answer, number(right.size)));
}

/** Digits to a base above ten are no number of the usual kind; below it they may be asked for without saying so. */
const isOtherBase = (unit: Unit | null) => Number(/^base (\d+)$/.exec(unit?.dimension ?? '')?.[1] ?? 0) > 10;

const isShare = ({ unit }: Scalar) => unit?.dimension === 'percent 1' || unit?.dimension === 'permille 1';

/** One side is a percentage: 25 % is 0.25, and 25 where no sign is written; but 0.5 % is not 0.5. */
function sameShare(gold: Scalar, answer: Scalar): boolean {
  const [share, plain, goldIsShare] = isShare(gold) ? [gold, answer, true] : [answer, gold, false];
  if (plain.unit) return false;
  const hundredth = operation('multiply', share.tree, number(share.unit!.size));
  if (sameValue(hundredth, plain.tree)) return true;
  const size = exactValue(plain.tree);
  const large = size === null || size.n >= size.d || -size.n >= size.d;
  return (goldIsShare || large) && sameNumber(gold, answer);
}

/** The same number; or a decimal on one side to which an exact value on the other rounds, if it has digits enough to say something. */
function sameNumber(gold: Scalar, answer: Scalar): boolean {
  if (sameValue(gold.tree, answer.tree)) return true;
  if (gold.literal && !answer.literal) return gold.literal.places >= 2 && gold.literal.digits >= 2 && rounds(answer.tree, gold.literal);
  if (!gold.literal && answer.literal) return answer.literal.places >= 6 && answer.literal.digits >= 6 && rounds(gold.tree, answer.literal);
  return false;
}

function rounds(tree: Tree, { text, places }: { text: string; places: number }): boolean {
  const exact = exactValue(tree);
  // What ends in decimals has a decimal of its own.
  if (exact && (exact.d === 1n || terminates(exact))) return false;
  return decimalsOf(tree, places) === text;
}

const PAIRS: readonly (readonly [string, string])[] = [
  ['yes', 'no'],
  ['true', 'false'],
];

/** Yes, no, true or false at the beginning of a sentence; true or false also as the only one of the two in it, without a "not". */
export function saysWord(gold: string, answer: string): boolean {
  const [wanted, text] = [plainText(gold), plainText(answer)];
  const other = PAIRS.flatMap(([one, two]) => (one === wanted ? [two] : two === wanted ? [one] : []))[0];
  if (other === undefined) return false;
  const words = text.split(/[^\p{L}']+/u);
  if (words[0] === wanted && /^\p{L}+[,.:;]/u.test(text)) return true;
  // "no" is often said of other things.
  if (wanted === 'yes' || wanted === 'no' || text.includes('\\')) return false;
  return (
    words.includes(wanted) &&
    !words.includes(other) &&
    !words.some((word) => /^(?:not|never|cannot|isn't|isnt)$/.test(word)) &&
    words[0] !== wanted
  );
}
