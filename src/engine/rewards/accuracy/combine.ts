/** What several values are together: a union of sets, one amount in two units, inequalities joined by "or" or "and". */
import { divide } from './rational.ts';
import { asRegion, intersection, pointsOf, union } from './regions.ts';
import { number, operation } from './tree.ts';
import type { Unit } from './units.ts';
import type { Group, Region, Scalar, Value } from './value.ts';

export function unionOf(parts: readonly Value[]): Value | null {
  if (parts.every((part) => part.kind === 'group' && part.open === '{')) {
    return { kind: 'group', open: '{', close: '}', members: (parts as Group[]).flatMap(({ members }) => members) };
  }
  const regions = parts.map((part): Region | null => {
    if (part.kind === 'group' && part.open === '{') {
      const pieces = pointsOf(part.members);
      return pieces && { kind: 'region', name: null, pieces };
    }
    return asRegion(part);
  });
  return regions.some((region) => region === null) ? null : union(regions as Region[]);
}

/** "5 dollars and 50 cents" is one amount: units of one dimension, each smaller than the one before. */
export function sumOfUnits(values: readonly Value[]): Scalar | null {
  const scalars = values.filter((value): value is Scalar & { unit: Unit } => value.kind === 'scalar' && value.unit?.dimension != null);
  const [first, ...rest] = scalars;
  if (!first || rest.length === 0 || scalars.length !== values.length) return null;
  const falling = rest.every(({ unit }, at) => unit.dimension === first.unit.dimension && compareSizes(scalars[at]!.unit, unit) > 0);
  if (!falling) return null;
  const inFirst = scalars.map(({ tree, unit }) => operation('multiply', tree, number(divide(unit.size, first.unit.size))));
  return { kind: 'scalar', tree: operation('add', ...inFirst), unit: first.unit, literal: null };
}

const compareSizes = (a: Unit, b: Unit) => Number(a.size.n * b.size.d - b.size.n * a.size.d);

/** Several inequalities at once: "or" is all of them together; "and" or a comma what they share, if they share anything. */
export function ofRelations(values: readonly Value[], or: boolean): Value | null {
  const regions = values.map(asRegion);
  if (regions.some((region) => region === null)) return { kind: 'group', open: '', close: '', members: values };
  const all = union(regions as Region[]);
  if (or) return all;
  const shared = (regions as Region[])
    .slice(1)
    .reduce<Region | null>((rest, next) => rest && intersection(rest, next), regions[0] as Region);
  return shared && shared.pieces.length > 0 ? shared : all;
}
