/** How long submits took, as the device's own timestamps say: what keeps drivers and desktops content. */
import type { Gpu } from '../../src/engine/gpu/device.ts';
import { SUBMIT_SECONDS } from '../../src/engine/gpu/pace.ts';

/** What no submit should take; the pace aims at half of it. */
const BOUND = 2 * SUBMIT_SECONDS * 1000;

export interface SubmitStats {
  readonly measured: number;
  readonly p50_milliseconds: number;
  readonly p95_milliseconds: number;
  readonly max_milliseconds: number;
  readonly bound_milliseconds: number;
  readonly above_bound: number;
  /** By CPU time over wall time while this was measured: below the number of cores, something else had a part of the machine. */
  readonly cores: number;
}

/** Listens until the stats are read, and begins anew each time; null on a device without timestamps, which measures whole runs. */
export function listenToSubmits({ pace, device }: Gpu): () => SubmitStats | null {
  if (!device.features.has('timestamp-query')) return () => null;
  let times: number[] = [];
  let began = performance.now();
  let cpu = process.cpuUsage();
  pace.onMeasured = (submits) => {
    for (const { seconds } of submits) times.push(seconds * 1000);
  };
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    const stats = summarize(times, (user + system) / 1000 / (performance.now() - began));
    times = [];
    began = performance.now();
    cpu = process.cpuUsage();
    return stats;
  };
}

function summarize(times: readonly number[], cores: number): SubmitStats {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
  return {
    measured: sorted.length,
    p50_milliseconds: at(0.5),
    p95_milliseconds: at(0.95),
    max_milliseconds: at(1),
    bound_milliseconds: BOUND,
    above_bound: sorted.filter((time) => time > BOUND).length,
    cores,
  };
}

export function describeSubmits(stats: SubmitStats | null): string {
  if (!stats) return 'submits not measured, for the device has no timestamps';
  const { measured, p50_milliseconds: p50, p95_milliseconds: p95, max_milliseconds: max, above_bound, bound_milliseconds } = stats;
  const numbers = `p50 ${p50.toFixed(1)}, p95 ${p95.toFixed(1)}, max ${max.toFixed(1)} ms`;
  return `${measured} submits: ${numbers}; ${above_bound} above ${bound_milliseconds} ms`;
}
