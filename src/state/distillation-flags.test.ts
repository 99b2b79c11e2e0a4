/** Each fault of distillation is seen where it holds, and not in a run that goes well, nor too early. */
import { expect, it } from 'vitest';
import type { StepMetrics } from '../protocol/training.ts';
import { DISTILLATION_WATCHED } from './distillation-flags.ts';
import { startingSettings } from './presets.ts';
import { redFlags } from './red-flags.ts';

/** A run that goes well; figures by name, of the step's place from 0 to 1. */
function flagsOf(steps: number, figures: Readonly<Record<string, (at: number) => number>> = {}, method = 'distillation'): string[] {
  const well: typeof figures = {
    divergence: (at) => 0.3 - 0.2 * at,
    clipped_share: () => 0.2,
    entropy: () => 0.5,
    teacher_entropy: () => 0.2,
    'completions/mean_length': () => 60,
    'completions/clipped_ratio': () => 0.02,
    ...figures,
  };
  const metrics = Array.from({ length: steps }, (_, i) => {
    const of = Object.entries(well).map(([name, value]) => [name, value(i / Math.max(1, steps - 1))]);
    return { step: i + 1, epoch: 0, loss: 0, ...Object.fromEntries(of) } as StepMetrics;
  });
  return redFlags({ settings: { ...startingSettings, method }, metrics }).map(({ name }) => name);
}

it('a run that goes well has none, however short or long', () => {
  for (const steps of [0, 1, 4, 12, 100]) expect(flagsOf(steps), `${steps} steps`).toEqual([]);
});

it.each<[string, Parameters<typeof flagsOf>[1]]>([
  ['clipped-divergence', { clipped_share: () => 0.95 }],
  ['nothing-to-learn', { divergence: () => 0.0005 }],
  ['growing-divergence', { divergence: (at) => 0.1 + at }],
  ['unsure-teacher', { teacher_entropy: () => 0.8 }],
  ['clipped-answers', { 'completions/clipped_ratio': () => 0.3 }],
  ['length', { 'completions/mean_length': (at) => 60 + 300 * at }],
])('sees %s, once there are enough steps', (name, figures) => {
  expect(flagsOf(30, figures)).toEqual([name]);
  expect(flagsOf(2, figures)).toEqual([]);
  expect(flagsOf(30, figures, 'sft')).toEqual([]);
});

it('the clip is the fault from just above one half on', () => {
  expect(flagsOf(10, { clipped_share: () => 0.5 })).toEqual([]);
  expect(flagsOf(10, { clipped_share: () => 0.51 })).toEqual(['clipped-divergence']);
});

it('says in whole sentences what is healthy and what to do', () => {
  for (const { healthy, mend } of DISTILLATION_WATCHED) expect([healthy, mend].every((text) => text.endsWith('.'))).toBe(true);
});

it('a divergence of which the clip removes most says nothing of what there is to learn', () => {
  expect(flagsOf(30, { divergence: () => -0.04, clipped_share: () => 0.95 })).toEqual(['clipped-divergence']);
});
