/**
 * Suite `token`: one decoded token at gpt-oss-20b's shape. Matrices one by one (matvec.ts), then the whole plan of 24 layers with a cache of 4,096
 * tokens: dispatches, the JavaScript that encodes and submits them, and the time until the adapter is done. The 12 GB of weights are not there: every
 * layer is bound to the buffers of the first, which changes no launch.
 */

import { ASKING, traceDecode } from '../../src/engine/generate/programs.ts';
import { Gpu } from '../../src/engine/gpu/device.ts';
import { Store } from '../../src/engine/gpu/store.ts';
import { type Capabilities, DEFAULT_CAPABILITIES } from '../../src/engine/graph/op.ts';
import { bufferSizes } from '../../src/engine/graph/pieces.ts';
import { type Plan, plan } from '../../src/engine/graph/plan.ts';
import { Pool, Program } from '../../src/engine/graph/program.ts';
import type { Tensor } from '../../src/engine/graph/tensor.ts';
import { gptOss } from '../../src/engine/models/gpt-oss.ts';
import { plannedWeights } from '../../src/engine/models/tensors.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { gptOss20b } from '../../src/lib/known-models.ts';
import { benchMatvec, type MatvecStats } from './matvec.ts';

const CAPACITY = 4096;
const LENGTH = 2048;

export interface TokenStats {
  readonly matvec: readonly MatvecStats[];
  readonly dispatches: number;
  /** The most of any layer. */
  readonly dispatches_per_layer: number;
  /**
   * Encoding and submitting a token with the plan cached, in one submit: median by the clock, and as CPU time of the process, which other processes
   * lengthen less. What is encoded is the plan with a single workgroup a launch, so that the threads of a software adapter are not in the way.
   */
  readonly javascript_milliseconds: number;
  readonly javascript_cpu_milliseconds: number;
  /** The plan as it is, in submits of the length that the pace allows on this adapter. */
  readonly submits: number;
  readonly milliseconds: number;
  readonly bytes: number;
}

export async function benchToken(gpu: Gpu, note: (text: string) => void): Promise<TokenStats> {
  const matvec = await benchMatvec(gpu, note);
  const whole = decodePlan(DEFAULT_CAPABILITIES);
  const idle = { ...whole, launches: whole.launches.map((launch) => ({ ...launch, workgroups: [1, 1, 1] as const })) };
  const other = await Gpu.open(await openNodeGpu(), { defaultLimits: true }); // with a pace of its own, which sees no reason to split
  other.pace.calibrate(Number.POSITIVE_INFINITY);
  const script = await runToken(other, idle, 100);
  other.close();
  const adapter = await runToken(gpu, decodePlan({ ...DEFAULT_CAPABILITIES, maxLaunchCost: gpu.pace.launchCost }), 3);
  const stats = {
    matvec,
    dispatches: whole.dispatches,
    dispatches_per_layer: Math.max(...dispatchesByLayer(whole)),
    javascript_milliseconds: script.encoded,
    javascript_cpu_milliseconds: script.cpu,
    submits: adapter.submits,
    milliseconds: adapter.done,
    bytes: adapter.bytes,
  };
  note(
    `a token: ${stats.dispatches} dispatches, at most ${stats.dispatches_per_layer} a layer, ${script.encoded.toFixed(2)} ms of JavaScript (${script.cpu.toFixed(2)} ms CPU); ${(adapter.done / 1000).toFixed(2)} s on this adapter in ${adapter.submits} submits`,
  );
  return stats;
}

/** Medians of the runs, after as many again that warm up, at most ten: milliseconds by the clock and of CPU until submitted, by the clock until done. */
async function runToken(gpu: Gpu, planned: Plan, runs: number) {
  const store = new Store(gpu);
  shareBuffers(store, planned);
  const pool = new Pool(store, 'token');
  pool.reserve([planned.slots]);
  const program = await Program.build(store, planned, pool);
  const times = { encoded: [] as number[], cpu: [] as number[], done: [] as number[], submits: [] as number[] };
  for (let i = -Math.min(10, runs); i < runs; i++) {
    store.write('ask.places', Uint32Array.of(LENGTH, 0, 0, 0));
    await gpu.idle();
    const before = gpu.counters.submits;
    const used = process.cpuUsage();
    const began = performance.now();
    program.run();
    const encoded = performance.now() - began;
    const { user, system } = process.cpuUsage(used);
    await gpu.idle();
    if (i < 0) continue;
    times.encoded.push(encoded);
    times.cpu.push((user + system) / 1000);
    times.done.push(performance.now() - began);
    times.submits.push(gpu.counters.submits - before);
  }
  const bytes = store.bytes();
  store.free(() => true);
  const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[runs >> 1]!;
  return { encoded: median(times.encoded), cpu: median(times.cpu), done: median(times.done), submits: median(times.submits), bytes };
}

export function decodePlan(capabilities: Capabilities): Plan {
  const config = gptOss.parse(gptOss20b, 'openai/gpt-oss-20b');
  const session = { config, weights: plannedWeights(config) };
  const shape = { rows: 1, capacity: CAPACITY, steps: 128, shared: 0 };
  return plan(traceDecode({ session, shape, adapter: null, vocabulary_with_text: 200_019, prefix: ASKING }), capabilities);
}

export function dispatchesByLayer({ nodes }: Plan): number[] {
  const counts: number[] = [];
  for (const node of nodes) {
    const [layer] = node.blocks;
    if (layer !== undefined) counts[layer] = (counts[layer] ?? 0) + node.op.lower(node, DEFAULT_CAPABILITIES).length;
  }
  return counts;
}

/** Buffers for what the plan binds; of layers that differ in number alone, the first one's. */
function shareBuffers(store: Store, { persistent }: Plan): void {
  for (const tensor of persistent) {
    const first = tensor.name.replace(/^(model\.layers|ask\.cache)\.\d+/, '$1.0');
    if (!store.has(first)) store.createParts(first, bufferSizes(tensor, DEFAULT_CAPABILITIES, first), classOf(tensor));
    if (first !== tensor.name) store.rename(tensor.name, first);
  }
}

function classOf({ role, name }: Tensor): 'weights' | 'cache' | 'inputs' {
  if (role === 'weight') return 'weights';
  return name.startsWith('ask.cache') ? 'cache' : 'inputs';
}
