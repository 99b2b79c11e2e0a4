/**
 * Suite `token`: one decoded token at gpt-oss-20b's shape. Matrices one by one (matvec.ts), then the whole plan of 24 layers with a cache of 4,096
 * tokens: dispatches, the JavaScript that encodes and submits them, and the time until the adapter is done. The 12 GB of weights are not there: every
 * layer is bound to the buffers of the first, which changes no launch.
 */

import { traceDecode } from '../../engine/generate/programs.ts';
import { Gpu } from '../../engine/gpu/device.ts';
import { Store } from '../../engine/gpu/store.ts';
import { type Capabilities, DEFAULT_CAPABILITIES } from '../../engine/graph/op.ts';
import { bufferSizes } from '../../engine/graph/pieces.ts';
import { type Plan, plan } from '../../engine/graph/plan.ts';
import { Pool, Program } from '../../engine/graph/program.ts';
import type { Tensor } from '../../engine/graph/tensor.ts';
import { parseGptOssConfig } from '../../engine/models/gpt-oss-config.ts';
import { plannedResidents } from '../../engine/models/load.ts';
import { gptOss20b } from '../../lib/known-models.ts';
import { openNodeGpu } from '../adapter.ts';
import { benchMatvec, type MatvecFigures } from './matvec.ts';

const CAPACITY = 4096;
const LENGTH = 2048;
const RUNS = 5;

export interface TokenFigures {
  readonly matvec: readonly MatvecFigures[];
  readonly dispatches: number;
  /** The most of any layer. */
  readonly dispatches_per_layer: number;
  /**
   * Encoding and submitting a token with the plan cached, when it goes out in one submit, as on a GPU: median of the runs, by the clock and as CPU time
   * of the process, which other processes do not lengthen (nothing else of this one runs until the submit).
   */
  readonly javascript_milliseconds: number;
  readonly javascript_cpu_milliseconds: number;
  /** The same in submits of the length that the pace allows on this adapter. A software adapter's threads run beside the later of them. */
  readonly paced: { readonly submits: number; readonly javascript_milliseconds: number; readonly milliseconds: number };
  readonly bytes: number;
}

export async function benchToken(gpu: Gpu, note: (text: string) => void): Promise<TokenFigures> {
  const matvec = await benchMatvec(gpu, note);
  const whole = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
  whole.pace.calibrate(Number.POSITIVE_INFINITY);
  const one = await runToken(whole);
  whole.close();
  const paced = await runToken(gpu);
  const figures = {
    matvec,
    dispatches: one.planned.launches.length,
    dispatches_per_layer: Math.max(...dispatchesByLayer(one.planned)),
    javascript_milliseconds: one.script,
    javascript_cpu_milliseconds: one.cpu,
    paced: { submits: paced.submits, javascript_milliseconds: paced.script, milliseconds: paced.whole },
    bytes: one.bytes,
  };
  note(
    `a token: ${figures.dispatches} dispatches, at most ${figures.dispatches_per_layer} a layer, ${one.script.toFixed(2)} ms of JavaScript (${one.cpu.toFixed(2)} ms CPU); in ${paced.submits} submits ${paced.script.toFixed(2)} ms, ${(paced.whole / 1000).toFixed(2)} s until the adapter is done`,
  );
  return figures;
}

/** Milliseconds of JavaScript, by the clock and by CPU, and in all: medians of the runs after one that warms up. */
async function runToken(gpu: Gpu) {
  const planned = decodePlan({ ...DEFAULT_CAPABILITIES, maxLaunchCost: gpu.pace.launchCost });
  const store = new Store(gpu);
  try {
    const pool = new Pool(store, 'token');
    shareBuffers(store, planned);
    pool.reserve([planned.slots]);
    const program = await Program.build(store, planned, pool);
    const script: number[] = [];
    const cpu: number[] = [];
    const whole: number[] = [];
    const submits: number[] = [];
    for (let i = 0; i <= RUNS; i++) {
      store.write('ask.lengths', Uint32Array.of(LENGTH));
      await gpu.idle();
      const before = gpu.counters.submits;
      const used = process.cpuUsage();
      const began = performance.now();
      program.run();
      script.push(performance.now() - began);
      const { user, system } = process.cpuUsage(used);
      cpu.push((user + system) / 1000);
      await gpu.idle();
      whole.push(performance.now() - began);
      submits.push(gpu.counters.submits - before);
    }
    const median = (values: readonly number[]): number => values.slice(1).sort((a, b) => a - b)[RUNS >> 1]!;
    return { planned, script: median(script), cpu: median(cpu), whole: median(whole), submits: median(submits), bytes: store.bytes() };
  } finally {
    store.free(() => true);
  }
}

export function decodePlan(capabilities: Capabilities): Plan {
  const config = parseGptOssConfig(gptOss20b, 'openai/gpt-oss-20b');
  const session = { config, residents: plannedResidents(config) };
  const shape = { rows: 1, capacity: CAPACITY, steps: 128 };
  return plan(traceDecode({ session, shape, adapter: null, vocabulary_with_text: 200_019 }), capabilities);
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
