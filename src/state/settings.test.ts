/** Presets, the count of changed settings, and what finally goes to the engine. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Json } from '../headless/json-files.ts';
import { readSettings } from '../headless/read-settings.ts';
import { today } from '../lib/dates.ts';
import type { DatasetSummary } from '../protocol/dataset.ts';
import type { ModelSummary } from '../protocol/model.ts';
import { differing } from '../protocol/setting-values.ts';
import { presetSettings, startingSettings, withNamed } from './presets.ts';
import { namedSettings, runSettingRows } from './run-settings.ts';
import {
  adoptDataset,
  adoptModel,
  bringBack,
  changedByHand,
  changeFor,
  datasetLanguages,
  freshSettings,
  type KeptSettings,
  keptSettings,
  recalledSettings,
  setMethod,
  setSetting,
  settingsStore,
  settingsToTrain,
  takePreset,
  takeSettings,
  undoChanges,
} from './settings.ts';

const model = {
  layers: 24,
  experts: 32,
  recommended: { learning_rate: 4e-3, max_length: 256, min_lr_rate: 0.05, warmup_ratio: 0.1, nonsense: 1, lora: { r: 4 } },
} as unknown as ModelSummary;
const dataset = { languages: { German: 3, French: 2, '': 1 } } as unknown as DatasetSummary;

beforeEach(() => settingsStore.setState(freshSettings, true));

describe('presets', () => {
  it('Cookbook is the published recipe', () => {
    const { lora, optimizer, encoding, ...run } = presetSettings('cookbook', model);
    expect(lora).toMatchObject({ r: 8, lora_alpha: 16, target_modules: 'all-linear' });
    expect(lora.target_parameters).toEqual([7, 15, 23].flatMap((n) => [`${n}.mlp.experts.gate_up_proj`, `${n}.mlp.experts.down_proj`]));
    expect(optimizer).toMatchObject({
      learning_rate: 2e-4,
      lr_scheduler_type: 'cosine_with_min_lr',
      lr_scheduler_kwargs: { min_lr_rate: 0.1 },
      warmup_steps: 0.03,
    });
    expect(encoding).toMatchObject({ template: 'hf', assistant_only_loss: false, max_length: 2048 });
    expect(run).toMatchObject({
      per_device_train_batch_size: 4,
      gradient_accumulation_steps: 4,
      num_train_epochs: 1,
      max_steps: -1,
      router_aux_loss_coef: 0,
    });
  });

  it('Cookbook names no expert layers that a smaller model lacks', () => {
    expect(presetSettings('cookbook', { ...model, layers: 8 }).lora.target_parameters).toEqual([
      '7.mlp.experts.gate_up_proj',
      '7.mlp.experts.down_proj',
    ]);
    expect(presetSettings('cookbook', { ...model, layers: 4 }).lora.target_parameters).toBeNull();
    expect(presetSettings('cookbook', { ...model, experts: 0 }).lora.target_parameters).toBeNull();
  });

  it('places recommended values, flat or nested, by their TRL and PEFT names', () => {
    const settings = presetSettings('recommended', model);
    expect(settings.optimizer).toMatchObject({ learning_rate: 4e-3, warmup_steps: 0.1, lr_scheduler_kwargs: { min_lr_rate: 0.05 } });
    expect(settings.encoding.max_length).toBe(256);
    expect(settings.lora.r).toBe(4);
    expect(JSON.stringify(settings)).not.toContain('nonsense');
  });

  it('are no longer than the positions of the model', () => {
    expect(presetSettings('cookbook', { ...model, context: 1024 }).encoding.max_length).toBe(1024);
    expect(presetSettings('recommended', { ...model, recommended: {}, context: 256 }).encoding.max_length).toBe(256);
    expect(presetSettings('cookbook', { ...model, context: 0 }).encoding.max_length, 'not known').toBe(2048);
  });

  it('never changes the settings it starts from', () => {
    const before = JSON.stringify(startingSettings);
    withNamed(startingSettings, { learning_rate: 1, r: 99 });
    expect(JSON.stringify(startingSettings)).toBe(before);
  });

  it('writes a date of the reader’s own day', () => expect(today(new Date(2026, 0, 5))).toBe('2026-01-05'));
});

describe('settings', () => {
  it('follow a model until touched, and keep the pinned date', () => {
    settingsStore.setState({
      ...freshSettings,
      settings: { ...startingSettings, encoding: { ...startingSettings.encoding, date: '2025-08-05' } },
    });
    adoptModel(model);
    expect(settingsStore.getState().settings.optimizer.learning_rate).toBe(4e-3);
    expect(settingsStore.getState().settings.encoding.date).toBe('2025-08-05');
    setSetting('optimizer.learning_rate', 1e-3);
    adoptModel(model);
    expect(settingsStore.getState().settings.optimizer.learning_rate).toBe(1e-3);
    takePreset('recommended', model);
    expect(settingsStore.getState()).toMatchObject({ touched: false, settings: { optimizer: { learning_rate: 4e-3 } } });
  });

  it('count what differs from the preset, by part', () => {
    takePreset('recommended', model);
    setSetting('lora.r', 16);
    setSetting('optimizer.weight_decay', 0.1);
    setSetting('lora.rank_pattern', { q_proj: 4 });
    const changed = differing(settingsStore.getState().settings, presetSettings('recommended', model));
    expect(changed.map((f) => f.path)).toEqual(['lora.r', 'lora.rank_pattern', 'optimizer.weight_decay']);
    expect(changed.filter((f) => f.part === 'advanced')).toHaveLength(2);
  });

  it('go to the engine with the dataset’s own languages only', () => {
    const chosen = withNamed(startingSettings, { languages: ['German', 'Klingon'], adherence_question: '  ' });
    const sent = settingsToTrain(chosen, dataset);
    expect(sent.encoding.languages).toEqual(['German']);
    expect(sent.adherence_languages).toEqual(['German']);
    expect(sent).not.toHaveProperty('adherence_question');
    expect(settingsToTrain(startingSettings, dataset).encoding).not.toHaveProperty('languages');
    expect(settingsToTrain(startingSettings, dataset).adherence_languages).toEqual(['German', 'French']);
    expect(datasetLanguages(dataset)).toEqual(['German', 'French']);
  });
});

describe('languages belong to a dataset', () => {
  const summary = (name: string, languages: Record<string, number>) => ({ name, bytes: 9, languages }) as unknown as DatasetSummary;
  const choose = () => {
    setSetting('encoding.languages', ['German']);
    setSetting('adherence_languages', ['German']);
  };
  const chosen = () => {
    const { encoding, adherence_languages } = settingsStore.getState().settings;
    return [encoding.languages, adherence_languages];
  };

  it('are kept while the same dataset is opened again or known better, and over a reload', () => {
    expect(adoptDataset(summary('a.jsonl', { German: 3 }))).toBe(false);
    choose();
    expect(adoptDataset(summary('a.jsonl', { German: 3, French: 1 }))).toBe(false);
    const kept = JSON.parse(JSON.stringify(keptSettings(settingsStore.getState()))) as KeptSettings;
    settingsStore.setState(recalledSettings(kept), true);
    expect(adoptDataset(summary('a.jsonl', { German: 3 }))).toBe(false);
    expect(chosen()).toEqual([['German'], ['German']]);
  });

  // red before: the choice went along, and rows of the new dataset were left out
  it('start anew with another dataset, also when the settings of before are brought back', () => {
    adoptDataset(summary('a.jsonl', { German: 3 }));
    choose();
    setSetting('lora.r', 16);
    takePreset('cookbook', model);
    expect(adoptDataset(summary('b.jsonl', { French: 3 }))).toBe(true);
    expect(chosen()).toEqual([undefined, []]);
    bringBack();
    expect(settingsStore.getState()).toMatchObject({ dataset: 'b.jsonl 9', settings: { lora: { r: 16 } } });
    expect(chosen()).toEqual([undefined, []]);
  });

  it('stay under another preset, and are undone with the other changes', () => {
    takePreset('recommended', model);
    choose();
    takePreset('cookbook', model);
    expect(chosen()).toEqual([['German'], ['German']]);
    expect(changedByHand(settingsStore.getState(), model).map(({ path }) => path)).toEqual(['encoding.languages', 'adherence_languages']);
    undoChanges(model); // red before: "Undo 2 changes" undid neither
    expect(chosen()).toEqual([undefined, []]);
    expect(changedByHand(settingsStore.getState(), model)).toEqual([]);
  });
});

describe('nothing is lost', () => {
  it('a preset and an undo can be taken back, and taken again', () => {
    takePreset('recommended', model);
    expect(settingsStore.getState().earlier).toBeNull();
    setSetting('lora.r', 16);
    const mine = settingsStore.getState().settings;
    takePreset('cookbook', model);
    expect(settingsStore.getState().settings.lora.r).toBe(8);
    bringBack();
    expect(settingsStore.getState()).toMatchObject({ preset: 'recommended', touched: true, settings: mine });
    bringBack();
    expect(settingsStore.getState()).toMatchObject({ preset: 'cookbook', touched: false });
    undoChanges(model);
    setSetting('seed', 7);
    undoChanges(model);
    bringBack();
    expect(settingsStore.getState().settings.seed).toBe(7);
  });

  it('the settings of a run take the place of the form’s, which can be brought back', () => {
    setSetting('lora.r', 16);
    const { settings } = settingsStore.getState();
    takeSettings(startingSettings);
    expect(settingsStore.getState()).toMatchObject({ settings: startingSettings, lengthByHand: true });
    bringBack();
    expect(settingsStore.getState().settings).toEqual(settings);
  });

  it('and an older record without these fields is read', () => {
    const old = (touched: boolean): KeptSettings => ({
      ...keptSettings(freshSettings),
      lengthByHand: null,
      touched,
      settings: { lora: { r: 5 } },
    });
    expect(recalledSettings(old(false))).toMatchObject({ lengthByHand: false, dataset: null, earlier: null, settings: { lora: { r: 5 } } });
    expect(recalledSettings(old(true)).lengthByHand, 'a length that may have been chosen stays').toBe(true);
  });
});

describe('the settings of a run', () => {
  it('are shown by label, name and value, what differs from the defaults marked', () => {
    const rows = runSettingRows(withNamed(startingSettings, { r: 16, rank_pattern: { q_proj: 4 } }));
    expect(rows.find(({ name }) => name === 'r')).toEqual({ label: 'Rank', name: 'r', value: '16', changed: true });
    expect(rows.find(({ name }) => name === 'rank_pattern')).toMatchObject({ value: 'q_proj = 4', changed: true });
    expect(rows.find(({ name }) => name === 'assistant_only_loss')).toMatchObject({ value: 'yes', changed: true });
    expect(rows.find(({ name }) => name === 'max_grad_norm')).toMatchObject({ value: '1', changed: false });
    expect(rows.find(({ name }) => name === 'date')).toMatchObject({ changed: false });
  });

  it('of an old record without later fields are shown with their defaults', () => {
    const { loss_type: _, ...old } = startingSettings;
    expect(runSettingRows(old).find(({ name }) => name === 'loss_type')).toMatchObject({ value: 'nll', changed: false });
  });

  it('are a run.json that gives the same settings', () => {
    const settings = withNamed(startingSettings, { r: 16, languages: ['German'], template: 'prefix-preserving', max_steps: 4 });
    const read = readSettings(namedSettings(settings) as Json, 'run.json', settings.encoding.date).settings;
    expect({ ...read, adherence_steps: 25 }).toEqual(settings);
  });
});

describe('prompts of distillation', () => {
  beforeEach(() => settingsStore.setState(freshSettings, true));

  it('what the dataset asks for is kept by a preset, and the languages go with the dataset', () => {
    setMethod('distillation', null, false);
    setSetting('distillation.target_languages', ['Swahili']);
    setSetting('distillation.language_strings', { sw: { think_prefix: 'x' } });
    setSetting('distillation.beta', 0.7);
    takePreset('gkd', null);
    const { distillation } = settingsStore.getState().settings;
    expect(distillation).toMatchObject({ target_languages: ['Swahili'], language_strings: { sw: { think_prefix: 'x' } }, beta: 0.5 });
    const data = (name: string) => ({ name, bytes: 1, languages: { '': 3 } }) as unknown as DatasetSummary;
    expect(settingsToTrain(settingsStore.getState().settings, data('a')).adherence_languages).toEqual(['Swahili']);
    adoptDataset(data('a'));
    adoptDataset(data('b'));
    expect(settingsStore.getState().settings.distillation).toMatchObject({ target_languages: [], language_strings: { sw: {} } });
  });

  it('one value for the next run is put into the form of its method, or comes with the settings of the run', () => {
    const run = presetSettings('copsd', null, 'distillation');
    changeFor(run, 'distillation.jsd_token_clip', null);
    expect(settingsStore.getState().settings).toMatchObject({
      method: 'distillation',
      lora: { r: 64 },
      distillation: { jsd_token_clip: null },
    });
    setSetting('distillation.beta', 0.3);
    setSetting('distillation.jsd_token_clip', 0.05);
    changeFor(run, 'distillation.jsd_token_clip', null);
    expect(settingsStore.getState().settings.distillation).toMatchObject({ beta: 0.3, jsd_token_clip: null });
  });
});
