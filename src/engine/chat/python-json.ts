/**
 * JSON as Python's `json.dumps(x, ensure_ascii=False)` writes it, because the gpt-oss template prints tool arguments, tool results and defaults
 * with it: `", "` and `": "` as separators, and Python's float spelling (`1e-07`, where JavaScript says `1e-7`).
 * What cannot be told apart after JSON.parse is not told apart: `1.0` prints as `1`, and integers beyond 2^53 print as floats.
 */
export function pythonJson(value: unknown): string {
  if (typeof value === 'number') return pythonNumber(value);
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
    return `{${entries.map(([key, entry]) => `${JSON.stringify(key)}: ${pythonJson(entry)}`).join(', ')}}`;
  }
  return JSON.stringify(value ?? null);
}

/** Python's `str(x)`, which templates use when they join or print a value without `tojson`. */
export function pythonText(value: unknown): string {
  if (typeof value === 'string') return value;
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return pythonJson(value);
}

/** repr(float): positional for exponents -4..15, else the shortest digits with a two-digit exponent. */
function pythonNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  if (Number.isSafeInteger(value)) return Object.is(value, -0) ? '-0.0' : value.toString();
  const [digits, exponentText] = value.toExponential().split('e') as [string, string];
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 16) return value.toString();
  return `${digits}e${exponent < 0 ? '-' : '+'}${Math.abs(exponent).toString().padStart(2, '0')}`;
}
