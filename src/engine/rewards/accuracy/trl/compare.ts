/**
 * `verify` of math_verify 0.8.0 (grader.py) on what was read: not symmetric. Equations of letters are assignments, decimals are rounded to six places, sets
 * are compared in sorted order, relations by their difference, an inequality as a set only where it is the gold.
 */
import { constantRatio, decimalsOf, exactValue, sameValue } from '../equal.ts';
import { asRegion, sameRegion } from '../regions.ts';
import { has, infinite, minus, type Tree, unknowns } from '../tree.ts';
import type { Piece, Region, Sign } from '../value.ts';
import type { TrlScalar, TrlValue } from './read.ts';

type Relation = Extract<TrlValue, { kind: 'relation' }>;
type Interval = Extract<TrlValue, { kind: 'interval' }>;
type Collection = Extract<TrlValue, { kind: 'set' | 'tuple' }>;

export function sameAsTrl(goldValue: TrlValue, answer: TrlValue): boolean {
  let [gold, pred] = [goldValue, answer];
  const [goldAssigns, predAssigns] = [assigns(gold), assigns(pred)];
  if (goldAssigns) gold = ends(gold as Relation);
  if (predAssigns) pred = ends(pred as Relation);
  if (isEquation(pred) && !isEquation(gold)) pred = pred.sides.at(-1)!;
  else if (goldAssigns && !isEquation(pred)) gold = (gold as Relation).sides.at(-1)!;
  if (gold.kind === 'relation' && ['interval', 'union', 'set', 'named set'].includes(pred.kind))
    return sameRegions(asSet(gold), regionOf(pred));
  if (gold.kind === 'relation' && pred.kind === 'relation') return sameRelations(gold, pred);
  if (gold.kind === 'relation' || pred.kind === 'relation') return false;
  if (isSet(gold) || isSet(pred)) return sameSets(gold, pred);
  if (gold.kind === 'matrix' || pred.kind === 'matrix') return sameMatrices(gold, pred);
  if (gold.kind === 'symbol' || pred.kind === 'symbol') return sameSymbols(gold, pred);
  return 'tree' in gold && 'tree' in pred && sameNumbers(gold, pred);
}

const isSet = (value: TrlValue) => ['set', 'tuple', 'interval', 'union', 'named set'].includes(value.kind);
const isEquation = (value: TrlValue): value is Relation => value.kind === 'relation' && value.signs.every((sign) => sign === '=');
const ends = ({ sides, signs }: Relation): Relation => ({ kind: 'relation', sides: [sides[0]!, sides.at(-1)!], signs: [signs[0]!] });

/** An equation with nothing but letters on its left. */
function assigns(value: TrlValue): boolean {
  const [left] = isEquation(value) ? value.sides : [];
  if (!left) return false;
  return left.kind === 'symbol' || left.kind === 'letters' || (left.kind === 'scalar' && !has(left.tree, (node) => 'value' in node));
}

function sameSymbols(gold: TrlValue, pred: TrlValue): boolean {
  const name = (value: TrlValue) =>
    value.kind === 'symbol' || value.kind === 'letters'
      ? value.name
      : 'tree' in value && 'name' in value.tree && value.tree.name === 'e'
        ? 'e'
        : null;
  return name(gold) !== null && name(gold) === name(pred);
}

function sameNumbers(gold: { tree: Tree }, pred: { tree: Tree }): boolean {
  const [a, b] = [gold as TrlScalar, pred as TrlScalar];
  if (infinite(a.tree) || infinite(b.tree)) return infinite(a.tree) === infinite(b.tree);
  if ((a.atom === 'float' || b.atom === 'float') && rounded(a) && rounded(a) === rounded(b)) {
    // An integer is not rounded.
    if (!isInteger(a) && !isInteger(b)) return true;
  }
  return sameValue(a.tree, b.tree);
}

const isInteger = ({ tree, atom }: TrlScalar) => atom === 'exact' && exactValue(tree)?.d === 1n;

function rounded({ tree }: TrlScalar): string | null {
  const text = decimalsOf(tree, 6);
  return text && Number(text) === 0 ? '0' : text;
}

function sameMatrices(gold: TrlValue, pred: TrlValue): boolean {
  if (gold.kind !== 'matrix' || pred.kind !== 'matrix' || gold.rows.length !== pred.rows.length) return false;
  return gold.rows.every((row, i) => row.length === pred.rows[i]!.length && row.every((cell, j) => sameAsTrl(cell, pred.rows[i]![j]!)));
}

