/**
 * The gradient of the divergence against central differences of the divergence itself, in float64; its values in the cases that have a plain answer; and
 * the sampled token, whose log-ratio is held constant.
 */
import { describe, expect, it } from 'vitest';
import type { DivergenceAttrs } from '../ops/divergence.ts';
import { FIGURES } from '../ops/divergence.ts';
import { divergenceTwin } from './divergence.ts';
import { fill } from './fill.ts';
import type { Array64, Case } from './twin.ts';

const STEP = 1e-6;
const of = (data: readonly number[], shape = [data.length]): Array64 => ({ shape, data: Float64Array.from(data) });
const plain: DivergenceAttrs = { beta: 0, clip: null, top_k: 0, top_k_of: 'teacher', tail: false, sampled: false };

function arrays(c: Case): Record<string, Array64> {
  return Object.fromEntries(Object.entries(c.inputs).map(([name, input]) => [name, fill(input, `${c.title} ${name}`)]));
}

const cases = divergenceTwin.cases.filter(
  ({ attrs, inputs }) => !(attrs as unknown as DivergenceAttrs).sampled && inputs.logits!.shape[1]! < 100,
);
// Where values tie at the border of the k largest, a step changes which are taken.
const smooth = cases.filter(({ title }) => !title.startsWith('k of ties'));

describe('the gradient', () => {
  it.each(smooth.map((c) => [c.title, c] as const))('%s', (_title, c) => {
    const given = arrays(c);
    const { weight, logits } = given as { weight: Array64; logits: Array64 };
    const loss = (): number => {
      const { figures } = divergenceTwin.run(given, c.attrs, {});
      return weight.data.reduce((sum, w, r) => sum + w * figures!.data[r * FIGURES]!, 0);
    };
    const { dlogits } = divergenceTwin.run(given, c.attrs, {});
    const scale = dlogits!.data.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-3);
    for (let i = 0; i < logits.data.length; i += 3) {
      const kept = logits.data[i]!;
      logits.data[i] = kept + STEP;
      const above = loss();
      logits.data[i] = kept - STEP;
      const below = loss();
      logits.data[i] = kept;
      expect(Math.abs((above - below) / (2 * STEP) - dlogits!.data[i]!) / scale, `entry ${i}`).toBeLessThanOrEqual(1e-6);
    }
  });

  it('of the sampled token is the log-ratio times that of its log-probability', () => {
    const given = { logits: of([0, 1, 2], [1, 3]), teacher: of([1, 1, 0], [1, 3]), labels: of([1]), weight: of([2]) };
    const { dlogits, figures } = divergenceTwin.run(given, { ...plain, sampled: true }, {});
    const total = 1 + Math.E + Math.E ** 2;
    const [student, teacher] = [1 - Math.log(total), 1 - Math.log(2 * Math.E + 1)];
    const p = [1 / total, Math.E / total, Math.E ** 2 / total];
    for (const [j, own] of p.entries()) expect(dlogits!.data[j]).toBeCloseTo(2 * (student - teacher) * (Number(j === 1) - own), 12);
    expect(figures!.data[0]).toBeCloseTo(-(teacher - student) * student, 12);
  });
});

describe('the divergence', () => {
  const [p, q] = [0.8, 0.3]; // of the first of two entries: student, teacher
  const given = {
    logits: of([Math.log(p), Math.log(1 - p)], [1, 2]),
    teacher: of([Math.log(q), Math.log(1 - q)], [1, 2]),
    labels: of([1]),
    weight: of([1]),
  };
  const figures = (attrs: Partial<DivergenceAttrs>) => divergenceTwin.run(given, { ...plain, ...attrs }, {}).figures!.data;
  const kl = (a: number, b: number): number => a * Math.log(a / b) + (1 - a) * Math.log((1 - a) / (1 - b));

  it('is the forward KL at beta 0, the reverse KL at 1, and between the one of both to their mixture', () => {
    expect(figures({ beta: 0 })[0]).toBeCloseTo(kl(q, p), 12);
    expect(figures({ beta: 1 })[0]).toBeCloseTo(kl(p, q), 12);
    const m = 0.7 * p + 0.3 * q;
    expect(figures({ beta: 0.3 })[0]).toBeCloseTo(0.3 * kl(q, m) + 0.7 * kl(p, m), 12);
  });

  it('is cut entry by entry, and negative entries stay', () => {
    const [first, second] = [q * Math.log(q / p), (1 - q) * Math.log((1 - q) / (1 - p))];
    const [divergence, unclipped, clipped, positive] = figures({ clip: 0.05 });
    expect(first).toBeLessThan(0);
    expect(divergence).toBeCloseTo(first + 0.05, 12);
    expect([unclipped, clipped, positive]).toEqual([first + second, second - 0.05, second].map((v) => expect.closeTo(v, 12)));
  });

  it('names the label as the teacher would, or not', () => {
    expect(figures({})[6]).toBe(1);
    expect(divergenceTwin.run({ ...given, labels: of([0]) }, plain, {}).figures!.data[6]).toBe(0);
  });
});
