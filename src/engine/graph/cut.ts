/**
 * Cutting a long launch into launches that each run part of its workgroups, so that none holds the GPU for long.
 *
 * A kernel that can be cut declares `first_x` (and `first_y` where its grid is a plane) as its last parameters: the workgroups that come before
 * this launch's own. Every workgroup computes what it would in the whole launch, so no bit of a result depends on the cuts.
 */
import type { Capabilities, Launch } from './op.ts';

/** Ranges of workgroups along x and y; a part is one of each. */
interface Cuts {
  /** How many workgroups there are, and how many a range has at most. */
  readonly x: readonly [total: number, largest: number];
  readonly y: readonly [total: number, largest: number];
}

/** null: whole. A line has its workgroups along x, unfolded. */
function cutsOf({ kernel, cost = 0, maxCost = cost, workgroups: [width, height] }: Launch, device: Capabilities): Cuts | null {
  const { maxComputeWorkgroupsPerDimension } = device;
  // Where cost depends on data a part may reach twice the limit: few parts come near their upper bound.
  const limit = (maxCost > cost ? 2 : 1) * device.maxLaunchCost;
  if (!('first_x' in kernel.params) || maxCost <= limit) return null;
  if ('first_y' in kernel.params) {
    const row = maxCost / height;
    return { x: [width, (width * limit) / row], y: [height, limit / row] };
  }
  const total = width * height; // a folded line; what overshoots its end is idle
  return { x: [total, Math.min((total * limit) / maxCost, maxComputeWorkgroupsPerDimension)], y: [1, 1] };
}

/** How many parts `cut` makes of a launch. */
export function partsOf(launch: Launch, device: Capabilities): number {
  const cuts = cutsOf(launch, device);
  return cuts ? countRanges(...cuts.x) * countRanges(...cuts.y) : 1;
}

/** The launch, or its parts in order; each costs at most `maxLaunchCost` where workgroups allow it. */
export function cut(launch: Launch, device: Capabilities): Launch[] {
  const { kernel, params, cost = 0, maxCost = cost } = launch;
  if (!('first_x' in kernel.params)) return [launch];
  const plane = 'first_y' in kernel.params;
  const part = (x: number, y: number, columns: number, rows: number, ratio: number): Launch => ({
    ...launch,
    params: { ...params, first_x: x, ...(plane && { first_y: y }) },
    workgroups: [columns, rows, 1],
    cost: cost * ratio,
    maxCost: maxCost * ratio,
  });
  const [width, height] = launch.workgroups;
  const cuts = cutsOf(launch, device);
  if (!cuts) return [part(0, 0, width, height, 1)];
  const columns = ranges(...cuts.x);
  return ranges(...cuts.y).flatMap(([y, rows]) => columns.map(([x, n]) => part(x, y, n, rows, (rows * n) / (cuts.y[0] * cuts.x[0]))));
}

function countRanges(total: number, largest: number): number {
  return Math.ceil(total / rangeSize(total, largest));
}

/** Of as few ranges as keep to `largest` (but hold one), of nearly equal length. */
function rangeSize(total: number, largest: number): number {
  return Math.ceil(total / Math.ceil(total / Math.max(1, Math.floor(largest))));
}

/** `total` in such ranges [first, count]. */
function ranges(total: number, largest: number): [number, number][] {
  const size = rangeSize(total, largest);
  return Array.from({ length: Math.ceil(total / size) }, (_, i) => [i * size, Math.min(size, total - i * size)]);
}
