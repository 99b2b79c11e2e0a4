/** Against factors that transformers' own schedulers gave (e2e/fixtures/training/schedules.json). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { OptimizerSettings, SchedulerType } from '../../protocol/training.ts';
import { countWarmup, learningRateFactor } from './schedule.ts';

interface Case {
  lr_scheduler_type: SchedulerType;
  lr_scheduler_kwargs: OptimizerSettings['lr_scheduler_kwargs'];
  steps: number;
  warmup: number;
  factors: number[];
}

const fixture = new URL('../../../e2e/fixtures/training/schedules.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(fixture, 'utf8')) as { cases: Case[] };

describe('learningRateFactor', () => {
  it('has goldens of all five schedules', () => {
    expect(new Set(cases.map((golden) => golden.lr_scheduler_type)).size).toBe(5);
  });

  it.each(
    cases.map(
      (golden) =>
        [
          `${golden.lr_scheduler_type} ${JSON.stringify(golden.lr_scheduler_kwargs)} ${golden.steps} steps, ${golden.warmup} of warm-up`,
          golden,
        ] as const,
    ),
  )('%s', (_, golden) => {
    for (const [step, factor] of golden.factors.entries()) {
      expect(Math.abs(learningRateFactor(golden, step, golden.steps, golden.warmup) - factor)).toBeLessThan(1e-15);
    }
  });

  it('is the published recipe: 63 steps, 2 of warm-up, peak 2e-4', () => {
    const recipe = { lr_scheduler_type: 'cosine_with_min_lr', lr_scheduler_kwargs: { min_lr_rate: 0.1 } } as const;
    const rate = (step: number): number => 2e-4 * learningRateFactor(recipe, step, 63, 2);
    expect([0, 1, 2, 3, 30, 61, 62].map((step) => Number(rate(step).toPrecision(5)))).toEqual([
      0, 1e-4, 2e-4, 1.9988e-4, 1.2156e-4, 2.0477e-5, 2.0119e-5,
    ]);
  });

  it('gives the rates that TRL logged over 20 steps', () => {
    const read = (file: string): unknown =>
      JSON.parse(readFileSync(new URL(`../../../e2e/fixtures/training/sft-20/${file}`, import.meta.url), 'utf8'));
    const settings = read('case.json') as OptimizerSettings & { max_steps: number };
    const steps = read('steps.json') as { step: number; learning_rate: number }[];
    expect(steps.length).toBe(20);
    for (const { step, learning_rate } of steps) {
      const factor = learningRateFactor(settings, step - 1, settings.max_steps, countWarmup(settings.max_steps, settings.warmup_steps));
      expect(settings.learning_rate * factor).toBeCloseTo(learning_rate, 15);
    }
  });

  it('asks for the floor it needs', () => {
    expect(() => learningRateFactor({ lr_scheduler_type: 'cosine_with_min_lr', lr_scheduler_kwargs: {} }, 5, 10, 0)).toThrow(
      /needs lr_scheduler_kwargs\.min_lr_rate/,
    );
  });
});

describe('counting steps', () => {
  it('takes warm-up as steps from 1 on and as a share below', () => {
    expect([0, 0.03, 0.5, 1, 2, 9.7].map((warmup) => countWarmup(63, warmup))).toEqual([0, 2, 32, 1, 2, 9]);
  });
});
