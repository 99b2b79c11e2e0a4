/** Sets of real numbers as intervals: inequalities solved where they are linear, unions joined, ends compared as numbers. */
import { exactValue, sameValue, signOf } from './equal.ts';
import { rational, whole } from './rational.ts';
import { has, INFINITY, infinite, minus, number, operation, substitute, type Tree, unknowns } from './tree.ts';
import type { Group, Piece, Region, Relation, Sign, Value } from './value.ts';

const MINUS_INFINITY = operation('negate', INFINITY);
const NUMBER = (value: number) => number(whole(value));
const MOST_PIECES = 40;

/** The whole line, without some points. */
export function lineWithout(points: readonly Tree[], name: string | null): Region {
  const ends = [MINUS_INFINITY, ...points, INFINITY];
  return { kind: 'region', name, pieces: points.concat(INFINITY).map((to, at) => ({ from: ends[at]!, to, openFrom: true, openTo: true })) };
}

/** The region that a value is, or can be read as: an interval is also a pair of numbers. */
export function asRegion(value: Value): Region | null {
  if (value.kind === 'region') return value;
  if (value.kind === 'relation') return solved(value);
  if (value.kind !== 'group') return null;
  const piece = intervalOf(value);
  return piece ? { kind: 'region', name: null, pieces: [piece] } : null;
}

function intervalOf({ open, close, members }: Group): Piece | null {
  const [from, to] = members;
  if (
    members.length !== 2 ||
    from?.kind !== 'scalar' ||
    to?.kind !== 'scalar' ||
    !'(['.includes(open || '-') ||
    !')]'.includes(close || '-')
  )
    return null;
  if (unknowns(from.tree, to.tree).some((name) => name !== 'infinity')) return null;
  // An infinite end is never reached.
  const piece = {
    from: from.tree,
    to: to.tree,
    openFrom: open === '(' || infinite(from.tree) !== 0,
    openTo: close === ')' || infinite(to.tree) !== 0,
  };
  return compareEnds(piece.from, piece.to) === -1 ? piece : null;
}

/** The points of a set as pieces of no length. */
export function pointsOf(members: readonly Value[]): Piece[] | null {
  const trees = members.map((one) => (one.kind === 'scalar' && unknowns(one.tree).length === 0 ? one.tree : null));
  return trees.some((one) => one === null) ? null : (trees as Tree[]).map((at) => ({ from: at, to: at, openFrom: false, openTo: false }));
}

function solved({ sides, signs }: Relation): Region | null {
  const names = unknowns(...sides).filter((name) => name !== 'infinity');
  const [name] = names;
  if (names.length !== 1 || name === undefined || signs.includes('=')) return null;
  let region: Region | null = lineWithout([], name);
  for (const [at, sign] of signs.entries()) {
    const next: Region | null = region && half(sides[at]!, sign, sides[at + 1]!, name);
    region = next && region && intersection(region, next);
  }
  return region;
}

/** One inequality: linear, or of an absolute value of what is linear. */
function half(left: Tree, sign: Sign, right: Tree, name: string): Region | null {
  if (unknowns(left).length === 0 && unknowns(right).includes(name)) return half(right, turned(sign), left, name);
  if ('op' in left && left.op === 'abs' && unknowns(right).length === 0 && sign !== '!=') return ofAbsolute(left.of[0]!, sign, right, name);
  if (infinite(right) !== 0) {
    const true_ = infinite(right) > 0 === (sign === '<' || sign === '<=');
    return true_ && 'name' in left && left.name === name ? lineWithout([], name) : null;
  }
  const rest = minus(left, right);
  const at = (value: number) => substitute(rest, new Map([[name, NUMBER(value)]]));
  const slope = minus(at(1), at(0));
  if (has(rest, (node) => 'op' in node && node.op === 'opaque') || !sameValue(minus(at(3), at(0)), operation('multiply', NUMBER(3), slope)))
    return null;
  if (!sameValue(minus(at(-2), at(0)), operation('multiply', NUMBER(-2), slope))) return null;
  const direction = signOf(slope);
  if (!direction) return null;
  const end = simple(operation('negate', operation('divide', at(0), slope)));
  if (sign === '!=') return lineWithout([end], name);
  const below = (sign === '<' || sign === '<=') === direction > 0;
  const open = sign === '<' || sign === '>';
  const piece = below
    ? { from: MINUS_INFINITY, to: end, openFrom: true, openTo: open }
    : { from: end, to: INFINITY, openFrom: open, openTo: true };
  return { kind: 'region', name, pieces: [piece] };
}

