/** The kernels of clipping and AdamW, step by step, against torch; and that a broken gradient leaves the parameters alone. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { golden } from '../../../e2e/fixtures/optimizer/golden.ts';
import { openNodeGpu } from '../../headless/adapter.ts';
import { Gpu } from '../gpu/device.ts';
import { Store } from '../gpu/store.ts';
import { DEFAULT_CAPABILITIES } from '../graph/op.ts';
import { plan } from '../graph/plan.ts';
import { Pool, Program } from '../graph/program.ts';
import { Trace } from '../graph/trace.ts';
import { adamw, adamwHyper } from '../ops/adamw.ts';
import { gradientNorm } from '../ops/gradient-norm.ts';
import { fromBytes } from './fill.ts';
import { difference } from './self-test.ts';

const n = golden.start.length;
let gpu: Gpu;
let store: Store;
let program: Program;

beforeAll(async () => {
  gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
  store = new Store(gpu);
  const trace = new Trace();
  const arenas = {
    param: trace.state('param', [n]),
    gradient: trace.state('gradient', [n]),
    m: trace.state('m', [n]),
    v: trace.state('v', [n]),
  };
  const [norm, hyper] = [trace.state('norm', [2]), trace.input('hyper', [8])];
  gradientNorm(trace, arenas.gradient, hyper, norm);
  adamw(trace, arenas, norm, hyper);
  for (const t of trace.persistent.values()) store.create(t.name, t.shape[0]! * 4, 'optimizer');
  const planned = plan(trace, DEFAULT_CAPABILITIES);
  const pool = new Pool(store, 'step');
  pool.reserve([planned.slots]);
  program = await Program.build(store, planned, pool);
});
afterAll(() => gpu.device.destroy());

async function read(name: string, length = n): Promise<Float64Array> {
  return fromBytes(await store.read(name), 'f32', [length]).data;
}

async function step(gradient: readonly number[], i: number): Promise<void> {
  store.write('gradient', Float32Array.from(gradient));
  store.write('hyper', Float32Array.from(adamwHyper({ ...golden.settings, learning_rate: golden.learning_rates[i]! }, i + 1)));
  program.run();
}

it('follows torch.optim.AdamW', async () => {
  store.write('param', Float32Array.from(golden.start));
  store.clear('m');
  store.clear('v');
  for (const [i, gradient] of golden.gradients.entries()) {
    await step(gradient, i);
    const norm = (await read('norm', 2))[0]!;
    for (const type of ['float64', 'float32'] as const) {
      const want = golden[type][i]!;
      expect(Math.abs(norm / want.grad_norm - 1), `norm of step ${i + 1}`).toBeLessThanOrEqual(1e-6);
      for (const name of ['param', 'm', 'v'] as const) {
        const got = { shape: [n], data: await read(name) };
        expect(difference(got, { shape: [n], data: Float64Array.from(want[name]) }), `${name} after step ${i + 1}`).toBeLessThanOrEqual(
          1e-6,
        );
      }
    }
    expect((await read('gradient')).every((g) => g === 0)).toBe(true);
  }
});

it.each([Number.POSITIVE_INFINITY, Number.NaN, 1e30])('a gradient of %d changes nothing', async (bad) => {
  const before = await Promise.all([read('param'), read('m'), read('v')]);
  await step([...golden.gradients[0]!.slice(1), bad], 0);
  expect(Number.isFinite((await read('norm', 2))[0])).toBe(false);
  expect(await Promise.all([read('param'), read('m'), read('v')])).toEqual(before);
  expect((await read('gradient')).every((g) => g === 0)).toBe(true);
});
