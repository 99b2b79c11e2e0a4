/**
 * `npm run check:scale -- divergence`: a student's and a teacher's logits under gpt-oss-20b's own head, [201088, 2880] in bf16 on WebGPU's default limits, in two
 * chunks of rows; divergences and gradient against float64 at rows of both chunks.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Figure, said } from '../../e2e/parity/scale-support.ts';
import { Gpu } from '../../src/engine/gpu/device.ts';
import type { Tensor } from '../../src/engine/graph/tensor.ts';
import { Trace } from '../../src/engine/graph/trace.ts';
import { type DivergenceAttrs, divergenceSums, FIGURES, headDivergence } from '../../src/engine/ops/divergence.ts';
import { divergenceTwin } from '../../src/engine/reference/divergence.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { Random } from '../../src/lib/random.ts';
import { eachRow, headOf, logitsOf, ROWS, runOnHead, VOCABULARY, WIDTH } from './wide-head.ts';

const BOUND = 1e-5;
/** Logits of this head have a deviation of about 2; so they have one of 3. */
const SCALE = 1.5;

const random = new Random('divergence');
const hidden = Float32Array.from({ length: ROWS * WIDTH }, () => random.normal());
/** Near the student, as teachers are. */
const teacher = hidden.map((x) => 0.9 * x + 0.4 * random.normal());
const rows = [0, 5, 63, 64, 65];
const labels = Int32Array.from({ length: ROWS }, (_, row) => (rows.includes(row) ? random.below(VOCABULARY) : -100));
const weight = Float32Array.from({ length: ROWS }, () => 1 / rows.length);

let gpu: Gpu;
let logits: Float64Array;
let other: Float64Array;
beforeAll(async () => {
  gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
  // Both in one walk over the head, which takes most of the time.
  const both = logitsOf(Float32Array.from([...hidden, ...teacher]), [...rows, ...rows.map((row) => ROWS + row)]);
  const scaled = both.map((row) => row.map((z) => z * SCALE));
  [logits, other] = [scaled.slice(0, rows.length), scaled.slice(rows.length)].map(joined) as [Float64Array, Float64Array];
}, 1_800_000);
afterAll(() => gpu.device.destroy());

const full: DivergenceAttrs = { beta: 0, clip: null, top_k: 0, top_k_of: 'teacher', tail: false, sampled: false };

it.each([
  ['beta 0.5, entries cut', { ...full, beta: 0.5, clip: 0.002 }],
  ["the teacher's 100 largest and a tail", { ...full, top_k: 100, tail: true }],
])('%s: divergences and gradient are those of float64', async (_title, attrs) => {
  const want = inFloat64(attrs);
  const got = await onGpu(attrs);
  const off = (of: readonly number[], at: (i: number) => number): number =>
    of.reduce((most, w, i) => Math.max(most, Math.abs(at(i) - w)), 0);
  const largest = (of: readonly number[]): number => of.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
  const gradient = want.gradients.flatMap((own) => [...own]);
  const [divergence, made] = [got.get('divergence')!, got.get('gradient')!];
  const figures: Figure[] = [
    { what: 'divergence of a row', value: off(want.divergences, (i) => divergence[rows[i]!]!) / largest(want.divergences), bound: BOUND },
    {
      what: 'gradient of the last hidden states',
      value: off(gradient, (i) => made[rows[Math.floor(i / WIDTH)]! * WIDTH + (i % WIDTH)]!) / largest(gradient),
      bound: BOUND,
    },
  ];
  console.log(figures.map(said).join('\n'));
  for (const { what, value, bound } of figures) expect(value, what).toBeLessThanOrEqual(bound);
  expect(largest(want.divergences)).toBeGreaterThan(0.1);
});

function joined(parts: readonly Float64Array[]): Float64Array {
  const whole = new Float64Array(parts.length * VOCABULARY);
  for (const [i, part] of parts.entries()) whole.set(part, i * VOCABULARY);
  return whole;
}

function onGpu(attrs: DivergenceAttrs): Promise<Map<string, Float32Array>> {
  const trace = new Trace();
  const given = {
    hidden: trace.input('hidden', [ROWS, WIDTH]),
    teacher: trace.input('teacher', [ROWS, WIDTH]),
    labels: trace.input('labels', [ROWS], 'i32'),
    weight: trace.input('weight', [ROWS]),
  };
  const { figures, dhidden } = headDivergence(trace, { ...given, head: { weight: headOf(trace) } }, attrs, {
    scale: SCALE,
    gradient: true,
  });
  const row = (name: string) => trace.state(name, [ROWS]);
  const made = { divergence: row('divergence'), logps: row('logps'), teacher_logps: row('teacher_logps') };
  const stats = trace.state('stats', [12]);
  divergenceSums(trace, figures, given.weight, made, stats);
  const inputs = new Map<Tensor, Float32Array | Int32Array>([
    [given.hidden, hidden],
    [given.teacher, teacher],
    [given.labels, labels],
    [given.weight, weight],
  ]);
  return runOnHead(gpu, trace, { inputs, states: [...Object.values(made), stats], gradient: dhidden! });
}

function inFloat64(attrs: DivergenceAttrs): { divergences: number[]; gradients: Float64Array[] } {
  const shape = [rows.length, VOCABULARY];
  const of = (values: Float32Array | Int32Array) => ({ shape: [rows.length], data: Float64Array.from(rows, (row) => values[row]!) });
  const given = { logits: { shape, data: logits }, teacher: { shape, data: other }, labels: of(labels), weight: of(weight) };
  const { figures, dlogits } = divergenceTwin.run(given, attrs, {});
  const gradients = rows.map(() => new Float64Array(WIDTH));
  eachRow((w, v) => {
    for (const [i, gradient] of gradients.entries()) {
      const d = dlogits!.data[i * VOCABULARY + v]! * SCALE;
      for (let c = 0; c < WIDTH; c++) gradient[c]! += d * w[c]!;
    }
  });
  return { divergences: rows.map((_, i) => figures!.data[i * FIGURES]!), gradients };
}
