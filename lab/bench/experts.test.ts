import { expect, it } from 'vitest';
import { DEFAULT_CAPABILITIES } from '../../src/engine/graph/op.ts';
import { plan } from '../../src/engine/graph/plan.ts';
import { byteLength } from '../../src/engine/graph/tensor.ts';
import { Trace } from '../../src/engine/graph/trace.ts';
import { expertsBenches } from './experts.ts';

it.each(expertsBenches.map((bench) => [bench.name, bench] as const))(
  '%s: both sides do the same work, within the default limits',
  (_, bench) => {
    const [experts, dense] = [bench.experts, bench.dense].map((build) => {
      const trace = new Trace();
      build(trace);
      return plan(trace, DEFAULT_CAPABILITIES);
    });
    const costs = [experts!, dense!].map(({ launches }) => launches.reduce((n, { cost = 0 }) => n + cost, 0));
    expect(costs[0]).toBeCloseTo(bench.operations / 2, -3);
    expect(costs[1]).toBe(bench.operations / 2);
    for (const { bind } of [...experts!.launches, ...dense!.launches]) {
      for (const b of Object.values(bind)) {
        expect('tensor' in b ? b.bytes : byteLength(b)).toBeLessThanOrEqual(DEFAULT_CAPABILITIES.maxStorageBufferBindingSize);
      }
    }
  },
);

it('routes every token to four different experts, and evenly unless chance is meant', () => {
  for (const { fill, name } of expertsBenches) {
    const loads = new Array<number>(32).fill(0);
    for (let token = 0; token < 128; token++) {
      const chosen = [0, 1, 2, 3].map((k) => fill.chosen(token * 4 + k));
      expect(new Set(chosen).size).toBe(4);
      for (const e of chosen) loads[e]!++;
    }
    expect(Math.max(...loads) - Math.min(...loads) > 1, name).toBe(name.endsWith('chance'));
  }
});
