/**
 * The value of a formula without unknowns, by our own arithmetic: an exact fraction as long as there is one, else a complex number of so many decimal
 * digits (decimal.js). Bounded by sizes, never by a clock: what is too large throws `NoValue`.
 *
 * Two inexact values are equal where their difference shrinks with the number of digits; one that stays is a difference. Where digits were
 * lost (1 + 10^-300 in 50 digits), that is known and nothing is said to be equal.
 */
import { Decimal } from 'decimal.js';
import { spend } from './effort.ts';
import { ofWholes } from './exact.ts';
import { functionsOf } from './functions.ts';
import { add, divide, exactRoot, isWhole, multiply, NoValue, ONE, power, type Rational, whole, ZERO } from './rational.ts';
import { number, type OperationNode, substitute, type Tree } from './tree.ts';

export interface Complex {
  readonly re: Decimal;
  readonly im: Decimal;
}
export type Value = Rational | Complex;

/** Arithmetic of a number of digits, which remembers whether digits were lost on the way. */
export interface Arithmetic {
  readonly digits: number;
  readonly Real: typeof Decimal;
  lost: boolean;
}

const made = new Map<number, Arithmetic>();

/** Fresh in what it remembers; making one takes longer than most answers. */
export function arithmetic(digits: number): Arithmetic {
  let using = made.get(digits);
  if (!using) {
    using = { digits, Real: Decimal.clone({ precision: digits, toExpNeg: -9e15, toExpPos: 9e15, maxE: 1e6, minE: -1e6 }), lost: false };
    made.set(digits, using);
  }
  using.lost = false;
  return using;
}

export const isExact = (value: Value): value is Rational => 'n' in value;

/** Terms of a sum or product that is written out. */
const TERMS = 2000;
/** Beyond these a root is so close to 1 that digits do not tell. */
const LARGEST_ROOT = 1000n;

export function evaluate(tree: Tree, using: Arithmetic): Value {
  if ('value' in tree) return tree.value;
  if ('name' in tree) return constant(tree.name, using);
  if (tree.op === 'sum' || tree.op === 'product') return series(tree, using);
  const of = tree.of.map((one) => evaluate(one, using));
  spend(using.digits / 34);
  const value = apply(tree, of, using);
  if (isExact(value) && isLong(value)) spend((value.d === 1n ? 1 / 200 : 1 / 2) * value.n.toString(2).length);
  return value;
}

const constants = new Map<string, Complex>();

function constant(name: string, using: Arithmetic): Value {
  const { Real, digits } = using;
  if (name === 'pi' || name === 'e') {
    const key = `${name} ${digits}`;
    const known = constants.get(key) ?? real(name === 'pi' ? Real.acos(-1) : Real.exp(1), using);
    constants.set(key, known);
    return known;
  }
  if (name === 'i') return { re: new Real(0), im: new Real(1) };
  throw new NoValue(`${name} is unknown`);
}

function apply({ op }: OperationNode, of: Value[], using: Arithmetic): Value {
  const [a = ZERO, b = ZERO] = of;
  switch (op) {
    case 'add':
      return of.reduce((sum, one) => plus(sum, one, using));
    case 'multiply':
      return of.reduce((product, one) => times(product, one, using));
    case 'divide':
      return over(a, b, using);
    case 'negate':
      return times(whole(-1), a, using);
    case 'power':
      return raise(a, b, using);
    case 'root':
      return rootOf(a, b, using);
    case 'degrees':
      return over(times(a, constant('pi', using), using), whole(180), using);
    default:
      return isExact(a) && (of.length < 2 || isExact(b))
        ? (ofWholes(op, of as Rational[]) ?? general(op, a, b, using))
        : general(op, a, b, using);
  }
}

const isLong = ({ n, d }: Rational) => n > 1n << 256n || n < -(1n << 256n) || d > 1n << 256n;

function general(op: OperationNode['op'], a: Value, b: Value, using: Arithmetic): Value {
  spend(25 * (using.digits / 34) ** 1.5);
  const fn = functionsOf(using)[op];
  if (!fn) throw new NoValue(`${op} has no value here`);
  return checked(fn(complex(a, using), complex(b, using)), using);
}

function series(tree: OperationNode, using: Arithmetic): Value {
  const [body, index, from, to] = tree.of;
  const first = from && evaluate(from, using);
  const last = to && evaluate(to, using);
  if (!body || !index || !('name' in index) || !first || !last || !isExact(first) || !isExact(last) || !isWhole(first) || !isWhole(last)) {
    throw new NoValue('a series without ends');
  }
  if (last.n - first.n > BigInt(TERMS)) throw new NoValue('too long');
  let total: Value = tree.op === 'sum' ? ZERO : ONE;
  for (let k = first.n; k <= last.n; k++) {
    const term = evaluate(substitute(body, new Map([[index.name, number(whole(k))]])), using);
    total = tree.op === 'sum' ? plus(total, term, using) : times(total, term, using);
  }
  return total;
}

