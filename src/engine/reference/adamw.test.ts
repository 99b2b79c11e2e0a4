/** The twins of clipping and AdamW, step by step, against torch in float64. */
import { expect, it } from 'vitest';
import { golden } from '../../../e2e/fixtures/optimizer/golden.ts';
import type { Tensor } from '../graph/tensor.ts';
import { Trace } from '../graph/trace.ts';
import { adamw, adamwHyper } from '../ops/adamw.ts';
import { gradientNorm } from '../ops/gradient-norm.ts';
import { interpret } from './interpret.ts';
import { difference } from './self-test.ts';
import { type Array64, zeros } from './twin.ts';

it('follows torch.optim.AdamW', () => {
  const n = golden.start.length;
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
  const array = (data: readonly number[]): Array64 => ({ shape: [data.length], data: Float64Array.from(data) });
  const values = new Map<Tensor, Array64>([
    [arenas.param, array(golden.start)],
    [arenas.m, zeros([n])],
    [arenas.v, zeros([n])],
  ]);
  golden.float64.forEach((step, i) => {
    values.set(arenas.gradient, array(golden.gradients[i]!));
    values.set(hyper, array(adamwHyper({ ...golden.settings, learning_rate: golden.learning_rates[i]! }, i + 1)));
    interpret(trace.nodes, values);
    expect(values.get(norm)!.data[0]).toBeCloseTo(step.grad_norm, 12);
    for (const name of ['param', 'm', 'v'] as const) {
      expect(difference(values.get(arenas[name])!, array(step[name])), `${name} after step ${i + 1}`).toBeLessThanOrEqual(1e-12);
    }
    expect(values.get(arenas.gradient)!.data.every((g) => g === 0)).toBe(true);
  });
});
