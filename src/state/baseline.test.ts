/** GRPO beside distillation: the same prompts, as many answers, paid for right ones alone; and which runs belong together. */
import { describe, expect, it } from 'vitest';
import type { Json } from '../headless/json-files.ts';
import { readSettings } from '../headless/read-settings.ts';
import type { KeptRun } from '../protocol/kept-runs.ts';
import { settingProblems, withValues } from '../protocol/setting-values.ts';
import type { TrainingSettings } from '../protocol/training.ts';
import { answersOf, baselineOf, isBaseline, partnerOf } from './baseline.ts';
import { presetSettings } from './presets.ts';
import { namedSettings, runSettingRows } from './run-settings.ts';

const distilled = withValues(presetSettings('copsd', null, 'distillation'), {
  'distillation.target_languages': ['Swahili'],
  'distillation.language_strings': { sw: { think_prefix: 'x' } },
  seed: 7,
  save_steps: 3,
});

describe('the baseline', () => {
  const baseline = baselineOf(distilled, 100, null)!;

  it('asks the same prompts as often, and pays for right answers alone', () => {
    expect(isBaseline(baseline)).toBe(true);
    expect(baseline.distillation).toEqual(distilled.distillation);
    expect([baseline.lora, baseline.encoding, baseline.seed, baseline.save_steps]).toEqual([distilled.lora, distilled.encoding, 7, 3]);
    expect(answersOf(baseline)).toBe(3200);
    expect(baseline.grpo).toMatchObject({
      reward_funcs: ['accuracy'],
      reward_weights: null,
      num_generations: 8,
      max_completion_length: 2048,
      temperature: 1.1,
      top_k: 20,
    });
  });

  it('has settings that a run takes, whatever batch it comes from', () => {
    for (const [batch, accumulated, steps] of [
      [1, 1, 10],
      [1, 4, 10],
      [5, 1, 3],
      [11, 1, 3],
      [12, 1, 5],
      [32, 2, 100],
    ] as const) {
      const made = baselineOf(
        withValues(distilled, { per_device_train_batch_size: batch, gradient_accumulation_steps: accumulated }),
        steps,
        null,
      )!;
      expect(settingProblems(made), `${batch} x ${accumulated}`).toEqual([]);
      expect(answersOf(made), `${batch} x ${accumulated}`).toBe(batch * accumulated * steps);
    }
  });

  it('stands in run.json with what it asks, so that the same run can be done without the page', () => {
    const named = namedSettings(baseline);
    expect(named).toMatchObject({ method: 'grpo', target_languages: ['Swahili'], language_strings: { sw: { think_prefix: 'x' } } });
    expect(named.temperature).toBe(1.1);
    const read = readSettings(named as Json, 'run.json', baseline.encoding.date).settings;
    expect(read.distillation).toMatchObject({ target_languages: ['Swahili'], include_problem_en: true });
    expect(runSettingRows(baseline).find(({ name }) => name === 'target_languages')?.value).toBe('Swahili');
  });

  it('has fewer steps where the dataset answered a part, and is none where it answered all', () => {
    expect(answersOf(baselineOf(withValues(distilled, { 'distillation.lmbda': 0.5 }), 100, null)!)).toBe(1600);
    expect(baselineOf(withValues(distilled, { 'distillation.lmbda': 0 }), 100, null)).toBeNull();
  });
});

describe('runs that belong together', () => {
  const kept = (id: string, settings: TrainingSettings, more: Partial<KeptRun> = {}) =>
    ({ id, settings, model: 'mini', dataset: 'problems', steps: 3, ...more }) as KeptRun;
  const baseline = baselineOf(distilled, 100, null)!;
  const run = { id: 'd', model: 'mini', dataset: 'problems', settings: distilled };

  it('are the newest of the other method on the same model, data and prompts', () => {
    const others = [
      kept('far', baseline, { dataset: 'other' }),
      kept('plain', presetSettings('recommended', null, 'grpo')),
      kept('asked', withValues(baseline, { 'distillation.target_languages': ['Yoruba'] })),
      kept('b', baseline),
      kept('older', baseline),
    ];
    expect(partnerOf(run, others)?.id).toBe('b');
    expect(partnerOf({ ...run, id: 'b', settings: baseline }, [...others, kept('d', distilled)])?.id).toBe('d');
    expect(partnerOf(run, [kept('d', distilled)])).toBeNull();
    expect(partnerOf({ ...run, settings: presetSettings('recommended', null, 'grpo') }, others)).toBeNull();
  });
});
