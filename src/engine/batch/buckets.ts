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

export function shapeOf(rows: readonly EncodedRow[]): Shape {
  return {
    T: wholeTiles(rows.reduce((sum, row) => sum + row.ids.length, 0)),
    M: wholeTiles(rows.reduce((sum, row) => sum + countTrained(row), 0)),
  };
}

/** The shapes of micro-batches, however many there are. */
export class ShapeCounts {
  private readonly groups = new Map<number, Group>();

  /** A micro-batch of so many tokens and labels. */
  add(tokens: number, labels: number): void {
    this.addShape({ T: wholeTiles(tokens), M: wholeTiles(labels) });
  }

  addShape({ T, M }: Shape): void {
    const group = this.groups.get(T);
    if (!group) this.groups.set(T, { T, M, count: 1 });
    else {
      group.M = Math.max(group.M, M);
      group.count++;
    }
  }

  choose(max = MAX_SHAPES): Shape[] {
    return cheapestShapes(
      [...this.groups.values()].sort((a, b) => a.T - b.T),
      max,
    );
  }
}

/** At most `max` shapes, by rising T, such that every given shape fits into one. Cost of a batch: T + M of the shape it runs in. */
export function chooseShapes(needed: readonly Shape[], max = MAX_SHAPES): Shape[] {
  const counts = new ShapeCounts();
  for (const shape of needed) counts.addShape(shape);
  return counts.choose(max);
}

/** `groups`: shapes with equal T together, by rising T; M is the largest of them. */
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
    shapes.unshift({ T: groups[j - 1]!.T, M: Math.max(...groups.slice(from, j).map((group) => group.M)) });
    j = from;
  }
  return shapes;
}

/** The smallest of `shapes` that holds `needed`. */
export function fittingShape(needed: Shape, shapes: readonly Shape[]): Shape {
  const fitting = shapes.find((shape) => shape.T >= needed.T && shape.M >= needed.M);
  if (!fitting) throw new RangeError(`no shape holds ${needed.T} tokens with ${needed.M} trained`);
  return fitting;
}

interface Group extends Shape {
  count: number;
}

/** Last shape covers groups [from, j); all before it cost `before[from]`. */
function cheapestCut(groups: readonly Group[], before: readonly number[], j: number): { cost: number; from: number } {
  const T = groups[j - 1]!.T;
  let best = { cost: Number.POSITIVE_INFINITY, from: 0 };
  let count = 0;
  let M = 0;
  for (let from = j - 1; from >= 0; from--) {
    count += groups[from]!.count;
    M = Math.max(M, groups[from]!.M);
    const cost = before[from]! + count * (T + M);
    if (cost < best.cost) best = { cost, from };
  }
  return best;
}

/** The tile's multiple that holds it. */
export function wholeTiles(size: number): number {
  return Math.max(TILE, Math.ceil(size / TILE) * TILE);
}
