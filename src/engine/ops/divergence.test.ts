/** What the divergence needs of a device at gpt-oss-20b's own head: two chunks of logits, however many rows, and one pass over the head for each chunk and way. */
import { expect, it } from 'vitest';
import { overLimits } from '../graph/footprint.ts';
import { DEFAULT_CAPABILITIES } from '../graph/op.ts';
import { plan } from '../graph/plan.ts';
import { Trace } from '../graph/trace.ts';
import { type DivergenceAttrs, headDivergence } from './divergence.ts';

const [VOCABULARY, WIDTH] = [201_088, 2880];
const full: DivergenceAttrs = { beta: 0.5, clip: 0.05, top_k: 0, top_k_of: 'teacher', tail: false, sampled: false };

function planned(rows: number, attrs: DivergenceAttrs, gradient = true) {
  const trace = new Trace();
  const given = {
    hidden: trace.input('hidden', [rows, WIDTH]),
    teacher: trace.input('teacher', [rows, WIDTH]),
    labels: trace.input('labels', [rows], 'i32'),
    weight: trace.input('weight', [rows]),
    head: { weight: trace.weight('lm_head.weight', [VOCABULARY, WIDTH], 'bf16') },
  };
  const { figures, dhidden } = headDivergence(trace, given, attrs, { scale: 1, gradient });
  trace.keep(figures);
  if (dhidden) trace.keep(dhidden);
  return plan(trace, DEFAULT_CAPABILITIES);
}

it.each([
  ['the whole vocabulary', full],
  ["the teacher's k largest", { ...full, top_k: 100, tail: true }],
  ['the sampled token', { ...full, sampled: true }],
])('%s: logits of all rows never exist', (_title, attrs) => {
  const chunk = 64 * VOCABULARY * 4;
  for (const rows of [64, 1024]) {
    const plans = planned(rows, attrs);
    const sizes = plans.slots.map(({ bytes }) => bytes).sort((a, b) => b - a);
    expect(sizes.slice(0, 2)).toEqual([chunk, chunk]);
    expect(sizes.slice(2).reduce((a, b) => a + b, 0)).toBeLessThan(rows * (WIDTH + 9) * 4 + 64 * 129 * 16 + 8192);
    expect(overLimits([plans], DEFAULT_CAPABILITIES)).toEqual([]);
  }
});

it('makes no gradient where none is wanted', () => {
  const [with_, without] = [planned(1024, full), planned(1024, full, false)];
  expect(without.launches.length).toBeLessThan(with_.launches.length);
  expect(without.slots.some(({ bytes }) => bytes === 1024 * WIDTH * 4)).toBe(false);
});
