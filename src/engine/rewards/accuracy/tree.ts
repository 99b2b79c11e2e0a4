/**
 * A formula as a tree of the few operations that this judge knows: exact numbers, names, and operations on them. Commands that are not among them
 * make a formula unreadable, so that nothing is paid for what was not understood.
 */
import type { Rational } from './rational.ts';

export type Operation =
  | 'add'
  | 'multiply'
  | 'divide'
  | 'negate'
  | 'power'
  | 'root'
  | 'factorial'
  | 'factorial2'
  | 'binomial'
  | 'degrees'
  | 'mod'
  | 'gcd'
  | 'lcm'
  | 'min'
  | 'max'
  | 'floor'
  | 'ceil'
  | 'abs'
  | 'exp'
  | 'ln'
  | 'log'
  | 'sin'
  | 'cos'
  | 'tan'
  | 'cot'
  | 'sec'
  | 'csc'
  | 'arcsin'
  | 'arccos'
  | 'arctan'
  | 'sinh'
  | 'cosh'
  | 'tanh'
  | 'conjugate'
  | 'sum'
  | 'product'
  /** A formula that is read but never computed: an integral, f(x), a derivative. Equal only to itself. */
  | 'opaque';

export type Tree = NumberNode | NameNode | OperationNode;
export interface NumberNode {
  readonly value: Rational;
}
export interface NameNode {
  readonly name: string;
}
export interface OperationNode {
  readonly op: Operation;
  readonly of: readonly Tree[];
  /** What tells two opaque formulas apart. */
  readonly label?: string;
}

/** Names that are numbers. `i` and `e` are, wherever they stand. */
const CONSTANTS: ReadonlySet<string> = new Set(['pi', 'e', 'i']);
export const INFINITY: Tree = { name: 'infinity' };

export const number = (value: Rational): Tree => ({ value });
export const operation = (op: Operation, ...of: Tree[]): Tree => ({ op, of });
export const minus = (a: Tree, b: Tree): Tree => operation('add', a, operation('negate', b));

/** 1 and -1 for the two infinities, 0 for all else. */
export function infinite(tree: Tree): -1 | 0 | 1 {
  if ('name' in tree) return tree.name === 'infinity' ? 1 : 0;
  if ('op' in tree && tree.op === 'negate') return -infinite(tree.of[0]!) as -1 | 0 | 1;
  return 0;
}

/** The unknowns of a formula, in the order of the alphabet. */
export function unknowns(...trees: Tree[]): string[] {
  const found = new Set<string>();
  const visit = (tree: Tree, bound: readonly string[]) => {
    if ('name' in tree && !CONSTANTS.has(tree.name) && !bound.includes(tree.name)) found.add(tree.name);
    if ('op' in tree) for (const one of tree.of) visit(one, bound.concat(boundBy(tree) ?? []));
  };
  for (const tree of trees) visit(tree, []);
  return [...found].sort();
}

export function has(tree: Tree, wanted: (node: Tree) => boolean): boolean {
  return wanted(tree) || ('op' in tree && tree.of.some((one) => has(one, wanted)));
}

export const isOpaque = (tree: Tree) => has(tree, (node) => 'op' in node && node.op === 'opaque');

export function substitute(tree: Tree, values: ReadonlyMap<string, Tree>): Tree {
  if ('name' in tree) return values.get(tree.name) ?? tree;
  if (!('op' in tree)) return tree;
  const bound = boundBy(tree);
  const free = bound !== null && values.has(bound) ? new Map([...values].filter(([name]) => name !== bound)) : values;
  return { ...tree, of: tree.of.map((one) => substitute(one, free)) };
}

/** The index of a sum or product, which is no unknown outside it. */
function boundBy({ op, of }: OperationNode): string | null {
  return (op === 'sum' || op === 'product') && of[1] && 'name' in of[1] ? of[1].name : null;
}

export const sizeOf = (tree: Tree): number => ('op' in tree ? tree.of.reduce((sum, one) => sum + sizeOf(one), 1) : 1);

/** How deep roots and powers that are no whole numbers lie inside one another. */
export function rootDepth(tree: Tree): number {
  if (!('op' in tree)) return 0;
  const inside = Math.max(0, ...tree.of.map(rootDepth));
  const exponent = tree.of[1];
  const isRoot = tree.op === 'root' || (tree.op === 'power' && !(exponent && 'value' in exponent && exponent.value.d === 1n));
  return inside + (isRoot ? 1 : 0);
}

/** Equal as written, but for the order of sums and products. */
export function sameTree(a: Tree, b: Tree): boolean {
  return canonical(a) === canonical(b);
}

function canonical(tree: Tree): string {
  if ('value' in tree) return tree.value.d === 1n ? `${tree.value.n}` : `${tree.value.n}/${tree.value.d}`;
  if ('name' in tree) return tree.name;
  const of = tree.of.map(canonical);
  if (tree.op === 'add' || tree.op === 'multiply') of.sort();
  return `${tree.op}${tree.label ?? ''}(${of.join(' ')})`;
}
