/**
 * Cleaned LaTeX as latex2sympy2_extended 1.10.2 understands it, mistakes included: letters in lower case and multiplied, degrees dropped, two numbers side by
 * side added, lists as sets, a pair in round brackets an open interval, `i` a letter. null where its grammar fails.
 */

import { signOf } from '../equal.ts';
import { readFormula } from '../formula.ts';
import { bracketed, cutAt } from '../split.ts';
import { INFINITY, infinite, minus, operation, type Tree, unknowns } from '../tree.ts';
import { plainNumber } from './number.ts';

export interface TrlScalar {
  readonly kind: 'scalar';
  readonly tree: Tree;
  /** A number as written, and whether with a decimal point: sympy rounds those. */
  readonly atom: 'exact' | 'float' | null;
}

export type TrlValue =
  | TrlScalar
  | { readonly kind: 'symbol'; readonly name: string }
  /** A product of letters without `\text`, in the order of writing. */
  | { readonly kind: 'letters'; readonly name: string; readonly tree: Tree }
  | { readonly kind: 'set' | 'tuple'; readonly members: readonly TrlValue[] }
  | { readonly kind: 'interval'; readonly from: Tree; readonly to: Tree; readonly openFrom: boolean; readonly openTo: boolean }
  | { readonly kind: 'union'; readonly parts: readonly TrlValue[] }
  | { readonly kind: 'named set'; readonly name: string }
  | { readonly kind: 'matrix'; readonly rows: readonly (readonly TrlValue[])[] }
  | { readonly kind: 'relation'; readonly sides: readonly TrlValue[]; readonly signs: readonly string[] };

const MOST_MEMBERS = 60;
const LONGEST = 1000;

export function readTrl(latex: string): TrlValue | null {
  const text = latex.trim();
  if (text === '' || text.length > LONGEST || /[^\u0020-\u007eπ−×÷≤≥·]/.test(text)) return null;
  const ascii = text
    .replaceAll('π', '\\pi ')
    .replaceAll('−', '-')
    .replaceAll('×', '\\times ')
    .replaceAll('÷', '\\div ')
    .replaceAll('≤', '\\le ')
    .replaceAll('≥', '\\ge ')
    .replaceAll('·', '\\cdot ');
  if (/^\s*-?(?!0,)\d{1,3}(?:,\d{3})+(?:\.\d+)?\s*$/.test(ascii)) return plainNumber(ascii.replaceAll(',', ''));
  if (/^\s*-?0,\d{3}\s*$/.test(ascii)) return plainNumber(ascii.replace(',', '.'));
  return readElements(ascii) ?? readRelation(ascii);
}

function readElements(text: string): TrlValue | null {
  const cut = cutAt(text, /[,;]/g);
  if (!cut) return null;
  const members = cut.parts.map(readRelation);
  if (cut.parts.length > MOST_MEMBERS || members.some((member) => member === null)) return null;
  return { kind: 'set', members: flat(members as TrlValue[]) };
}

/** `\pm` inside a list is two members. */
const flat = (members: readonly TrlValue[]) => members.flatMap((one) => (one.kind === 'set' ? one.members : [one]));

function readRelation(text: string): TrlValue | null {
  const member = cutAt(text, /\\in(?![a-zA-Z])/g);
  const cut = member ?? cutAt(text, /\\(?:le|leq|leqslant|ge|geq|geqslant|ne|neq)(?![a-zA-Z])|[<>=]|\\(?:lt|gt)(?![a-zA-Z])/g);
  if (!cut) return readExpression(text);
  const sides = cut.parts.map(readExpression);
  if (cut.parts.length > 12 || sides.some((side) => side === null)) return null;
  const names: Readonly<Record<string, string>> = {
    '\\leq': '<=',
    '\\le': '<=',
    '\\leqslant': '<=',
    '\\geq': '>=',
    '\\ge': '>=',
    '\\geqslant': '>=',
    '\\ne': '!=',
    '\\neq': '!=',
    '\\in': '=',
    '\\lt': '<',
    '\\gt': '>',
  };
  return { kind: 'relation', sides: sides as TrlValue[], signs: cut.signs.map((sign) => names[sign] ?? sign) };
}

