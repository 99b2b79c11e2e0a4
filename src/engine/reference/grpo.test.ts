/**
 * The roots of GRPO's backward against central differences, in float64: the gradient that the loss gives against its loss, where no weight of a policy is
 * held constant; and the gradient of log-probabilities and entropies against those.
 */
import { describe, expect, it } from 'vitest';
import { fill } from './fill.ts';
import { grpoTwin } from './grpo.ts';
import { logProbsGradientTwin, logProbsTwin } from './log-probs.ts';
import type { Array64, Case } from './twin.ts';

const STEP = 1e-6;

function arrays(c: Case): Record<string, Array64> {
  return Object.fromEntries(Object.entries(c.inputs).map(([name, input]) => [name, fill(input, `${c.title} ${name}`)]));
}

function difference(values: Float64Array, i: number, loss: () => number): number {
  const kept = values[i]!;
  values[i] = kept + STEP;
  const above = loss();
  values[i] = kept - STEP;
  const below = loss();
  values[i] = kept;
  return (above - below) / (2 * STEP);
}

describe('grpo', () => {
  // cispo and vespo hold weights constant that depend on the log-probabilities: those are compared with TRL.
  const differentiable = grpoTwin.cases.filter(({ attrs }) => attrs.policy === 'clip' || attrs.policy === 'sapo');
  it.each(differentiable.map((c) => [c.title, c] as const))('%s', (_title, c) => {
    const given = arrays(c);
    const run = () => grpoTwin.run(given, c.attrs, {});
    const { gradients } = run();
    const scale = gradients!.data.reduce((m, v) => Math.max(m, Math.abs(v)), 1e-3);
    given.logps!.data.forEach((_, t) => {
      const numeric = difference(given.logps!.data, t, () => run().stats!.data[0]!);
      expect(Math.abs(numeric - gradients!.data[2 * t]!) / scale, `token ${t}`).toBeLessThanOrEqual(1e-6);
    });
    given.entropy!.data.forEach((_, t) => {
      const numeric = difference(given.entropy!.data, t, () => run().stats!.data[0]!);
      expect(Math.abs(numeric - gradients!.data[2 * t + 1]!) / scale, `entropy ${t}`).toBeLessThanOrEqual(1e-6);
    });
  });
});

it('log-probs', () => {
  const c = logProbsTwin.cases.find(({ title }) => title.startsWith('three left over'))!;
  const given = arrays(c);
  const gradients = fill({ shape: [3, 2], fill: { kind: 'normal' } }, 'gradients');
  const made = logProbsTwin.run(given, {}, {});
  const { dlogits } = logProbsGradientTwin.run({ ...given, ...made, gradients }, {}, {});
  const loss = (): number => {
    const { logps, entropy } = logProbsTwin.run(given, {}, {});
    return logps!.data.reduce((sum, l, r) => sum + l * gradients.data[2 * r]! + entropy!.data[r]! * gradients.data[2 * r + 1]!, 0);
  };
  for (let i = 0; i < dlogits!.data.length; i += 7) expect(difference(given.logits!.data, i, loss)).toBeCloseTo(dlogits!.data[i]!, 7);
});