function sameRelations(gold: Relation, pred: Relation): boolean {
  if (gold.signs.length !== pred.signs.length) return false;
  return gold.signs.every((sign, at) => {
    const [l, r, x, y] = [gold.sides[at], gold.sides[at + 1], pred.sides[at], pred.sides[at + 1]] as TrlValue[];
    const other = pred.signs[at]!;
    if (sign === other && sameAsTrl(l!, x!) && sameAsTrl(r!, y!)) return true;
    const [f, g] = [difference(l!, r!), difference(x!, y!)];
    if (!f || !g) return false;
    const flipped: Readonly<Record<string, string>> = { '<': '>', '>': '<', '<=': '>=', '>=': '<=', '=': '=' };
    if (sign === other && sameValue(f, g)) return true;
    if (flipped[sign] === other && sameValue(f, { op: 'negate', of: [g] })) return true;
    return sign === '=' && other === '=' && unknowns(f).join() === unknowns(g).join() && constantRatio(f, g) !== 0;
  });
}

function difference(left: TrlValue, right: TrlValue): Tree | null {
  const [l, r] = [left, right].map(treeOf);
  return l && r ? minus(l, r) : null;
}

const treeOf = (value: TrlValue): Tree | null =>
  value.kind === 'symbol' ? { name: `letter ${value.name}` } : 'tree' in value ? value.tree : null;

function sameSets(gold: TrlValue, pred: TrlValue): boolean {
  const [a, b] = [gold, pred].map((value) => (isSet(value) ? value : ({ kind: 'set', members: [value] } as const))) as [TrlValue, TrlValue];
  if (a.kind === 'interval' && b.kind === 'interval') return sameIntervals(a, b);
  const [regionA, regionB] = [regionOf(a), regionOf(b)];
  if (regionA && regionB && (isLine(a) || isLine(b)) && sameRegion(regionA, regionB)) return true;
  if (isCollection(a) && isCollection(b)) return sameCollections(a, b);
  // "(1, 2)" is read as an interval where a point may be meant.
  if (a.kind === 'interval' && isCollection(b)) return a.openFrom && a.openTo && sameCollections(pair(a), b);
  if (b.kind === 'interval' && isCollection(a)) return b.openFrom && b.openTo && sameCollections(a, pair(b));
  return false;
}

const isLine = (value: TrlValue) => ['union', 'named set', 'interval'].includes(value.kind);
const isCollection = (value: TrlValue): value is Collection => value.kind === 'set' || value.kind === 'tuple';
const pair = ({ from, to }: Interval): Collection => ({
  kind: 'tuple',
  members: [from, to].map((tree) => ({ kind: 'scalar', tree, atom: 'value' in tree ? 'exact' : null })),
});

const sameIntervals = (a: Interval, b: Interval) =>
  a.openFrom === b.openFrom &&
  a.openTo === b.openTo &&
  sameNumbers({ tree: a.from }, { tree: b.from }) &&
  sameNumbers({ tree: a.to }, { tree: b.to });

/** A set in sorted order, a tuple as written; a tuple as gold takes a set as written too. */
function sameCollections(gold: Collection, pred: Collection): boolean {
  const [left, right] = [gold, pred].map(({ kind, members }) => (kind === 'set' ? distinct(members) : [...members])) as [
    TrlValue[],
    TrlValue[],
  ];
  if (left.length !== right.length) return false;
  if (gold.kind === 'set') return left.every((one) => right.some((other) => sameAsTrl(one, other)));
  return left.every((one, at) => sameAsTrl(one, right[at]!));
}

const distinct = (members: readonly TrlValue[]) => members.filter((one, at) => members.findIndex((other) => sameAsTrl(one, other)) === at);

function regionOf(value: TrlValue): Region | null {
  if (value.kind === 'named set') return value.name === 'R' ? wholeLine : null;
  if (value.kind === 'interval') return { kind: 'region', name: null, pieces: [value] };
  if (value.kind === 'set') {
    const pieces = value.members.map((one): Piece | null =>
      'tree' in one && unknowns(one.tree).length === 0 ? { from: one.tree, to: one.tree, openFrom: false, openTo: false } : null,
    );
    return pieces.some((piece) => piece === null) ? null : { kind: 'region', name: null, pieces: pieces as Piece[] };
  }
  if (value.kind !== 'union') return null;
  const parts = value.parts.map(regionOf);
  return parts.some((part) => part === null)
    ? null
    : { kind: 'region', name: null, pieces: (parts as Region[]).flatMap(({ pieces }) => pieces) };
}

const wholeLine: Region = {
  kind: 'region',
  name: null,
  pieces: [{ from: { op: 'negate', of: [{ name: 'infinity' }] }, to: { name: 'infinity' }, openFrom: true, openTo: true }],
};

function asSet({ sides, signs }: Relation): Region | null {
  const trees = sides.map(treeOf);
  if (trees.some((tree) => tree === null) || signs.includes('=')) return null;
  const region = asRegion({ kind: 'relation', sides: trees as Tree[], signs: signs as Sign[] });
  return region && { ...region, name: null };
}

const sameRegions = (a: Region | null, b: Region | null) => a !== null && b !== null && sameRegion(a, b);
