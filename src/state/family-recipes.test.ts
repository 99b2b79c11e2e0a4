/** Recommended settings per family: every family has a row with a source, all values are within the rules, and a user's own settings stay. */
import { beforeEach, describe, expect, it } from 'vitest';
import { settingLimits } from '../engine/adapters/setting-limits.ts';
import { parseModelConfig } from '../engine/models/config.ts';
import { families } from '../engine/models/index.ts';
import { knownModels } from '../lib/known-models.ts';
import type { ModelSummary } from '../protocol/model.ts';
import { settingProblems, valueAt } from '../protocol/setting-values.ts';
import { familyRecipes, recipeOf } from './family-recipes.ts';
import { shapeOf } from './model-config.ts';
import { freshPlanning, triedSettings } from './planning.ts';
import { presetSettings, recipeFor, startingSettings } from './presets.ts';
import { adoptModel, changedByHand, freshSettings, setSetting, settingsStore } from './settings.ts';

const model = (family: string, more: Partial<ModelSummary> = {}): ModelSummary =>
  ({ family, layers: 2, experts: 0, context: 40_960, adaptable: { modules: [], parameters: [], rank: 1024 }, ...more }) as ModelSummary;

beforeEach(() => settingsStore.setState(freshSettings, true));

it('every family that runs here has a row, and no other has', () => {
  expect(Object.keys(familyRecipes).sort()).toEqual(Object.keys(families).sort());
  expect(recipeOf('constructor')).toBeUndefined();
  expect(recipeOf(undefined)).toBeUndefined();
});

describe.each(Object.entries(familyRecipes))('%s', (family, { sources, note, values }) => {
  it('names its source, by a name and an address', () => {
    expect(sources.length).toBeGreaterThan(0);
    for (const { name, url } of sources) {
      expect(name.length).toBeGreaterThan(8);
      expect(new URL(url).protocol).toBe('https:');
    }
    expect(note).toMatch(/^[A-Z].+\.$/);
    for (const sentence of note.split('. ')) expect(sentence.split(' ').length).toBeLessThanOrEqual(25);
  });

  it('has values within the rules, also of the known models of the family', () => {
    const settings = presetSettings('recommended', model(family));
    expect(settingProblems(settings)).toEqual([]);
    for (const [path, value] of Object.entries(values)) expect(valueAt(settings, path), path).toEqual(value);
    for (const { repository, config } of knownModels.filter((known) => known.config.model_type === family)) {
      const limits = settingLimits(parseModelConfig(JSON.stringify(config), repository));
      expect(settingProblems(presetSettings('recommended', shapeOf(config)), limits), repository).toEqual([]);
    }
  });
});

it('is what a model starts with that brings no recommendation of its own', () => {
  adoptModel(model('qwen3'));
  const { settings } = settingsStore.getState();
  expect(settings.lora).toMatchObject({ r: 32, lora_alpha: 32, target_modules: 'all-linear' });
  expect(settings.optimizer).toMatchObject({ learning_rate: 2e-4, lr_scheduler_type: 'linear', warmup_steps: 5, weight_decay: 0.01 });
  expect(valueAt(settings, 'optimizer.lr_scheduler_kwargs.min_lr_rate'), 'of another schedule').toBeUndefined();
  expect(settings).toMatchObject({ per_device_train_batch_size: 2, gradient_accumulation_steps: 4, encoding: { max_length: 2048 } });
  expect(changedByHand(settingsStore.getState(), model('qwen3'))).toEqual([]);
  adoptModel(model('gemma3_text'));
  expect(settingsStore.getState().settings.optimizer).toMatchObject({ lr_scheduler_type: 'constant', max_grad_norm: 0.3, weight_decay: 0 });
  adoptModel(model('gpt_oss'));
  const { lora, optimizer } = settingsStore.getState().settings;
  expect({ lora, optimizer }, 'nothing of another family is left').toEqual({
    lora: startingSettings.lora,
    optimizer: startingSettings.optimizer,
  });
});

it('gives way to what the model brings, and to what the user changed', () => {
  const own = model('qwen3', { recommended: { learning_rate: 4e-3 } });
  expect(recipeFor(own)).toBeUndefined();
  expect(presetSettings('recommended', own).optimizer.learning_rate).toBe(4e-3);
  expect(presetSettings('recommended', own).lora.r).toBe(startingSettings.lora.r);
  setSetting('lora.r', 5);
  adoptModel(model('qwen3'));
  expect(settingsStore.getState().settings.lora.r).toBe(5);
  expect(settingsStore.getState().settings.optimizer.learning_rate).toBe(startingSettings.optimizer.learning_rate);
});

it('has no higher rank than adds something, at the same strength', () => {
  const tiny = presetSettings('recommended', model('smollm3', { adaptable: { modules: [], parameters: [], rank: 4 } }));
  expect(tiny.lora).toMatchObject({ r: 4, lora_alpha: 8 });
});

it('is planned with before the model is opened', () => {
  const { config } = knownModels.find(({ repository }) => repository === 'Qwen/Qwen3-0.6B')!;
  expect(triedSettings(shapeOf(config), freshSettings, freshPlanning).lora.r).toBe(32);
});
