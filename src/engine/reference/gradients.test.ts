/** Every vjp rule against central differences, in float64. */
import { describe, expect, it } from 'vitest';
import { gradientErrors } from './gradient-check.ts';
import { allTwins } from './index.ts';

/** Rounding has no slope to compare with: that gradients pass it unchanged is tested in ops/int16.test.ts. */
const rounding = ['pack-int16', 'unpack-int16'];
const differentiable = allTwins.filter((t) => t.op.vjp !== undefined && !rounding.includes(t.op.name));

describe.each(differentiable.map((t) => [t.op.name, t] as const))('%s', (_name, twin) => {
  it('has a case that differentiates', () => {
    expect(twin.cases.some((c) => Object.values(c.inputs).some((i) => i.differentiable))).toBe(true);
  });
  it.each(twin.cases.filter((c) => Object.values(c.inputs).some((i) => i.differentiable)).map((c) => [c.title, c] as const))(
    '%s',
    (_title, c) => {
      for (const [input, error] of Object.entries(gradientErrors(twin, c))) expect(error, input).toBeLessThanOrEqual(1e-6);
    },
  );
});
