import { expect, it } from 'vitest';
import { growthOf, type StepStats } from './scale.ts';

const step = (tokens: number, cpu_seconds: number, attention_cpu_seconds: number): StepStats => ({
  tokens,
  seconds: cpu_seconds / 2,
  cpu_seconds,
  attention_cpu_seconds,
  dispatches: 1,
  submits: null,
});

it('tells growth with the square of attention from the rest', () => {
  const { whole, without_attention } = growthOf(step(128, 11, 1), step(512, 56, 16));
  expect(whole).toBeCloseTo(56 / 44);
  expect(without_attention).toBe(1);
});
