import { expect, it } from 'vitest';
import { DEFAULT_CAPABILITIES } from '../../src/engine/graph/op.ts';
import { plan } from '../../src/engine/graph/plan.ts';
import { Trace } from '../../src/engine/graph/trace.ts';
import { matvecBenches, weightBytes } from './matvec.ts';

it.each(matvecBenches.map((bench) => [bench.name, bench] as const))('%s reads at most 0.54 or 2 bytes a weight', (_, bench) => {
  const of = (encoding: 'f32' | 'bf16' | 'mxfp4') => {
    const trace = new Trace({ differentiable: false });
    trace.keep(bench.build(trace, encoding));
    return plan(trace, DEFAULT_CAPABILITIES);
  };
  const planned = of(bench.encoding);
  expect(weightBytes(planned) / bench.weights).toBeLessThanOrEqual(bench.encoding === 'mxfp4' ? 0.54 : 2);
  expect(weightBytes(of('f32')) / bench.weights).toBe(4);
  // The same kernels but for the encoding.
  const bodies = (launches: typeof planned.launches) => [...new Set(launches.map(({ kernel }) => kernel.name.split(' ')[0]))];
  expect(bodies(planned.launches)).toEqual(bodies(of('f32').launches));
});
