/**
 * JSON as Python's `json.dumps(x, ensure_ascii=False)` writes it, because the gpt-oss template prints tool arguments, tool results and defaults
 * with it: `", "` and `": "` as separators, and Python's float spelling (`1e-07`, where JavaScript says `1e-7`).
 * Whole numbers beyond 2^53 come as bigint, and whole floats as Number objects, so that `1.0` prints as `1.0`.
 */
import { isWholeFloat, pythonNumber } from '../../lib/python-float.ts';

/** `indent`: spaces a level, each entry on a line of its own. */
export function pythonJson(value: unknown, indent = 0, depth = 0): string {
  if (typeof value === 'number' || typeof value === 'bigint' || isWholeFloat(value)) return pythonNumber(value);
  const around = (open: string, entries: readonly string[], close: string): string => {
    if (indent === 0 || entries.length === 0) return open + entries.join(', ') + close;
    const line = `\n${' '.repeat(indent * depth)}`;
    const inner = line + ' '.repeat(indent);
    return open + inner + entries.join(`,${inner}`) + line + close;
  };
  const inside = (entry: unknown): string => pythonJson(entry, indent, depth + 1);
  if (Array.isArray(value)) return around('[', value.map(inside), ']');
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
    return around(
      '{',
      entries.map(([key, entry]) => `${JSON.stringify(key)}: ${inside(entry)}`),
      '}',
    );
  }
  return JSON.stringify(value ?? null);
}
