/**
 * Whether two formulas have the same value. Without unknowns: exactly, or by digits that agree the more, the more of them are computed. With
 * unknowns: at eight points of exact fractions, negative ones among them; doubles would take x + 1 for x + 1.0000000001.
 */
import { type Arithmetic, arithmetic, complex, evaluate, isExact, plus, times, type Value } from './evaluate.ts';
import { equalRationals, NoValue, type Rational, rational, whole } from './rational.ts';
import { has, isOpaque, number, operation, rootDepth, sameTree, sizeOf, substitute, type Tree, unknowns } from './tree.ts';

const DIGITS = [34, 70, 140, 300] as const;
const POINTS = 8;
/** A formula that is undefined at most points has too few left to be judged by. */
const ENOUGH_POINTS = 3;
const LARGEST_TREE = 300;
const MOST_UNKNOWNS = 8;
/** A nest of roots comes as close to 1 as one likes. */
const DEEPEST_ROOTS = 5;

/** Where unknowns are tried: fractions of both signs, none the same for two unknowns. */
const FRACTIONS: readonly (readonly [number, number])[] = [
  [2, 3],
  [-5, 4],
  [7, 5],
  [-3, 7],
  [11, 6],
  [-9, 8],
  [1, 5],
  [13, 4],
];

export function sameValue(a: Tree, b: Tree): boolean {
  if (sizeOf(a) > LARGEST_TREE || sizeOf(b) > LARGEST_TREE) return false;
  if (sameTree(a, b)) return true;
  if (isOpaque(a) || isOpaque(b) || rootDepth(a) > DEEPEST_ROOTS || rootDepth(b) > DEEPEST_ROOTS) return false;
  const names = unknowns(a, b);
  if (names.includes('infinity') || names.length > MOST_UNKNOWNS) return false;
  return names.length === 0 ? sameConstant(a, b) : sameAtPoints(names, (at) => [substitute(a, at), substitute(b, at)], [a, b]);
}

/** Whether two relations, as `left - right`, are the same but for a constant factor; its sign, or 0 where there is none. */
export function constantRatio(a: Tree, b: Tree): -1 | 0 | 1 {
  const names = unknowns(a, b);
  if (names.length === 0 || names.length > MOST_UNKNOWNS || names.includes('infinity')) return 0;
  if ([a, b].some((tree) => isOpaque(tree) || sizeOf(tree) > LARGEST_TREE || rootDepth(tree) > DEEPEST_ROOTS)) return 0;
  for (const first of points(names, [a, b])) {
    const [a0, b0] = [substitute(a, first), substitute(b, first)];
    const [signA, signB] = [signOf(a0), signOf(b0)];
    if (!signA || !signB) continue;
    const same = sameAtPoints(names, (at) => [operation('multiply', substitute(a, at), b0), operation('multiply', substitute(b, at), a0)], [
      a,
      b,
    ]);
    return same ? (signA === signB ? 1 : -1) : 0;
  }
  return 0;
}

/** The sign of a real constant; null where it has none. */
export function signOf(tree: Tree): -1 | 0 | 1 | null {
  try {
    const value = evaluate(tree, arithmetic(DIGITS[0]));
    if (isExact(value)) return value.n < 0n ? -1 : value.n > 0n ? 1 : 0;
    if (!value.im.isZero()) return null;
    if (sameConstant(tree, number(whole(0)))) return 0;
    return value.re.isNegative() ? -1 : 1;
  } catch (error) {
    return ended(error, null);
  }
}

/** The exact value of a constant, where it has one that is a fraction. */
export function exactValue(tree: Tree): Rational | null {
  try {
    const value = evaluate(tree, arithmetic(DIGITS[0]));
    return isExact(value) ? value : null;
  } catch (error) {
    return ended(error, null);
  }
}