function readExpression(text: string): TrlValue | null {
  const plain = text.trim();
  const union = cutAt(plain, /\\cup(?![a-zA-Z])/g);
  if (union) {
    const parts = union.parts.map(readExpression);
    return parts.some((part) => part === null || !['interval', 'set', 'named set', 'union'].includes(part.kind))
      ? null
      : { kind: 'union', parts: parts as TrlValue[] };
  }
  return readNamed(plain) ?? readMatrix(plain) ?? readBrackets(plain) ?? plusMinus(plain) ?? readScalar(plain);
}

function readNamed(text: string): TrlValue | null {
  const [, set] = /^\\mathbb\{?([RZNQC])\}?$/.exec(text) ?? [];
  if (set) return { kind: 'named set', name: set };
  if (/^(?:\\emptyset|\\\{\s*\\\})$/.test(text)) return { kind: 'set', members: [] };
  const [, words] = /^\\text\s*\{([^{}]*)\}$/.exec(text) ?? [];
  if (words === undefined) return null;
  const inside = words.replaceAll(/\s/g, '');
  const bracket = /^\((\w+)\)$/.exec(inside);
  if (/^-?\d+(?:\.\d+)?$/.test(inside)) return plainNumber(inside);
  return inside === '' ? null : { kind: 'symbol', name: (bracket?.[1] ?? inside).toLowerCase() };
}

function readMatrix(text: string): TrlValue | null {
  const [, , body] = /^\\begin\{([pbvBV]?matrix|array)\}(?:\{[^{}]*\})?([\s\S]*)\\end\{\1\}$/.exec(text) ?? [];
  if (body === undefined) return null;
  const rows = body
    .replace(/\\\\\s*$/, '')
    .split('\\\\')
    .map((row) => row.split('&').map(readScalar));
  return rows.some((row) => row.some((cell) => cell === null)) ? null : { kind: 'matrix', rows: rows as TrlValue[][] };
}

function readBrackets(text: string): TrlValue | null {
  const braces = /^\{([^{}]*)\}$/.exec(text);
  const group = braces ? { open: '{', close: '}', inside: braces[1]! } : bracketed(text);
  // French brackets are not read.
  if (!group || text.startsWith(']') || text.endsWith('[')) return null;
  const { open, close, inside } = group;
  const cut = cutAt(inside, /[,;]/g);
  if (open === '{') {
    const members = (cut?.parts ?? [inside]).map(readRelation);
    return members.some((member) => member === null) ? null : { kind: 'set', members: flat(members as TrlValue[]) };
  }
  if (!cut) return close === ')' ? readExpression(inside) : null;
  const members = cut.parts.map(readExpression);
  if (members.some((member) => member === null)) return null;
  const [from, to] = members as TrlValue[];
  if (members.length === 2 && from && to && 'tree' in from && 'tree' in to && rises(from.tree, to.tree)) {
    return {
      kind: 'interval',
      from: from.tree,
      to: to.tree,
      openFrom: open === '(' || infinite(from.tree) !== 0,
      openTo: close === ')' || infinite(to.tree) !== 0,
    };
  }
  // An interval that falls holds nothing.
  if ((open === '(') !== (close === ')')) return { kind: 'set', members: [] };
  return { kind: 'tuple', members: members as TrlValue[] };
}

function rises(from: Tree, to: Tree): boolean {
  if (infinite(from) !== 0 || infinite(to) !== 0) return infinite(from) < infinite(to) || infinite(to) > 0;
  return unknowns(from, to).length > 0 || signOf(minus(to, from)) === 1;
}

function plusMinus(text: string): TrlValue | null {
  if (!/\\(?:pm|mp)(?![a-zA-Z])/.test(text)) return null;
  const signs = [
    ['+', '-'],
    ['-', '+'],
  ] as const;
  const members = signs.map(([plus, other]) =>
    readScalar(text.replaceAll(/\\pm(?![a-zA-Z])/g, plus).replaceAll(/\\mp(?![a-zA-Z])/g, other)),
  );
  return members.some((member) => member === null) ? null : { kind: 'set', members: members as TrlValue[] };
}

