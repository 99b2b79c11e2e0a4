/**
 * Numbers as Python spells them. A float of a file whose value is whole is kept as a Number object: JavaScript has no other way to tell `1.0` from
 * `1`, and such an object crosses threads as it is.
 */

export type WholeFloat = InstanceType<typeof Number>;

export function isWholeFloat(value: unknown): value is WholeFloat {
  return value instanceof Number;
}

/** A float as rows keep it; what is neither a number nor infinite is null, as in Hugging Face datasets. */
export function floatValue(value: number): number | WholeFloat | null {
  if (!Number.isFinite(value)) return null;
  return Number.isSafeInteger(value) ? (Object(value) as WholeFloat) : value;
}

/** `str()` of an int or a float. */
export function pythonNumber(value: number | bigint | WholeFloat): string {
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'number') return pythonFloat(value.valueOf());
  return Number.isSafeInteger(value) && !Object.is(value, -0) ? value.toString() : pythonFloat(value);
}

/** Python's `repr(float)`: positional for exponents -4 to 15, else the shortest digits with a two-digit exponent; a whole value keeps its `.0`. */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [digits, exponentText] = value.toExponential().split('e') as [string, string];
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 16) return Number.isInteger(value) ? `${value}.0` : value.toString();
  return `${digits}e${exponent < 0 ? '-' : '+'}${Math.abs(exponent).toString().padStart(2, '0')}`;
}
