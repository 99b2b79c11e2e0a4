/**
 * Few fixed shapes for all micro-batches of a run: each shape costs a traced plan and pipelines, each padded token costs time. Chosen so that
 * the padding over the whole run is least, by dynamic programming over the sorted sizes.
 */

import type { EncodedRow } from './encode.ts';
import { countTrained } from './encoded-dataset.ts';
import type { Shape } from './pack.ts';

/** Shapes are multiples of this, the tile height of the matmul kernels. */
const TILE = 64;
export const MAX_SHAPES = 4;

/** `besideRows`: of the second stream, where there is one. */
export function shapeOf(rows: readonly EncodedRow[], besideRows?: readonly EncodedRow[]): Shape {
  return {
    T: wholeTiles(tokensOf(rows)),
    M: wholeTiles(rows.reduce((sum, row) => sum + countTrained(row), 0)),
    ...(besideRows && { beside: wholeTiles(tokensOf(besideRows)) }),
  };
}

function tokensOf(rows: readonly EncodedRow[]): number {
  return rows.reduce((sum, row) => sum + row.ids.length, 0);
}

/** The shapes of micro-batches, however many there are. */
export class ShapeCounts {
  private readonly groups = new Map<number, Group>();

  /** A micro-batch of so many tokens and labels. */
  add(tokens: number, labels: number): void {
    this.addShape({ T: wholeTiles(tokens), M: wholeTiles(labels) });
  }

  addShape(shape: Shape): void {
    const group = this.groups.get(shape.T);
    this.groups.set(shape.T, { ...largest(group ? [group, shape] : [shape]), count: (group?.count ?? 0) + 1 });
  }

  choose(max = MAX_SHAPES): Shape[] {
    return cheapestShapes(
      [...this.groups.values()].sort((a, b) => a.T - b.T),
      max,
    );
  }
}

/** At most `max` shapes, by rising T, such that every given shape fits into one. Cost of a batch: T + M of the shape it runs in, and the tokens of its second stream. */
export function chooseShapes(needed: readonly Shape[], max = MAX_SHAPES): Shape[] {
  const counts = new ShapeCounts();
  for (const shape of needed) counts.addShape(shape);
  return counts.choose(max);
}

/** `groups`: shapes with equal T together, by rising T; M and the second stream are the largest of them. */
function cheapestShapes(groups: readonly Group[], max: number): Shape[] {
  // cost[k][j]: least cost of the first j groups in k shapes; cut[k][j]: where the last of them begins.
  const cost = [[0, ...groups.map(() => Number.POSITIVE_INFINITY)]];
  const cut: number[][] = [[]];
  for (let k = 1; k <= Math.min(max, groups.length); k++) {
    const row = [0];
    const cuts = [0];
    for (let j = 1; j <= groups.length; j++) {
      const best = cheapestCut(groups, cost[k - 1]!, j);
      row[j] = best.cost;
      cuts[j] = best.from;
    }
    cost.push(row);
    cut.push(cuts);
  }
  const shapes: Shape[] = [];
  for (let k = cost.length - 1, j = groups.length; k > 0 && j > 0; k--) {
    const from = cut[k]![j]!;
    shapes.unshift(largest(groups.slice(from, j)));
    j = from;
  }
  return shapes;
}

/** What all of them fit into. */
function largest(shapes: readonly Shape[]): Shape {
  const beside = shapes.flatMap((shape) => shape.beside ?? []);
  return {
    T: Math.max(...shapes.map(({ T }) => T)),
    M: Math.max(...shapes.map(({ M }) => M)),
    ...(beside.length > 0 && { beside: Math.max(...beside) }),
  };
}

/** The smallest of `shapes` that holds `needed`; one with a second stream holds only what has one. */
export function fittingShape(needed: Shape, shapes: readonly Shape[]): Shape {
  const { T, M, beside } = needed;
  const holds = (second: number | undefined): boolean =>
    beside === undefined ? second === undefined : second !== undefined && second >= beside;
  const fitting = shapes.find((shape) => shape.T >= T && shape.M >= M && holds(shape.beside));
  if (fitting) return fitting;
  throw new RangeError(`no shape holds ${T} tokens with ${M} trained${beside === undefined ? '' : ` and ${beside} beside them`}`);
}

interface Group extends Shape {
  readonly count: number;
}

/** Last shape covers groups [from, j); all before it cost `before[from]`. */
function cheapestCut(groups: readonly Group[], before: readonly number[], j: number): { cost: number; from: number } {
  const T = groups[j - 1]!.T;
  let best = { cost: Number.POSITIVE_INFINITY, from: 0 };
  let count = 0;
  let M = 0;
  let beside = 0;
  for (let from = j - 1; from >= 0; from--) {
    const group = groups[from]!;
    count += group.count;
    M = Math.max(M, group.M);
    beside = Math.max(beside, group.beside ?? 0);
    const cost = before[from]! + count * (T + M + beside);
    if (cost < best.cost) best = { cost, from };
  }
  return best;
}

/** The tile's multiple that holds it. */
export function wholeTiles(size: number): number {
  return Math.max(TILE, Math.ceil(size / TILE) * TILE);
}
