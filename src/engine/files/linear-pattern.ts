/**
 * Regular expressions that come in files, matched in linear time by RE2's algorithm (re2js): JavaScript's own engine backtracks, and a pattern such as
 * `(a+)+b` holds it for years. What RE2 cannot run (look-around, back references) is refused in words. The rule of PEFT's rank_pattern and
 * alpha_pattern is here too, with a short way for keys that are names, as nearly all are.
 */
import { RE2JS } from 're2js';

/** Longer keys are no patterns that anybody wrote. */
const LONGEST_KEY = 4000;

/** Null where it is not an expression that RE2 runs. */
export function compileLinear(source: string): RE2JS | null {
  try {
    return RE2JS.compile(source);
  } catch {
    return null;
  }
}

/**
 * Whether `key` matches as PEFT's `re.match(rf"(.*\.)?({key})$", path)` does: the end of the path, from its beginning or after a dot. Null where the key
 * cannot be run.
 */
export function compilePathPattern(key: string): ((path: string) => boolean) | null {
  const letters = lettersOf(key);
  if (letters) return (path) => endsWith(path, letters);
  if (key.length > LONGEST_KEY) return null;
  const pattern = compileLinear(`(?:.*\\.)?(?:${key})`);
  // By itself too: a key such as `a)|(b` would close the group around it.
  return pattern && compileLinear(key) && ((path) => pattern.matches(path));
}

/** The letters of a key that is a name, null for an open dot, which matches any; null for all other keys. */
function lettersOf(key: string): (string | null)[] | null {
  if (!/^(?:[\w.-]|\\\.)*$/.test(key)) return null;
  return (key.match(/\\?./g) ?? []).map((letter) => (letter === '.' ? null : letter.slice(-1)));
}

function endsWith(path: string, letters: readonly (string | null)[]): boolean {
  const start = path.length - letters.length;
  if (start < 0 || (start > 0 && path[start - 1] !== '.')) return false;
  return letters.every((letter, i) => letter === null || letter === path[start + i]);
}
