/**
 * `npm run check:scale -- head`: the chunked head and loss at gpt-oss-20b's own size, lm_head [201088, 2880] in bf16 (1.16 GB) on WebGPU's default
 * limits, so that rows come in several buffers and logits in two chunks; loss and gradient against float64 at rows of both chunks.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Figure, said } from '../../e2e/parity/scale-support.ts';
import { Gpu } from '../../src/engine/gpu/device.ts';
import { Trace } from '../../src/engine/graph/trace.ts';
import { chunkedHead } from '../../src/engine/ops/chunked-head.ts';
import { crossEntropyLoss, lossSums } from '../../src/engine/ops/cross-entropy.ts';
import { openNodeGpu } from '../../src/headless/adapter.ts';
import { Random } from '../../src/lib/random.ts';
import { eachRow, headOf, logitsOf, ROWS, runOnHead, VOCABULARY, WIDTH } from './wide-head.ts';

const BOUND = 1e-5;

const random = new Random('head');
const hidden = Float32Array.from({ length: ROWS * WIDTH }, () => random.normal());
const labels = Int32Array.from({ length: ROWS }, (_, i) => (i % 7 === 5 ? -100 : random.below(VOCABULARY)));
labels[64] = VOCABULARY - 1;
const count = labels.filter((l) => l >= 0).length;

let gpu: Gpu;
beforeAll(async () => {
  gpu = await Gpu.open(await openNodeGpu(), { defaultLimits: true });
});
afterAll(() => gpu.device.destroy());

it('loss and gradient are those of float64', async () => {
  const rows = [0, 1, 5, 63, 64, 65];
  const want = inFloat64(rows);
  const { metrics, gradient } = await onGpu(rows);
  const wanted = want.reduce((sum, { nll }) => sum + nll, 0);
  const all = want.flatMap(({ row, gradient }) => [...gradient].map((w, c) => ({ w, got: row * WIDTH + c })));
  const largest = all.reduce((most, { w }) => Math.max(most, Math.abs(w)), 0);
  const off = all.reduce((most, { w, got }) => Math.max(most, Math.abs(gradient[got]! - w)), 0);
  const figures: Figure[] = [
    { what: 'sum of losses', value: Math.abs(metrics[0]! - wanted) / wanted, bound: BOUND },
    { what: 'gradient of the last hidden states', value: off / largest, bound: BOUND },
  ];
  console.log(figures.map(said).join('\n'));
  for (const { what, value, bound } of figures) expect(value, what).toBeLessThanOrEqual(bound);
  expect(metrics[3]).toBe(rows.filter((row) => labels[row]! >= 0).length);
});

/** Rows that are not in `only` have no label. */
async function onGpu(only: readonly number[]): Promise<{ metrics: Float32Array; gradient: Float32Array }> {
  const trace = new Trace();
  const weight = headOf(trace);
  const inputs = [trace.input('hidden', [ROWS, WIDTH]), trace.input('labels', [ROWS], 'i32'), trace.input('inverse_count', [1])] as const;
  const metrics = trace.state('metrics', [8]);
  const [last, labelled, inverse_count] = inputs;
  const { dhidden, stats } = chunkedHead(trace, last, { weight }, crossEntropyLoss.nll, { labels: labelled, inverse_count });
  lossSums(trace, { loss: stats.loss!, correct: stats.correct!, entropy: stats.entropy!, labels: labelled }, metrics);
  const values = new Map<(typeof inputs)[number], Float32Array | Int32Array>([
    [last, hidden],
    [labelled, labels.map((label, row) => (only.includes(row) ? label : -100))],
    [inverse_count, Float32Array.of(1 / count)],
  ]);
  const out = await runOnHead(gpu, trace, { inputs: values, states: [metrics], gradient: dhidden });
  return { metrics: out.get('metrics')!, gradient: out.get('gradient')! };
}

/** nll of each row, and its gradient (softmax - onehot) W / count, [WIDTH]; zeros where there is no label. */
function inFloat64(rows: readonly number[]): { row: number; nll: number; gradient: Float64Array }[] {
  const logits = logitsOf(hidden, rows);
  const most = logits.map((row) => row.reduce((a, b) => Math.max(a, b)));
  const totals = logits.map((row, i) => row.reduce((sum, z) => sum + Math.exp(z - most[i]!), 0));
  const gradients = rows.map(() => new Float64Array(WIDTH));
  eachRow((w, v) => {
    for (const [i, row] of rows.entries()) {
      if (labels[row]! < 0) continue;
      const d = (Math.exp(logits[i]![v]! - most[i]!) / totals[i]! - (v === labels[row]! ? 1 : 0)) / count;
      const gradient = gradients[i]!;
      for (let c = 0; c < WIDTH; c++) gradient[c]! += d * w[c]!;
    }
  });
  return rows.map((row, i) => {
    const nll = labels[row]! < 0 ? 0 : most[i]! + Math.log(totals[i]!) - logits[i]![labels[row]!]!;
    return { row, nll, gradient: gradients[i]! };
  });
}
