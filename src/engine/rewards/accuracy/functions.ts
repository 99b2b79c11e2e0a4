/** Powers, logarithms and the functions of trigonometry on complex numbers of many digits; principal values, as in books. */
import type { Decimal } from 'decimal.js';
import type { Arithmetic, Complex } from './evaluate.ts';
import { NoValue } from './rational.ts';
import type { Operation } from './tree.ts';

export type Functions = Partial<Record<Operation, (a: Complex, b: Complex) => Complex>>;

const made = new WeakMap<Arithmetic, Functions>();

export function functionsOf(using: Arithmetic): Functions {
  let functions = made.get(using);
  if (!functions) {
    functions = make(using);
    made.set(using, functions);
  }
  return functions;
}

function make(using: Arithmetic): Functions {
  const { Real } = using;
  const zero = new Real(0);
  const one = new Real(1);
  const real = (re: Decimal): Complex => ({ re, im: zero });

  /** An argument so large or so small that the digits kept do not show what the function does to it. */
  const shown = (x: Decimal) => {
    if (x.isZero()) return x;
    if (x.e > 30) throw new NoValue('an argument too large');
    if (x.e < -using.digits * 0.3) using.lost = true;
    return x;
  };
  const exp = ({ re, im }: Complex): Complex => {
    if (re.abs().gt(20000)) throw new NoValue('too large');
    const size = Real.exp(shown(re));
    return im.isZero() ? real(size) : { re: size.times(Real.cos(shown(im))), im: size.times(Real.sin(im)) };
  };
  const ln = ({ re, im }: Complex): Complex => {
    if (re.isZero() && im.isZero()) throw new NoValue('logarithm of zero');
    if (im.isZero() && re.isPositive()) return real(Real.ln(re));
    return { re: Real.ln(re.times(re).plus(im.times(im))).div(2), im: Real.atan2(im, re) };
  };
  const multiply = (a: Complex, b: Complex): Complex => ({
    re: a.re.times(b.re).minus(a.im.times(b.im)),
    im: a.re.times(b.im).plus(a.im.times(b.re)),
  });
  const divide = (a: Complex, b: Complex): Complex => {
    const size = b.re.times(b.re).plus(b.im.times(b.im));
    if (size.isZero()) throw new NoValue('division by zero');
    return multiply(a, { re: b.re.div(size), im: b.im.neg().div(size) });
  };
  const onReal = (fn: (x: Decimal) => Decimal, within?: (x: Decimal) => boolean) => (a: Complex) => {
    if (!a.im.isZero() || within?.(a.re) === false) throw new NoValue('outside the domain');
    const value = fn(shown(a.re));
    if (!value.isFinite()) throw new NoValue('outside the domain');
    return real(value);
  };
  /** sin(x + iy) and cos(x + iy) by their addition theorems. */
  const sin = ({ re, im }: Complex): Complex =>
    im.isZero()
      ? real(Real.sin(shown(re)))
      : { re: Real.sin(shown(re)).times(Real.cosh(shown(im))), im: Real.cos(re).times(Real.sinh(im)) };
  const cos = ({ re, im }: Complex): Complex =>
    im.isZero()
      ? real(Real.cos(shown(re)))
      : { re: Real.cos(shown(re)).times(Real.cosh(shown(im))), im: Real.sin(re).times(Real.sinh(im)).neg() };
  const unit = (x: Decimal) => x.abs().lte(1);
  const power = (a: Complex, b: Complex): Complex => {
    if (a.re.isZero() && a.im.isZero()) throw new NoValue('a power of zero');
    if (a.im.isZero() && b.im.isZero() && a.re.isPositive()) {
      if (b.re.times(Real.ln(a.re)).abs().gt(20000)) throw new NoValue('too large');
      return real(a.re.pow(shown(b.re)));
    }
    // The square root of a negative number has no real part at all.
    if (a.im.isZero() && b.im.isZero() && b.re.eq(0.5)) return { re: zero, im: a.re.neg().sqrt() };
    return exp(multiply(b, ln(a)));
  };
  return {
    power,
    exp,
    ln,
    log: (a, b) => divide(ln(a), ln(b)),
    sin,
    cos,
    tan: (a) => divide(sin(a), cos(a)),
    cot: (a) => divide(cos(a), sin(a)),
    sec: (a) => divide(real(one), cos(a)),
    csc: (a) => divide(real(one), sin(a)),
    arcsin: onReal((x) => Real.asin(x), unit),
    arccos: onReal((x) => Real.acos(x), unit),
    arctan: onReal((x) => Real.atan(x)),
    sinh: onReal((x) => Real.sinh(x)),
    cosh: onReal((x) => Real.cosh(x)),
    tanh: onReal((x) => Real.tanh(x)),
    abs: ({ re, im }) => real(im.isZero() ? re.abs() : re.times(re).plus(im.times(im)).sqrt()),
    conjugate: ({ re, im }) => ({ re, im: im.neg() }),
    floor: onReal((x) => x.floor()),
    ceil: onReal((x) => x.ceil()),
    min: (a, b) => (a.re.lte(b.re) ? a : b),
    max: (a, b) => (a.re.gte(b.re) ? a : b),
  };
}
