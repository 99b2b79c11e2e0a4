/**
 * What the GPU draws, against the exact distributions by transformers' processors: chi-square over 64 rows that differ by their salt alone,
 * 100 steps each, the counter moved on by `advance`. Seeds are fixed, so the outcome is too; a bound of one in a thousand per setting is
 * asserted, and that the same draws would not pass for a neighbouring setting.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { count, deviation, ONE_IN_A_THOUSAND } from '../../../e2e/fixtures/sampling/chi-square.ts';
import { golden } from '../../../e2e/fixtures/sampling/golden.ts';
import { openNodeGpu } from '../../headless/adapter.ts';
import { Gpu } from '../gpu/device.ts';
import { Store } from '../gpu/store.ts';
import { DEFAULT_CAPABILITIES } from '../graph/op.ts';
import { plan } from '../graph/plan.ts';
import { Pool, Program } from '../graph/program.ts';
import { byteLength } from '../graph/tensor.ts';
import { Trace } from '../graph/trace.ts';
import { advance, type DecodeState, stopParams } from '../ops/advance.ts';
import { type RowSampling, sample, samplingParams } from '../ops/sample.ts';

const ROWS = 64;
const STEPS = 100;
const vocabulary = golden.logits.length;
let gpu: Gpu;
let store: Store;
let program: Program;

beforeAll(async () => {
  gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
  store = new Store(gpu);
  const trace = new Trace();
  const row = (name: string) => trace.state(name, [ROWS], 'u32');
  const state: DecodeState = {
    ids: row('ids'),
    positions: row('positions'),
    places: trace.state('places', [ROWS, 4], 'u32'),
    done: row('done'),
    history: trace.state('history', [STEPS, ROWS], 'u32'),
    step: trace.state('step', [1], 'u32'),
  };
  const logits = trace.input('logits', [ROWS, vocabulary]);
  const sampling = trace.input('sampling', [ROWS, 8], 'u32');
  const attrs = { vocabulary_with_text: golden.vocabulary_with_text };
  const next_id = sample(trace, { logits, sampling, step: state.step }, attrs);
  advance(trace, { next_id, stops: trace.input('stops', [8 + ROWS], 'u32') }, state, { cache_length: 2 * STEPS, pad: 0 });
  for (const t of trace.persistent.values()) store.create(t.name, byteLength(t), 'cache');
  const planned = plan(trace, DEFAULT_CAPABILITIES);
  const pool = new Pool(store, 'decode');
  pool.reserve([planned.slots]);
  program = await Program.build(store, planned, pool);
  store.write(
    'logits',
    Float32Array.from({ length: ROWS * vocabulary }, (_, i) => golden.logits[i % vocabulary]!),
  );
  store.write('stops', stopParams([], new Array<number>(ROWS).fill(2 * STEPS)));
});
afterAll(() => gpu.device.destroy());

/** All ids drawn, [STEPS, ROWS]. */
async function draw(settings: Omit<RowSampling, 'seed' | 'salt'>, seed: number): Promise<Uint32Array> {
  const rows = Array.from({ length: ROWS }, (_, salt) => ({ ...settings, seed, salt }));
  store.write('sampling', samplingParams(rows));
  for (const name of ['step', 'done', 'positions', 'places']) store.clear(name);
  for (let i = 0; i < STEPS; i++) program.run();
  return new Uint32Array(await store.read('history'));
}

describe('the sampled distribution', () => {
  it.each(golden.cases.map((c, i) => [JSON.stringify(c.settings), c, i] as const))('%s', async (_title, { settings, probabilities }, i) => {
    const counts = count(await draw(settings, 1000 + i), vocabulary);
    expect(counts.reduce((s, c) => s + c, 0)).toBe(ROWS * STEPS);
    expect(deviation(counts, probabilities)).toBeLessThan(ONE_IN_A_THOUSAND);
    const neighbour = golden.cases[(i + 1) % golden.cases.length]!.probabilities;
    expect(deviation(counts, neighbour)).toBeGreaterThan(ONE_IN_A_THOUSAND);
  });

  it('has no memory: pairs of following steps and of neighbouring rows are independent', async () => {
    const { settings, probabilities } = golden.cases[3]!; // top_k 7
    const ids = await draw(settings, 77);
    const kept = [...probabilities.keys()].filter((id) => probabilities[id]! > 0);
    const pairs = kept.flatMap((a) => kept.map((b) => probabilities[a]! * probabilities[b]!));
    const code = (a: number, b: number): number => kept.indexOf(a) * kept.length + kept.indexOf(b);
    const steps: number[] = [];
    const rows: number[] = [];
    ids.forEach((id, at) => {
      const step = Math.floor(at / ROWS);
      if (step % 2 === 0) steps.push(code(id, ids[at + ROWS]!));
      if (at % 2 === 0) rows.push(code(id, ids[at + 1]!));
    });
    expect(deviation(count(steps, pairs.length), pairs)).toBeLessThan(ONE_IN_A_THOUSAND);
    expect(deviation(count(rows, pairs.length), pairs)).toBeLessThan(ONE_IN_A_THOUSAND);
  });

  it('repeats itself for the same seed and not for another', async () => {
    const { settings } = golden.cases[0]!;
    const first = await draw(settings, 5);
    expect(await draw(settings, 5)).toEqual(first);
    expect(await draw(settings, 6)).not.toEqual(first);
  });
});
