/**
 * Python's `str(x)` and `repr(x)`, by which templates print a value without `tojson`: `True`, `None`, `{'day': 1}`. Whole numbers beyond 2^53 come as
 * bigint and whole floats as Number objects (python-json.ts).
 */
import { isWholeFloat, pythonNumber } from '../../lib/python-float.ts';

export function pythonText(value: unknown): string {
  return typeof value === 'string' ? value : pythonRepr(value);
}

function pythonRepr(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number' || typeof value === 'bigint' || isWholeFloat(value)) return pythonNumber(value);
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`;
  if (typeof value !== 'object') return quoted(String(value));
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return `{${entries.map(([key, entry]) => `${quoted(key)}: ${pythonRepr(entry)}`).join(', ')}}`;
}

/** Double quotes only around a text that has single ones and no double ones. */
function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inner = text.replaceAll(/[\\'"]|(?! )[\p{Z}\p{C}]/gu, (character) => {
    if (character === '"' || character === "'") return character === quote ? `\\${character}` : character;
    return NAMED[character] ?? escaped(character);
  });
  return quote + inner + quote;
}

const NAMED: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Characters of private plane 15 stand for others while a template runs (template/hidden.ts). */
function escaped(character: string): string {
  const code = character.codePointAt(0)!;
  if (code >= 0xf0000 && code <= 0xffffd) return character;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  return code < 0x10000 ? `\\u${code.toString(16).padStart(4, '0')}` : `\\U${code.toString(16).padStart(8, '0')}`;
}
