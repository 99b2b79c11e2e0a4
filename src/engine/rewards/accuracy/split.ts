/** Cutting a cleaned answer at the separators that stand outside all brackets: members of a list, sides of a relation, parts of a union. */

/** The depth of brackets before each character; null where they do not close. `]0, 3[` has its square brackets left out of account. */
function depths(text: string): number[] | null {
  return scan(text, true) ?? scan(text, false);
}

function scan(text: string, square: boolean): number[] | null {
  const result: number[] = [];
  let depth = 0;
  const openers = square ? '({[' : '({';
  const closers = square ? ')}]' : ')}';
  for (let at = 0; at < text.length; at++) {
    const one = text[at]!;
    if (closers.includes(one)) depth--;
    if (depth < 0) return null;
    result.push(depth);
    if (openers.includes(one)) depth++;
  }
  return depth === 0 ? result : null;
}

export interface Cut {
  readonly parts: string[];
  /** The separator in front of each part but the first. */
  readonly signs: string[];
}

/** `separator` must be global. Null where brackets do not close, or nothing is cut. */
export function cutAt(text: string, separator: RegExp): Cut | null {
  const depth = depths(text);
  if (!depth) return null;
  const parts: string[] = [];
  const signs: string[] = [];
  let from = 0;
  for (const found of text.matchAll(separator)) {
    if (depth[found.index] !== 0) continue;
    parts.push(text.slice(from, found.index).trim());
    signs.push(found[0].trim());
    from = found.index + found[0].length;
  }
  if (parts.length === 0) return null;
  parts.push(text.slice(from).trim());
  return { parts, signs };
}

export interface Bracketed {
  readonly open: string;
  readonly close: string;
  readonly inside: string;
}

/** A text that stands whole in one pair of brackets, mixed and French ones (`]0, 3[`) among them. */
export function bracketed(text: string): Bracketed | null {
  const set = /^\\\{([\s\S]*)\\\}$/.exec(text);
  if (set && depths(`(${set[1]})`)?.every((depth, at) => at === 0 || depth > 0 || at > set[1]!.length))
    return { open: '{', close: '}', inside: set[1]! };
  const angle = /^\\langle([\s\S]*)\\rangle$/.exec(text);
  if (angle) return { open: '(', close: ')', inside: angle[1]! };
  const [open, close] = [text[0] ?? '', text.at(-1) ?? ''];
  if (text.length < 2 || !'([]'.includes(open) || !')]['.includes(close)) return null;
  const inside = text.slice(1, -1);
  // The first bracket must be closed by the last one: "(1)(2)" is a product.
  if (depths(inside) === null) return null;
  return { open: open === ']' ? '(' : open, close: close === '[' ? ')' : close, inside };
}
