/** Kernels against their twins, case by case, on the device at hand: the same code serves `npm test` and the page's self-test. */

import type { Gpu } from '../gpu/device.ts';
import { Store } from '../gpu/store.ts';
import { type Capabilities, DEFAULT_CAPABILITIES } from '../graph/op.ts';
import { plan } from '../graph/plan.ts';
import { Pool, Program } from '../graph/program.ts';
import { byteLength, type Tensor } from '../graph/tensor.ts';
import { Trace } from '../graph/trace.ts';
import { fill, fromBytes, toBytes } from './fill.ts';
import { type Array64, type Case, type Twin, zeros } from './twin.ts';

export interface CaseResult {
  readonly op: string;
  readonly title: string;
  readonly kernels: readonly string[];
  /** Largest difference over the largest reference value, worst output. */
  readonly error: number;
  readonly tolerance: number;
  readonly passed: boolean;
}

const TOLERANCE = 1e-5;

interface Traced {
  trace: Trace;
  inputs: { tensor: Tensor; array: Array64 }[];
  outputs: Record<string, Tensor>;
  expected: Record<string, Array64>;
}

/** Traces one case over persistent inputs and runs its twin. */
export function traceCase(twin: Twin, c: Case): Traced {
  const trace = new Trace();
  const inputs: Traced['inputs'] = [];
  const arrays: Record<string, Array64> = {};
  const tensors: Record<string, Tensor> = {};
  for (const [name, input] of Object.entries(c.inputs)) {
    const array = fill(input, `${twin.op.name} ${c.title} ${name}`);
    const tensor = input.differentiable ? trace.trainable(name, input.shape) : trace.input(name, input.shape, input.dtype ?? 'f32');
    inputs.push({ tensor, array });
    arrays[name] = array;
    tensors[name] = tensor;
  }
  const into: Record<string, Tensor> = {};
  const previous: Record<string, Array64> = {};
  for (const [name, input] of Object.entries(c.into ?? {})) {
    const array = fill(input, `${twin.op.name} ${c.title} into ${name}`);
    into[name] = trace.state(`into:${name}`, input.shape, input.dtype ?? 'f32');
    previous[name] = array;
    inputs.push({ tensor: into[name], array });
  }
  const outputs = trace.emit(twin.op, tensors, c.attrs, into) as Record<string, Tensor>;
  for (const t of Object.values(outputs)) if (t.role === 'value') trace.keep(t);
  return { trace, inputs, outputs, expected: twin.run(arrays, c.attrs, previous) };
}

export async function runCase(gpu: Gpu, twin: Twin, c: Case, capabilities: Capabilities = DEFAULT_CAPABILITIES): Promise<CaseResult> {
  const { trace, inputs, outputs, expected } = traceCase(twin, c);
  const store = new Store(gpu);
  const planned = plan(trace, capabilities);
  const pool = new Pool(store, 'case');
  let program: Program | undefined;
  try {
    for (const { tensor, array } of inputs) {
      store.create(tensor.name, byteLength(tensor), 'inputs');
      store.write(tensor.name, toBytes(array, tensor.dtype));
    }
    pool.reserve([planned.slots]);
    program = await Program.build(store, planned, pool);
    program.run();
    let error = 0;
    for (const [name, t] of Object.entries(outputs)) {
      if (twin.scratch?.includes(name)) continue;
      const bytes = t.role === 'value' ? await program.read(t) : await store.read(t.name);
      error = Math.max(error, difference(fromBytes(bytes, t.dtype, t.shape), expected[name] ?? zeros(t.shape)));
    }
    const tolerance = c.tolerance ?? TOLERANCE;
    const kernels = [...new Set(planned.launches.map((l) => l.kernel.name))];
    return { op: twin.op.name, title: c.title, kernels, error, tolerance, passed: error <= tolerance };
  } finally {
    program?.free();
    store.free(() => true);
  }
}

/** Largest |got - want| over the largest |want|; infinite when anything is not a number. */
export function difference(got: Array64, want: Array64): number {
  let worst = 0;
  let scale = 0;
  for (let i = 0; i < want.data.length; i++) {
    const d = Math.abs(got.data[i]! - want.data[i]!);
    if (!(d < Number.POSITIVE_INFINITY)) return Number.POSITIVE_INFINITY;
    worst = Math.max(worst, d);
    scale = Math.max(scale, Math.abs(want.data[i]!));
  }
  return worst / (scale || 1);
}
