/**
 * Cutting a launch that would hold the GPU for long into launches that each do part of its workgroups.
 *
 * A kernel that can be cut declares `first_x` (and `first_y` where its grid is a plane) as its last parameters: the workgroups that come before
 * this launch's own. Every workgroup does what it did in the whole launch, so no bit of a result depends on where it was cut, nor whether it was.
 */
import type { Capabilities, Launch } from './op.ts';

/** Ranges of workgroups along x and y; a part is one of each. */
interface Cuts {
  /** How many workgroups there are, and how many a range has at most. */
  readonly x: readonly [total: number, largest: number];
  readonly y: readonly [total: number, largest: number];
}

/** null: whole. A line has its workgroups along x, unfolded. */
function cutsOf({ kernel, cost = 0, most = cost, workgroups: [width, height] }: Launch, device: Capabilities): Cuts | null {
  const { maxComputeWorkgroupsPerDimension } = device;
  // Where cost depends on data a part may come to twice the aim, which is the bound: most parts are far from their most.
  const maxLaunchCost = (most > cost ? 2 : 1) * device.maxLaunchCost;
  if (!('first_x' in kernel.params) || most <= maxLaunchCost) return null;
  if ('first_y' in kernel.params) {
    const row = most / height;
    return { x: [width, (width * maxLaunchCost) / row], y: [height, maxLaunchCost / row] };
  }
  const total = width * height; // a folded line; what overshoots its end is idle
  return { x: [total, Math.min((total * maxLaunchCost) / most, maxComputeWorkgroupsPerDimension)], y: [1, 1] };
}

/** How many parts `cut` makes of a launch. */
export function partsOf(launch: Launch, device: Capabilities): number {
  const cuts = cutsOf(launch, device);
  return cuts ? countRanges(...cuts.x) * countRanges(...cuts.y) : 1;
}

/** The launch, or its parts in order; each costs at most `maxLaunchCost` where workgroups allow it. */
export function cut(launch: Launch, device: Capabilities): Launch[] {
  const { kernel, params, cost = 0, most = cost } = launch;
  if (!('first_x' in kernel.params)) return [launch];
  const plane = 'first_y' in kernel.params;
  const part = (x: number, y: number, columns: number, rows: number, share: number): Launch => ({
    ...launch,
    params: { ...params, first_x: x, ...(plane && { first_y: y }) },
    workgroups: [columns, rows, 1],
    cost: cost * share,
    most: most * share,
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
