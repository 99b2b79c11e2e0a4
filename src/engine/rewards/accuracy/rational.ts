/**
 * Exact fractions of whole numbers of any length, in lowest terms with a positive denominator. What an answer states exactly is compared exactly:
 * 10^20 + 1 is not 10^20. Sizes are bounded, so that 9^9^9 ends in `NoValue` at once and not in a full memory.
 */

export interface Rational {
  readonly n: bigint;
  readonly d: bigint;
}

/** Thrown where an expression has no value (1/0, a point outside a domain) or one that is too large to write down. */
export class NoValue extends Error {
  override name = 'NoValue';
}

/** About 60,000 decimal digits for a whole number; fractions need common divisors, which cost the square of the length. */
const WHOLE_BITS = 200_000;
const FRACTION_BITS = 8_000;

export const ZERO: Rational = { n: 0n, d: 1n };
export const ONE: Rational = { n: 1n, d: 1n };

export const whole = (value: number | bigint): Rational => ({ n: BigInt(value), d: 1n });

export function rational(n: bigint, d: bigint): Rational {
  if (d === 0n) throw new NoValue('division by zero');
  if (d === 1n) return bounded({ n, d });
  if (bits(n) > FRACTION_BITS || bits(d) > FRACTION_BITS) throw new NoValue('too large');
  const sign = d < 0n ? -1n : 1n;
  const common = divisor(n < 0n ? -n : n, d * sign);
  return { n: (n * sign) / common, d: (d * sign) / common };
}

export const add = (a: Rational, b: Rational) => rational(a.n * b.d + b.n * a.d, a.d * b.d);
export const multiply = (a: Rational, b: Rational) => rational(a.n * b.n, a.d * b.d);
export const divide = (a: Rational, b: Rational) => rational(a.n * b.d, a.d * b.n);
export const isWhole = (a: Rational) => a.d === 1n;
export const equalRationals = (a: Rational, b: Rational) => a.n === b.n && a.d === b.d;
/** a^k for a whole k; what would be too large is refused before it is computed. */
export function power(a: Rational, k: bigint): Rational {
  if (k === 0n && a.n === 0n) throw new NoValue('0^0');
  if (k === 0n || equalRationals(a, ONE)) return ONE;
  const size = k < 0n ? -k : k;
  const trivial = a.d === 1n && (a.n === 0n || a.n === -1n);
  const limit = a.d === 1n && k > 0n ? WHOLE_BITS : FRACTION_BITS;
  if (!trivial && (size > BigInt(limit) || BigInt(Math.max(bits(a.n), bits(a.d))) * size > BigInt(limit))) throw new NoValue('too large');
  const exponent = trivial ? (size % 2n) + 2n : size;
  const raised = { n: a.n ** exponent, d: a.d ** exponent };
  return k < 0n ? rational(raised.d, raised.n) : raised;
}

/** The k-th root where it is a fraction itself, else null. Odd roots of negative numbers are real, as in school. */
export function exactRoot(a: Rational, k: bigint): Rational | null {
  if (k < 2n || k > 1000n) return null;
  if (a.n < 0n && k % 2n === 0n) return null;
  const n = wholeRoot(a.n < 0n ? -a.n : a.n, k);
  const d = wholeRoot(a.d, k);
  return n === null || d === null ? null : { n: a.n < 0n ? -n : n, d };
}

export function factorial(k: Rational): Rational {
  if (!isWhole(k) || k.n < 0n) throw new NoValue('factorial of what is no whole number');
  if (k.n > 3000n) throw new NoValue('too large');
  let product = 1n;
  for (let factor = 2n; factor <= k.n; factor++) product *= factor;
  return whole(product);
}

/** Decimal text, "-12.50", as a fraction. */
export function ofDecimal(text: string): Rational {
  const [, sign, before, after = '', exponent = '0'] = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  if (before === undefined || before + after === '') throw new NoValue('not a number');
  const digits = BigInt((sign === '-' ? '-' : '') + before + after);
  const shift = Number(exponent) - after.length;
  if (Math.abs(shift) > 5000) throw new NoValue('too large');
  return shift >= 0 ? bounded(whole(digits * 10n ** BigInt(shift))) : rational(digits, 10n ** BigInt(-shift));
}

/** Whether the fraction has an end in decimals. */
export function terminates(a: Rational): boolean {
  let rest = a.d;
  while (rest % 2n === 0n) rest /= 2n;
  while (rest % 5n === 0n) rest /= 5n;
  return rest === 1n;
}

function bounded(value: Rational): Rational {
  if (bits(value.n) > WHOLE_BITS) throw new NoValue('too large');
  return value;
}

/** Length in bits, within 4. */
function bits(value: bigint): number {
  return value.toString(16).length * 4;
}

function divisor(a: bigint, b: bigint): bigint {
  let [high, low] = [a, b];
  while (low !== 0n) [high, low] = [low, high % low];
  return high;
}

/** Newton's iteration from above. */
function wholeRoot(value: bigint, k: bigint): bigint | null {
  if (value < 2n) return value;
  let guess = 1n << BigInt(Math.ceil(value.toString(2).length / Number(k)));
  for (;;) {
    const next = ((k - 1n) * guess + value / guess ** (k - 1n)) / k;
    if (next >= guess) break;
    guess = next;
  }
  return guess ** k === value ? guess : null;
}
