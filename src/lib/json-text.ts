/**
 * JSON for reading, of values that may hold a bigint, which JSON.stringify refuses, and floats, which it spells otherwise than Python: both are
 * written with the digits that they have.
 */
import { isWholeFloat, pythonNumber } from './python-float.ts';

export function jsonText(value: unknown, indent = 2): string {
  const mark = `number-${crypto.randomUUID()}:`;
  const written = (_: string, entry: unknown): unknown => {
    if (typeof entry === 'bigint' || isWholeFloat(entry)) return `${mark}${pythonNumber(entry)}`;
    return typeof entry === 'number' && Number.isFinite(entry) && !Number.isSafeInteger(entry) ? `${mark}${pythonNumber(entry)}` : entry;
  };
  const text = JSON.stringify(value, written, indent);
  return text?.replaceAll(new RegExp(`"${mark}([-+.e\\d]+)"`, 'g'), '$1') ?? 'undefined';
}