function readScalar(latex: string): TrlValue | null {
  const text = latex.trim();
  const number = /^\+?(-?)\(?(-?\d*\.?\d+)\)?$/.exec(text.replaceAll(' ', ''));
  if (number && !/\d\s+\d/.test(text)) return plainNumber(number[1]! + number[2]!);
  const percent = /^(.*?)\s*\\?%$/.exec(text);
  if (percent) return hundredth(readScalar(percent[1]!));
  if (malformed(text)) return null;
  const tree = readFormula(asReadable(text));
  if (!tree) return null;
  const lower = lowered(tree);
  if (/^[a-zA-Z]{2,}$/.test(text)) return { kind: 'letters', name: text.toLowerCase(), tree: lower };
  if ('name' in lower && lower.name.startsWith('letter ')) return { kind: 'symbol', name: lower.name.slice('letter '.length) };
  const fraction = /^-?\\frac\{-?\d+\}\{-?\d+\}$/.test(text) || /^-?\d+\/\d+$/.test(text);
  return { kind: 'scalar', tree: lower, atom: fraction ? 'exact' : null };
}

/** A value times 1/100, kept apart as sympy keeps it. */
export function hundredth(value: TrlValue | null): TrlValue | null {
  if (value?.kind !== 'scalar') return null;
  const one = plainNumber('0.01');
  return one && { kind: 'scalar', tree: operation('multiply', value.tree, one.tree), atom: value.atom };
}

/** What the grammar does not have: fractions and roots without braces, signs of other kinds, a list inside. */
function malformed(text: string): boolean {
  return (
    /\\frac(?!\s*\{)|\\frac\s*\{[^{}]*\}\s*[^{\s]|\\sqrt(?!\s*[{[])|\d\.(?!\d)|\.\.|[°$€£#@&?"!]\w|[@#&?]|\\(?:foo|lg|tg|overline|dots)/.test(
      text,
    ) || /\\text\{[^{}]*[^\s\w(){},.:;\\-][^{}]*\}/.test(text)
  );
}

/** Side by side, numbers are added and a fraction makes a mixed number; words in the middle are one letter; degrees go. */
function asReadable(text: string): string {
  return text
    .replaceAll(/\^\s*\{?\s*\\circ\s*\}?|\\degree/g, '')
    .replaceAll(
      /\\text\s*\{([^{}]*)\}/g,
      (_, words: string) => ` w_{${[...words.toLowerCase()].map((one) => one.codePointAt(0)).join('')}} `,
    )
    .replaceAll(/\\[,;: ]/g, ' ')
    .replaceAll(/_\s*(\d+)/g, '_{$1}')
    .replaceAll(/(\d+(?:\.\d+)?)\s*(\\frac\{\d+\}\{\d+\})/g, '($1+$2)')
    .replaceAll(/\d+(?:\.\d+)?(?:\s+\d+(?:\.\d+)?)+/g, (run) => `(${run.split(/\s+/).join('+')})`)
    .replaceAll(/(\d|[a-z)}])\s*:\s*(?=[\d(a-z])/g, '$1/')
    .replaceAll(/(\d)e(?=\d)/g, '$1 e \\cdot ')
    .replaceAll(/([\^_])\s*(\d+)/g, '$1{$2}')
    .replaceAll(/([a-zA-Z]{4,})/g, (run, _, at: number, all: string) => (all[at - 1] === '\\' ? run : [...run].join(' ')))
    .replaceAll('*', '\\cdot ')
    .trim();
}

/** Letters without case, `i` among them. */
function lowered(tree: Tree): Tree {
  if ('name' in tree) {
    if (tree === INFINITY || ['pi', 'infinity'].includes(tree.name)) return tree;
    return tree.name === 'e' || tree.name === 'E' ? { name: 'e' } : { name: `letter ${tree.name.toLowerCase()}` };
  }
  return 'op' in tree ? { ...tree, of: tree.of.map(lowered) } : tree;
}
