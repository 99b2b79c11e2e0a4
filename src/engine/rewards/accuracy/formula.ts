/**
 * LaTeX -> a tree, read by compute-engine's parser alone (its structure, none of its values): equality and evaluation are ours, since the library takes
 * any two equations for equal and 10^-12 for zero. What it did not understand, or we do not, makes the whole formula unreadable.
 */
import { LatexSyntax, type MathJsonExpression } from '@cortex-js/compute-engine/latex-syntax';
import { NoValue, ofDecimal, whole } from './rational.ts';
import { INFINITY, number, type Operation, operation, type Tree } from './tree.ts';
import { holdsWords } from './words.ts';

/** Longer or deeper formulas are nobody's answer, and cost the parser time. */
const LONGEST = 600;
const DEEPEST = 14;

const HEADS: Readonly<Record<string, Operation>> = {
  Add: 'add',
  Multiply: 'multiply',
  InvisibleOperator: 'multiply',
  Divide: 'divide',
  Rational: 'divide',
  Negate: 'negate',
  Power: 'power',
  Root: 'root',
  Factorial: 'factorial',
  Factorial2: 'factorial2',
  Binomial: 'binomial',
  Choose: 'binomial',
  Degrees: 'degrees',
  Mod: 'mod',
  GCD: 'gcd',
  LCM: 'lcm',
  Min: 'min',
  Max: 'max',
  Floor: 'floor',
  Ceil: 'ceil',
  Abs: 'abs',
  Exp: 'exp',
  Ln: 'ln',
  Sin: 'sin',
  Cos: 'cos',
  Tan: 'tan',
  Cot: 'cot',
  Sec: 'sec',
  Csc: 'csc',
  Arcsin: 'arcsin',
  Arccos: 'arccos',
  Arctan: 'arctan',
  Sinh: 'sinh',
  Cosh: 'cosh',
  Tanh: 'tanh',
  Conjugate: 'conjugate',
};
const NAMES: Readonly<Record<string, string>> = { Pi: 'pi', ExponentialE: 'e', ImaginaryUnit: 'i', PositiveInfinity: 'infinity' };
const OPAQUE = new Set([
  'Integrate',
  'Limit',
  'Apply',
  'Derivative',
  'D',
  'Prime',
  'Norm',
  'OverVector',
  'OverHat',
  'OverBar',
  'Subscript',
  'Dot',
  'Cross',
]);

let syntax: LatexSyntax | undefined;

const read = new Map<string, Tree | null>();

/** The tree of one scalar formula; null where it cannot be read. */
export function readFormula(latex: string): Tree | null {
  const text = latex.trim();
  let tree = read.get(text);
  if (tree === undefined) {
    tree = parse(text);
    if (read.size > 2000) read.clear();
    read.set(text, tree);
  }
  return tree;
}

function parse(text: string): Tree | null {
  if (text === '' || text.length > LONGEST || depthOf(text) > DEEPEST || holdsWords(text)) return null;
  // The parser would take "3 4" for 34, and an empty group for nothing at all.
  if (/\d\s+[\d.]|[%$#@&;?"]|\{\s*\}|\(\s*\)|(?<!\\)[{}]{0}\\[{}]|\.\./.test(text)) return null;
  // Square brackets only group here; the parser would try all that they might be, which takes seconds.
  const prepared = text
    .replaceAll(/\\sqrt\[(\d+)\]/g, '\\sqrt<$1>')
    .replaceAll('[', '(')
    .replaceAll(']', ')')
    .replaceAll(/\\sqrt<(\d+)>/g, '\\sqrt[$1]');
  try {
    syntax ??= new LatexSyntax();
    const parsed = syntax.parse(prepared.replaceAll('°', '^{\\circ}'));
    return parsed === null ? null : treeOf(parsed);
  } catch (error) {
    if (error instanceof NoValue || error instanceof RangeError) return null;
    throw error;
  }
}

function depthOf(text: string): number {
  let [depth, deepest] = [0, 0];
  for (const one of text) {
    if ('{(['.includes(one)) deepest = Math.max(deepest, ++depth);
    if ('})]'.includes(one)) depth--;
  }
  const bars = (text.match(/\|/g) ?? []).length;
  return deepest + (bars > 8 ? DEEPEST : 0);
}

function treeOf(node: MathJsonExpression): Tree | null {
  if (typeof node === 'number') return Number.isFinite(node) ? number(ofDecimal(String(node))) : null;
  if (typeof node === 'string') return nameOf(node);
  if (Array.isArray(node)) return headOf(node as readonly MathJsonExpression[]);
  if (typeof node !== 'object' || node === null) return null;
  if ('num' in node) return /^[-+]?[\d.]+(e[-+]?\d+)?$/i.test(String(node.num)) ? number(ofDecimal(String(node.num))) : null;
  if ('sym' in node) return nameOf(String(node.sym));
  return 'fn' in node ? headOf(node.fn as readonly MathJsonExpression[]) : null;
}

function nameOf(name: string): Tree | null {
  if (name === 'PositiveInfinity') return INFINITY;
  if (name === 'NegativeInfinity') return operation('negate', INFINITY);
  // A quoted string is words; a name with a capital and more letters is one of the library's own sets and constants.
  if (/^'|^(Nothing|Undefined|Missing|EmptySet|\w+Numbers|Integers)$/.test(name)) return null;
  return { name: NAMES[name] ?? name };
}

function headOf(node: readonly MathJsonExpression[]): Tree | null {
  const [head, ...rest] = node;
  if (typeof head !== 'string') return null;
  if (head === 'Delimiter') return rest[0] !== undefined && !isSequence(rest[0]) ? treeOf(rest[0]) : null;
  if (head === 'Sum' || head === 'Product') return series(head === 'Sum' ? 'sum' : 'product', rest);
  if (OPAQUE.has(head)) return holdsError(node) ? null : { op: 'opaque', of: [], label: JSON.stringify(node) };
  const of = rest.map(treeOf);
  if (of.length === 0 || of.some((one) => one === null)) return null;
  const [a, b] = of as [Tree, Tree | undefined];
  if (head === 'Subtract' && b) return operation('add', a, operation('negate', b));
  if (head === 'Sqrt') return operation('power', a, operation('divide', number(whole(1)), number(whole(2))));
  if (head === 'Square') return operation('power', a, number(whole(2)));
  if (head === 'Log') return operation('log', a, b ?? number(whole(10)));
  if (head === 'Lb') return operation('log', a, number(whole(2)));
  if (head === 'Lg') return operation('log', a, number(whole(10)));
  const op = HEADS[head];
  return op ? { op, of: of as Tree[] } : null;
}

function series(op: 'sum' | 'product', [body, range]: readonly MathJsonExpression[]): Tree | null {
  if (body === undefined || !Array.isArray(range) || range.length !== 4) return null;
  const of = [body, ...range.slice(1)].map((one) => treeOf(one as MathJsonExpression));
  return of.some((one) => one === null) ? null : { op, of: of as Tree[] };
}

const isSequence = (node: MathJsonExpression) => Array.isArray(node) && node[0] === 'Sequence';

function holdsError(node: unknown): boolean {
  if (Array.isArray(node)) return node[0] === 'Error' || node.some(holdsError);
  return typeof node === 'object' && node !== null && Object.values(node).some(holdsError);
}