function ofAbsolute(inside: Tree, sign: Sign, bound: Tree, name: string): Region | null {
  const low = half(inside, turned(sign), operation('negate', bound), name);
  const high = half(inside, sign, bound, name);
  if (!low || !high || signOf(bound) !== 1) return null;
  return sign === '<' || sign === '<=' ? intersection(low, high) : union([low, high]);
}

const turned = (sign: Sign): Sign => ({ '<': '>', '>': '<', '<=': '>=', '>=': '<=', '=': '=', '!=': '!=' })[sign] as Sign;

function simple(tree: Tree): Tree {
  const exact = exactValue(tree);
  return exact ? number(rational(exact.n, exact.d)) : tree;
}

/** -1, 0 or 1; null where the two cannot be compared. */
function compareEnds(a: Tree, b: Tree): -1 | 0 | 1 | null {
  const [x, y] = [infinite(a), infinite(b)];
  if (x !== 0 || y !== 0) return x === y ? 0 : x < y ? -1 : 1;
  if (unknowns(a, b).length > 0) return null;
  return signOf(minus(a, b));
}

export function union(regions: readonly Region[]): Region | null {
  const pieces = regions.flatMap((one) => one.pieces);
  const names = new Set(regions.map(({ name }) => name).filter((name) => name !== null));
  if (pieces.length > MOST_PIECES || names.size > 1) return null;
  return { kind: 'region', name: [...names][0] ?? null, pieces };
}

export function intersection(a: Region, b: Region): Region | null {
  if (a.pieces.length * b.pieces.length > MOST_PIECES || (a.name !== null && b.name !== null && a.name !== b.name)) return null;
  const pieces: Piece[] = [];
  for (const x of a.pieces) {
    for (const y of b.pieces) {
      const [low, high] = [compareEnds(x.from, y.from), compareEnds(x.to, y.to)];
      if (low === null || high === null) return null;
      const from = low < 0 ? y : x;
      const to = high > 0 ? y : x;
      const piece = {
        from: from.from,
        to: to.to,
        openFrom: low === 0 ? x.openFrom || y.openFrom : from.openFrom,
        openTo: high === 0 ? x.openTo || y.openTo : to.openTo,
      };
      const length = compareEnds(piece.from, piece.to);
      if (length === null) return null;
      if (length < 0 || (length === 0 && !piece.openFrom && !piece.openTo)) pieces.push(piece);
    }
  }
  return { kind: 'region', name: a.name ?? b.name, pieces };
}

/** In order, those that touch joined to one; null where ends cannot be compared. */
function joined(pieces: readonly Piece[]): Piece[] | null {
  let unclear = false;
  const order = (a: Tree, b: Tree) => {
    const sign = compareEnds(a, b);
    if (sign === null) unclear = true;
    return sign ?? 0;
  };
  const sorted = [...pieces].sort((a, b) => order(a.from, b.from) || Number(a.openFrom) - Number(b.openFrom));
  const result: Piece[] = [];
  for (const piece of sorted) {
    const last = result.at(-1);
    const gap = last && order(piece.from, last.to);
    if (last && gap !== undefined && (gap < 0 || (gap === 0 && !(piece.openFrom && last.openTo)))) {
      const further = order(piece.to, last.to);
      const openTo = further > 0 ? piece.openTo : further === 0 ? piece.openTo && last.openTo : last.openTo;
      result[result.length - 1] = { ...last, to: further > 0 ? piece.to : last.to, openTo };
    } else result.push(piece);
  }
  return unclear ? null : result;
}

export function sameRegion(a: Region, b: Region): boolean {
  if (a.name !== null && b.name !== null && a.name !== b.name) return false;
  const [x, y] = [joined(a.pieces), joined(b.pieces)];
  if (!x || !y || x.length !== y.length) return false;
  return x.every((piece, at) => {
    const other = y[at]!;
    const ends = compareEnds(piece.from, other.from) === 0 && compareEnds(piece.to, other.to) === 0;
    return ends && piece.openFrom === other.openFrom && piece.openTo === other.openTo;
  });
}
