/** Operations on whole numbers and fractions that have an exact value: factorials, remainders, common divisors, logarithms that come out even. */
import { add, divide, factorial, isWhole, multiply, NoValue, ONE, power, type Rational, rational, whole, ZERO } from './rational.ts';
import type { Operation } from './tree.ts';

/** Operations that are exact on exact numbers; null where this one is not. */
export function ofWholes(op: Operation, of: Rational[]): Rational | null {
  const [a, b = ZERO] = of as [Rational, Rational?];
  switch (op) {
    case 'factorial':
      return factorial(a);
    case 'factorial2':
      return doubleFactorial(a);
    case 'binomial':
      return binomial(a, b);
    case 'abs':
      return a.n < 0n ? { n: -a.n, d: a.d } : a;
    case 'conjugate':
      return a;
    case 'floor':
      return whole(floorOf(a));
    case 'ceil':
      return whole(-floorOf({ n: -a.n, d: a.d }));
    case 'mod':
      return add(a, multiply({ n: -floorOf(divide(a, b)), d: 1n }, b));
    case 'gcd':
      return of.reduce((one, two) => whole(divisorOf(one, two)));
    case 'lcm':
      return of.reduce((one, two) => rational(one.n * two.n, divisorOf(one, two)));
    case 'min':
    case 'max': {
      const sign = op === 'min' ? 1n : -1n;
      return of.reduce((one, two) => ((one.n * two.d - two.n * one.d) * sign <= 0n ? one : two));
    }
    case 'ln':
      return a.n === a.d ? ZERO : null;
    case 'log':
      return exactLog(a, b);
    case 'exp':
      return a.n === 0n ? ONE : null;
    default:
      return a.n === 0n && ['sin', 'tan', 'arcsin', 'arctan', 'sinh', 'tanh'].includes(op) ? ZERO : null;
  }
}

const floorOf = ({ n, d }: Rational) => (n >= 0n || n % d === 0n ? n / d : n / d - 1n);

function divisorOf(a: Rational, b: Rational): bigint {
  if (!isWhole(a) || !isWhole(b)) throw new NoValue('common divisors are of whole numbers');
  let [high, low] = [a.n < 0n ? -a.n : a.n, b.n < 0n ? -b.n : b.n];
  while (low !== 0n) [high, low] = [low, high % low];
  return high;
}

function doubleFactorial(k: Rational): Rational {
  if (!isWhole(k) || k.n < 0n || k.n > 3000n) throw new NoValue('too large');
  let product = 1n;
  for (let factor = k.n; factor > 1n; factor -= 2n) product *= factor;
  return whole(product);
}

function binomial(n: Rational, k: Rational): Rational {
  if (!isWhole(n) || !isWhole(k) || n.n < 0n || n.n > 3000n) throw new NoValue('too large');
  if (k.n < 0n || k.n > n.n) return ZERO;
  let result = 1n;
  for (let step = 1n; step <= k.n; step++) result = (result * (n.n - k.n + step)) / step;
  return whole(result);
}

/** log of a to the base b where it is a whole number. */
function exactLog(a: Rational, b: Rational): Rational | null {
  if (a.n <= 0n || b.n <= 0n || (b.n === 1n && b.d === 1n)) return null;
  const guess = BigInt(Math.round(Math.log(Number(a.n) / Number(a.d)) / Math.log(Number(b.n) / Number(b.d))) || 0);
  const raised = guess >= -2000n && guess <= 2000n ? power(b, guess) : null;
  return raised && raised.n === a.n && raised.d === a.d ? whole(guess) : null;
}
