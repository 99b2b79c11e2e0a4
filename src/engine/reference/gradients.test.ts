/** Every vjp rule against central differences, in float64. */
import { describe, expect, it } from 'vitest';
import { gradientErrors } from './gradient-check.ts';
import { allTwins } from './index.ts';

const differentiable = allTwins.filter((t) => t.op.vjp !== undefined);

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
