/**
 * Cutting a launch that would hold the GPU for long into launches that each do part of its workgroups.
 *
 * A kernel that can be cut declares `first_x` (and `first_y` where its grid is a plane) as its last parameters: the workgroups that come before
 * this launch's own. Every workgroup does what it did in the whole launch, so no bit of a result depends on where it was cut, nor whether it was.
 */
import type { Capabilities, Launch } from './op.ts';

/** The launch, or its parts in order; each costs at most `maxLaunchCost` where workgroups allow it. */
export function cut(launch: Launch, { maxLaunchCost, maxComputeWorkgroupsPerDimension }: Capabilities): Launch[] {
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
  if (most <= maxLaunchCost) return [part(0, 0, width, height, 1)];
  if (!plane) {
    const total = width * height; // a folded line; what overshoots its end is idle
    const largest = Math.min((total * maxLaunchCost) / most, maxComputeWorkgroupsPerDimension);
    return ranges(total, largest).map(([from, n]) => part(from, 0, n, 1, n / total));
  }
  const row = most / height;
  const columns = ranges(width, (width * maxLaunchCost) / row);
  return ranges(height, maxLaunchCost / row).flatMap(([y, rows]) =>
    columns.map(([x, n]) => part(x, y, n, rows, (rows * n) / (height * width))),
  );
}

/** `total` in as few ranges [first, count] as keep to `largest` (but hold one), of nearly equal length. */
function ranges(total: number, largest: number): [number, number][] {
  const pieces = Math.ceil(total / Math.max(1, Math.floor(largest)));
  const size = Math.ceil(total / pieces);
  return Array.from({ length: Math.ceil(total / size) }, (_, i) => [i * size, Math.min(size, total - i * size)]);
}
