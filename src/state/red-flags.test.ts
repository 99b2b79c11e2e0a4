/** Each fault is seen where it holds, and not in a run that goes well, nor too early. */
import { describe, expect, it } from 'vitest';
import type { StepMetrics } from '../protocol/training.ts';
import { startingSettings } from './presets.ts';
import { redFlags, WATCHED } from './red-flags.ts';

const settings = { ...startingSettings, method: 'grpo' };

/** A run of a batch a step that goes well; figures by name, of the step's place from 0 to 1 and its number. */
function flagsOf(steps: number, figures: Readonly<Record<string, (at: number, step: number) => number>> = {}, method = 'grpo'): string[] {
  const well: typeof figures = {
    reward: (at, i) => 0.5 + at + 0.05 * Math.sin(i),
    reward_std: () => 0.3,
    frac_reward_zero_std: () => 0.2,
    'rewards/accuracy/mean': (at, i) => 0.4 + 0.4 * at + 0.05 * Math.cos(i),
    'completions/mean_length': () => 60,
    'completions/clipped_ratio': () => 0.02,
    'completions/distinct_ratio': () => 0.9,
    entropy: (at) => 0.8 - 0.3 * at,
    parse_failures: () => 0.05,
    'clip_ratio/region_mean': () => 0,
    ...figures,
  };
  const metrics = Array.from({ length: steps }, (_, i) => {
    const of = Object.entries(well).map(([name, value]) => [name, value(i / Math.max(1, steps - 1), i)]);
    return { step: i + 1, epoch: 0, loss: 0, ...Object.fromEntries(of) } as StepMetrics;
  });
  return redFlags({ settings: { ...settings, method }, metrics }).map(({ name }) => name);
}

it('a run that goes well has none, however short or long', () => {
  for (const steps of [0, 1, 4, 12, 40, 200]) expect(flagsOf(steps), `${steps} steps`).toEqual([]);
});

describe('sees', () => {
  const noise = (i: number) => 0.2 * Math.sin(7 * i);
  it.each<[string, Parameters<typeof flagsOf>[1]]>([
    ['no-spread', { frac_reward_zero_std: () => 0.9 }],
    ['nothing-paid', { reward: () => 0, reward_std: () => 0, frac_reward_zero_std: () => 0.1 }],
    ['flat', { reward: (_, i) => 0.5 + noise(i) }],
    ['falling', { reward: (at, i) => 1 - at + 0.05 * noise(i), 'rewards/accuracy/mean': () => 0.5 }],
    ['hacked', { 'rewards/accuracy/mean': (at, i) => 0.8 - 0.6 * at + 0.1 * noise(i) }],
    ['hacked', { 'rewards/code/mean': (at, i) => 0.8 - 0.6 * at + 0.1 * noise(i) }],
    ['entropy-collapse', { entropy: (at) => 0.8 * (1 - at) + 0.01 }],
    ['entropy-rise', { entropy: (at) => 0.8 + 3 * at }],
    ['clipped-answers', { 'completions/clipped_ratio': () => 0.3 }],
    ['alike', { 'completions/distinct_ratio': (at) => 1 - at }],
    ['length', { 'completions/mean_length': (at) => 60 - 55 * at }],
    ['length', { 'completions/mean_length': (at) => 60 + 300 * at }],
    ['kl', { kl: (at) => at }],
    ['kl', { kl: (at) => 0.2 * at ** 6 }],
    ['clipped-tokens', { 'clip_ratio/region_mean': () => 0.5 }],
    ['unread', { parse_failures: () => 0.4 }],
  ])('%s, once there are enough batches', (name, figures) => {
    expect(flagsOf(30, figures)).toContain(name);
    expect(flagsOf(2, figures)).toEqual([]);
    expect(flagsOf(30, figures, 'sft')).toEqual([]);
  });

  it('every fault of the table with its figures in the sentence, and what to do', () => {
    const all = redFlags({
      settings,
      metrics: Array.from({ length: 10 }, (_, i) => ({ step: i + 1, reward: 1, frac_reward_zero_std: 1 }) as StepMetrics),
    });
    expect(all.map(({ name, sentence }) => [name, sentence])).toEqual([
      ['no-spread', '100 % of the answers are in groups that were paid alike, so nothing is learned from them.'],
    ]);
    expect(new Set(WATCHED.map(({ name }) => name)).size).toBe(WATCHED.length);
    for (const { healthy, mend } of WATCHED) expect([healthy, mend].every((text) => text.endsWith('.'))).toBe(true);
  });
});

it('answers that are cut off have nothing to be read: one flag, not two', () => {
  expect(flagsOf(30, { parse_failures: () => 0.9, 'completions/clipped_ratio': () => 0.8 })).toEqual(['clipped-answers']);
});

it('an outlier raises no flag, and neither does a figure that is none', () => {
  expect(flagsOf(30, { 'completions/clipped_ratio': (_, i) => (i === 29 ? 0.4 : 0) })).toEqual([]);
  expect(flagsOf(30, { kl: (_, i) => (i === 10 ? Number.NaN : 0.01) })).toEqual([]);
});
