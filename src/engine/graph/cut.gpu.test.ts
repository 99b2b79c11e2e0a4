/** Cut launches give the very bits of whole ones: every kernel that can be cut (in one weight encoding), in cases that do cut it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openNodeGpu } from '../../headless/adapter.ts';
import { Gpu } from '../gpu/device.ts';
import { Store } from '../gpu/store.ts';
import { kernels } from '../kernels/index.ts';
import { toBytes } from '../reference/fill.ts';
import { allTwins } from '../reference/index.ts';
import { traceCase } from '../reference/self-test.ts';
import type { Case, Twin } from '../reference/twin.ts';
import { DEFAULT_CAPABILITIES } from './op.ts';
import { cutLaunches, plan } from './plan.ts';
import { Pool, Program } from './program.ts';
import { byteLength } from './tensor.ts';

/** So little that most launches end up as single workgroups. */
const tiny = { ...DEFAULT_CAPABILITIES, maxLaunchCost: 64 };

let gpu: Gpu;
beforeAll(async () => {
  gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
});
afterAll(() => gpu.device.destroy());

/** A kernel without its weight encoding. */
function bodyOf(name: string): string {
  return name.split(' ')[0]!;
}

/** Kernels of a case that tiny launches cut. */
function cutIn(twin: Twin, c: Case): string[] {
  const { trace } = traceCase(twin, c);
  const of = (capabilities: typeof tiny) => {
    const count = new Map<string, number>();
    for (const { kernel } of cutLaunches(plan(trace, capabilities)).flat())
      count.set(bodyOf(kernel.name), (count.get(bodyOf(kernel.name)) ?? 0) + 1);
    return count;
  };
  const whole = of(DEFAULT_CAPABILITIES);
  return [...of(tiny)].filter(([name, n]) => n > whole.get(name)!).map(([name]) => name);
}

const chosen = new Map<string, { twin: Twin; c: Case }>();
const left = new Set(kernels.filter(({ params }) => 'first_x' in params).map(({ name }) => bodyOf(name)));
for (const twin of allTwins) {
  for (const c of twin.cases) {
    const fresh = cutIn(twin, c).filter((name) => left.delete(name));
    if (fresh.length > 0) chosen.set(`${twin.op.name}: ${c.title}`, { twin, c });
  }
}

async function bytesOf(twin: Twin, c: Case, capabilities: typeof tiny): Promise<Uint8Array[]> {
  const { trace, inputs, outputs } = traceCase(twin, c);
  const store = new Store(gpu);
  const planned = plan(trace, capabilities);
  const pool = new Pool(store, 'case');
  try {
    for (const { tensor, array } of inputs) {
      store.create(tensor.name, byteLength(tensor), 'inputs');
      store.write(tensor.name, toBytes(array, tensor.dtype));
    }
    pool.reserve([planned.slots]);
    const program = await Program.build(store, planned, pool);
    program.run();
    const all: Uint8Array[] = [];
    for (const t of Object.values(outputs)) {
      all.push(new Uint8Array(t.role === 'value' ? await program.read(t) : await store.read(t.name)));
    }
    return all;
  } finally {
    store.free(() => true);
  }
}

it('every kernel that can be cut is cut by a case', () => {
  expect([...left]).toEqual([]);
});

describe.each([...chosen])('%s', (_title, { twin, c }) => {
  it('has the same bits in parts', async () => {
    gpu.device.pushErrorScope('validation');
    const whole = await bytesOf(twin, c, DEFAULT_CAPABILITIES);
    expect(await bytesOf(twin, c, tiny)).toEqual(whole);
    expect(await gpu.device.popErrorScope()).toBeNull();
  });
});