/** A constant to some decimals, as text: of a real number only. */
export function decimalsOf(tree: Tree, places: number): string | null {
  if (places > 40 || unknowns(tree).length > 0 || isOpaque(tree)) return null;
  try {
    const using = arithmetic(DIGITS[1]);
    const { re, im } = complex(evaluate(tree, using), using);
    return im.isZero() && re.e < 40 ? re.toFixed(places, using.Real.ROUND_HALF_UP) : null;
  } catch (error) {
    return ended(error, null);
  }
}

function sameConstant(a: Tree, b: Tree): boolean {
  let before: ReturnType<typeof difference> = null;
  for (const digits of DIGITS) {
    const now = difference(a, b, digits);
    if (now === null) return false;
    if (now.exact !== undefined) return now.exact;
    if (now.clear) return false;
    // Twice digits enough: what is left is rounding if it shrinks with them, or is nothing at all.
    if (before && !before.lost && !now.lost && now.size.lte(before.size.times('1e-30'))) return true;
    before = now;
  }
  return false;
}

/** |a - b| in so many digits; null where one has no value. `clear`: so large that no rounding can be the reason. */
function difference(a: Tree, b: Tree, digits: number) {
  const using: Arithmetic = arithmetic(digits);
  try {
    const [x, y] = [evaluate(a, using), evaluate(b, using)];
    if (isExact(x) && isExact(y)) return { exact: equalRationals(x, y), size: new using.Real(0), lost: false, clear: false };
    const rest = complex(plus(x, times(whole(-1), y, using), using), using);
    const size = rest.re.abs().plus(rest.im.abs());
    const larger = using.Real.max(sizeOfValue(x, using), sizeOfValue(y, using));
    return { exact: undefined, size, lost: using.lost, clear: size.gt(larger.times(1e-9)) && size.gt(1e-20) };
  } catch (error) {
    return ended(error, null);
  }
}

function sizeOfValue(value: Value, using: Arithmetic) {
  const { re, im } = complex(value, using);
  return re.abs().plus(im.abs());
}

function sameAtPoints(names: string[], at: (point: ReadonlyMap<string, Tree>) => [Tree, Tree], trees: Tree[]): boolean {
  let judged = 0;
  for (const point of points(names, trees)) {
    const [x, y] = at(point);
    if (!hasValue(x) || !hasValue(y)) continue;
    if (!sameConstant(x, y)) return false;
    judged++;
  }
  return judged >= ENOUGH_POINTS;
}

function* points(names: string[], trees: Tree[]): Generator<ReadonlyMap<string, Tree>> {
  // Factorials and remainders are of whole numbers.
  const wholes = trees.some((tree) =>
    has(tree, (node) => 'op' in node && ['factorial', 'factorial2', 'binomial', 'mod', 'gcd', 'lcm', 'sum', 'product'].includes(node.op)),
  );
  // With an unknown exponent, a root of a negative number has no one value.
  const positive = trees.some((tree) => has(tree, (node) => 'op' in node && node.op === 'power' && unknowns(node.of[1]!).length > 0));
  for (let k = 0; k < POINTS; k++) {
    yield new Map(names.map((name, j) => [name, number(wholes ? whole(3 + k + 2 * j * (1 + (k % 3))) : fractionAt(k, j, positive))]));
  }
}

function fractionAt(k: number, j: number, positive: boolean): Rational {
  const [n, d] = FRACTIONS[(k + 3 * j) % FRACTIONS.length]!;
  return rational(BigInt(positive ? Math.abs(n) : n) * BigInt(17 + 2 * j), BigInt(d) * BigInt(17 + (j === 0 ? 0 : 3 * j + 1)));
}

function hasValue(tree: Tree): boolean {
  try {
    evaluate(tree, arithmetic(DIGITS[0]));
    return true;
  } catch (error) {
    return ended(error, false);
  }
}

function ended<T>(error: unknown, otherwise: T): T {
  if (error instanceof NoValue) return otherwise;
  throw error;
}