export function plus(a: Value, b: Value, using: Arithmetic): Value {
  if (isExact(a) && isExact(b)) return add(a, b);
  const [x, y] = [complex(a, using), complex(b, using)];
  for (const [p, q] of [
    [x.re, y.re],
    [x.im, y.im],
  ] as const) {
    if (!p.isZero() && !q.isZero() && hidden(Math.abs(p.e - q.e), using.digits)) using.lost = true;
  }
  return checked({ re: x.re.plus(y.re), im: x.im.plus(y.im) }, using);
}

/** A summand too small to show, unless it is about the size of rounding: then it is a zero that was computed, such as sin(pi). */
const hidden = (gap: number, digits: number) => gap > digits * 0.6 && (gap < digits * 0.85 || gap > digits + 10);

export function times(a: Value, b: Value, using: Arithmetic): Value {
  if (isExact(a) && isExact(b)) return multiply(a, b);
  if ((isExact(a) && a.n === 0n) || (isExact(b) && b.n === 0n)) return ZERO;
  const [x, y] = [complex(a, using), complex(b, using)];
  return checked({ re: x.re.times(y.re).minus(x.im.times(y.im)), im: x.re.times(y.im).plus(x.im.times(y.re)) }, using);
}

function over(a: Value, b: Value, using: Arithmetic): Value {
  if (isExact(b)) return times(a, divide(ONE, b), using);
  const size = b.re.times(b.re).plus(b.im.times(b.im));
  if (size.isZero()) throw new NoValue('division by zero');
  return times(a, { re: b.re.div(size), im: b.im.neg().div(size) }, using);
}

function raise(base: Value, exponent: Value, using: Arithmetic): Value {
  if (isExact(exponent)) {
    if (isExact(base)) {
      if (isWhole(exponent)) return power(base, exponent.n);
      const root = exactRoot(base, exponent.d);
      if (root) return power(root, exponent.n);
      if (base.n < 0n && exponent.d % 2n === 1n) {
        const size = raise({ n: -base.n, d: base.d }, exponent, using);
        return exponent.n % 2n === 0n ? size : times(whole(-1), size, using);
      }
    }
    if (exponent.d > LARGEST_ROOT) throw new NoValue('a root too close to 1');
    if (isWhole(exponent) && exponent.n > 0n && exponent.n <= 64n) {
      return Array.from({ length: Number(exponent.n) }, () => base).reduce((product, one) => times(product, one, using));
    }
  }
  return general('power', base, exponent, using);
}

function rootOf(a: Value, k: Value, using: Arithmetic): Value {
  if (!isExact(k) || !isWhole(k) || k.n === 0n) throw new NoValue('a root that is no root');
  if (!isExact(a) || a.n >= 0n || k.n % 2n === 0n) {
    // The real odd root of an inexact negative number.
    if (!isExact(a) && a.im.isZero() && a.re.isNegative() && k.n % 2n !== 0n) {
      return times(whole(-1), rootOf({ re: a.re.neg(), im: a.im }, k, using), using);
    }
    return raise(a, divide(ONE, k), using);
  }
  return times(whole(-1), raise({ n: -a.n, d: a.d }, divide(ONE, k), using), using);
}

export function complex(value: Value, using: Arithmetic): Complex {
  if (!isExact(value)) return value;
  // A long number is cut to the digits that are kept.
  if (Math.max(lengthOf(value.n), lengthOf(value.d)) > using.digits * 0.6) using.lost = true;
  const { Real } = using;
  return real(new Real(value.n.toString()).div(value.d.toString()), using);
}

/** Decimal digits, one more or less; short ones are not counted. */
const lengthOf = (value: bigint) => (value < 10n ** 18n && value > -(10n ** 18n) ? 18 : value.toString().length);

const real = (re: Decimal, { Real }: Arithmetic): Complex => ({ re, im: new Real(0) });

function checked(value: Complex, using: Arithmetic): Complex {
  if (!value.re.isFinite() || !value.im.isFinite()) throw new NoValue('too large');
  // Beyond the digits that are kept, a change of the last ones does not show.
  if (value.re.e > using.digits * 0.6 || value.im.e > using.digits * 0.6) using.lost = true;
  return value;
}
