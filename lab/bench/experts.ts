/**
 * Suite `experts`: the grouped matmul over MXFP4 at gpt-oss-20b's own widths (32 experts; gate_up 2880 -> 5760, down 2880 -> 2880), forward and
 * transposed, beside our f32 dense matmul of the same shape and the same number of multiply-adds. The ratio is by CPU time, which on a software
 * adapter is the work itself; 0.7 is what we hold it to.
 */
import type { Gpu } from '../../src/engine/gpu/device.ts';
import type { Trace } from '../../src/engine/graph/trace.ts';
import { groupedLinearOp } from '../../src/engine/ops/grouped-linear.ts';
import { groupedLinearTransposedOp } from '../../src/engine/ops/grouped-linear-transposed.ts';
import { linearOp, linearTransposedOp } from '../../src/engine/ops/linear.ts';
import { route } from '../../src/engine/ops/moe-route.ts';
import { timeInTurns } from './measure.ts';

const EXPERTS = 32;
const EACH = 4;
const WIDTH = 2880;

export interface ExpertsBench {
  readonly name: string;
  readonly operations: number;
  readonly experts: (trace: Trace) => void;
  readonly dense: (trace: Trace) => void;
  readonly fill: { readonly chosen: (i: number) => number };
}

export interface ExpertsStats {
  readonly name: string;
  readonly experts_gflops: number;
  readonly dense_gflops: number;
  readonly experts_cpu_milliseconds: number;
  readonly dense_cpu_milliseconds: number;
  /** Dense over experts, by CPU time. */
  readonly ratio: number;
}

export function pair(tokens: number, layer: string, columns: number, direction: 'forward' | 'transposed'): ExpertsBench {
  const slots = tokens * EACH;
  const forward = direction === 'forward';
  const gather = forward && layer === 'gate_up';
  return {
    name: `${layer} ${direction}, ${tokens} tokens x ${EACH} of ${EXPERTS} experts [${columns}, ${WIDTH}]`,
    operations: 2 * slots * WIDTH * columns,
    fill: even,
    experts: (trace) => {
      const plan = route(trace, trace.input('chosen', [tokens, EACH], 'u32'), EXPERTS);
      const weight = trace.weight('w_blocks', [EXPERTS, columns, WIDTH / 32, 16], 'u8');
      const scales = trace.weight('w_scales', [EXPERTS, columns, WIDTH / 32], 'u8');
      const x = trace.input('x', [gather ? tokens : slots, forward ? WIDTH : columns]);
      const inputs = { x, weight, scales, route: plan.map };
      const attrs = { route: plan.shape, gather, scale: 1 };
      trace.keep(forward ? trace.emit(groupedLinearOp, inputs, attrs).y : trace.emit(groupedLinearTransposedOp, inputs, attrs).y);
    },
    dense: (trace) => {
      const inputs = { x: trace.input('x', [slots, forward ? WIDTH : columns]), weight: trace.weight('w', [columns, WIDTH], 'f32') };
      trace.keep(forward ? trace.emit(linearOp, inputs, { scale: 1 }).y : trace.emit(linearTransposedOp, inputs, { scale: 1 }).y);
    },
  };
}

/** Different experts for a token, spread evenly over all. */
export const even = { chosen: (i: number): number => (Math.floor(i / EACH) * 5 + (i % EACH)) % EXPERTS };
/** As uneven as chance makes them: tiles of 8 slots that are partly filled cost as much as full ones. */
const uneven = { chosen: (i: number): number => ((Math.imul(Math.floor(i / EACH) + 1, 0x9e3779b1) >>> 13) + (i % EACH) * 7) % EXPERTS };

const chance = pair(128, 'gate_up', 2 * WIDTH, 'forward');

export const expertsBenches: readonly ExpertsBench[] = [
  ...[128, 512].flatMap((tokens) =>
    (['forward', 'transposed'] as const).flatMap((direction) => [
      pair(tokens, 'gate_up', 2 * WIDTH, direction),
      pair(tokens, 'down', WIDTH, direction),
    ]),
  ),
  { ...chance, name: `${chance.name}, loads by chance`, fill: uneven },
];

export async function benchExperts(gpu: Gpu, note: (text: string) => void, benches = expertsBenches): Promise<ExpertsStats[]> {
  const stats: ExpertsStats[] = [];
  for (const { name, operations, experts, dense, fill } of benches) {
    const [ours, plain] = await timeInTurns(gpu, { build: experts, fill }, { build: dense });
    const rate = (milliseconds: number): number => Math.round(operations / milliseconds / 1e4) / 100;
    const ratio = plain.cpu_milliseconds / ours.cpu_milliseconds;
    stats.push({
      name,
      experts_gflops: rate(ours.milliseconds),
      dense_gflops: rate(plain.milliseconds),
      experts_cpu_milliseconds: ours.cpu_milliseconds,
      dense_cpu_milliseconds: plain.cpu_milliseconds,
      ratio,
    });
    note(`${name}: ${stats.at(-1)!.experts_gflops} GFLOP/s, dense ${stats.at(-1)!.dense_gflops}, ratio by CPU time ${ratio.toFixed(2)}`);
  }
  return stats;
}
