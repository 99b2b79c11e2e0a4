/**
 * Where math_verify 0.8.0 looks for LaTeX: `$$ $$`, `\[ \]`, `$ $`, `\( \)`, ` [ ] ` and a bare fraction of numbers, each perhaps with a percent sign behind.
 * Its patterns are walked here in one pass over the text, since as regular expressions they take the cube of its length.
 */

export interface Environment {
  readonly start: number;
  readonly end: number;
  /** What each of up to six environments holds, joined by commas, "and" or "or". */
  readonly parts: readonly { readonly latex: string; readonly percent: boolean }[];
}

/** "boxed": only what holds a box. */
export type Kind = 'boxed' | 'plain';

interface One {
  readonly latex: string;
  readonly percent: boolean;
  readonly end: number;
}

const MOST_JOINED = 5;
const FRACTION = /-?\\frac\{-?\d+(?:[.,]\d+)?\}\{-?\d+(?:[.,]\d+)?\}/y;
const BETWEEN = /\s*(?:,?and|,?or|,)\s*/y;
const PERCENT = /\s*(?:\\?%|[Pp]ercentage|[Pp]ercent|[Pp]ct)/y;

/** The environments that begin exactly at `at`, with those that are joined to it. */
export function environmentAt(text: string, at: number, kind: Kind): Environment | null {
  const first = oneAt(text, at, kind);
  if (!first) return null;
  const parts = [first];
  while (parts.length <= MOST_JOINED) {
    BETWEEN.lastIndex = parts.at(-1)!.end;
    const between = BETWEEN.exec(text);
    const next = between && oneAt(text, BETWEEN.lastIndex, kind);
    if (!next) break;
    parts.push(next);
  }
  return { start: at, end: parts.at(-1)!.end, parts };
}

/** All that do not overlap, from the left. */
export function environments(text: string, kind: Kind): Environment[] {
  const found: Environment[] = [];
  for (let at = 0; at < text.length; ) {
    const one = /[$\\\s-]/.test(text[at]!) ? environmentAt(text, at, kind) : null;
    if (one) found.push(one);
    at = one ? Math.max(one.end, at + 1) : at + 1;
  }
  return found;
}

function oneAt(text: string, at: number, kind: Kind): One | null {
  const escaped = text[at - 1] === '\\';
  const after = (close: number, length: number, from: number): One | null => {
    if (close < 0 || !holds(text.slice(from, close), kind)) return null;
    return withPercent(text, text.slice(from, close), close + length);
  };
  if (text.startsWith('$$', at) && !escaped) {
    const found = after(unescaped(text, '$$', at + 3), 2, at + 2);
    if (found) return found;
  }
  if (text.startsWith('\\[', at) && !escaped) return after(unescaped(text, '\\]', at + 3), 2, at + 2);
  if (text[at] === '$' && !escaped && !/\d/.test(text[at - 1] ?? '')) {
    const close = unescaped(text, '$', at + 2);
    return close >= 0 && !/[\n]|(?<!\\)\$/.test(text.slice(at + 1, close)) ? after(close, 1, at + 1) : null;
  }
  if (text.startsWith('\\(', at) && !escaped) {
    const close = unescaped(text, '\\)', at + 3);
    return close >= 0 && !text.slice(at, close).includes('\n') ? after(close, 2, at + 2) : null;
  }
  if (/\s/.test(text[at] ?? '') && text[at + 1] === '[') {
    const close = text.indexOf(']', at + 3);
    const inside = text.slice(at + 2, close);
    return close >= 0 && /\s/.test(text[close + 1] ?? '') && !/[\n[]/.test(inside) ? after(close, 2, at + 2) : null;
  }
  if (kind === 'boxed') return null;
  FRACTION.lastIndex = at;
  const fraction = FRACTION.exec(text);
  return fraction && withPercent(text, fraction[0], FRACTION.lastIndex);
}

/** A box needs something in it. */
function holds(inside: string, kind: Kind): boolean {
  if (inside === '') return false;
  const box = inside.indexOf('\\boxed{');
  return kind === 'plain' || (box >= 0 && inside.lastIndexOf('}') > box + '\\boxed{'.length);
}

function unescaped(text: string, close: string, from: number): number {
  let at = text.indexOf(close, from);
  while (at > 0 && text[at - 1] === '\\') at = text.indexOf(close, at + 1);
  return at;
}

function withPercent(text: string, latex: string, end: number): One {
  PERCENT.lastIndex = end;
  const percent = PERCENT.test(text);
  return { latex, percent, end: percent ? PERCENT.lastIndex : end };
}
