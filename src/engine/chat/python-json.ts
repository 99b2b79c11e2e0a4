/**
 * JSON as Python's `json.dumps(x, ensure_ascii=False)` writes it, because the gpt-oss template prints tool arguments, tool results and defaults
 * with it: `", "` and `": "` as separators, and Python's float spelling (`1e-07`, where JavaScript says `1e-7`).
 * Whole numbers beyond 2^53 come as bigint, and whole floats as Number objects, so that `1.0` prints as `1.0`.
 */
import { isWholeFloat, pythonNumber } from '../../lib/python-float.ts';

export function pythonJson(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'bigint' || isWholeFloat(value)) return pythonNumber(value);
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
