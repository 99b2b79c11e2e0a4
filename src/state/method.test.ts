/** The choice between learning from rows and from rewards: what stays, what comes and what goes; and the rewards with their weights. */
import { beforeEach, describe, expect, it } from 'vitest';
import { GRPO } from '../../lab/bundled/runs.ts';
import { grpoDefaults } from '../protocol/grpo.ts';
import type { ModelSummary } from '../protocol/model.ts';
import { differing, settingProblems, withValues } from '../protocol/setting-values.ts';
import { weightOf, withReward, withRewardSetting, withWeight } from './chosen-rewards.ts';
import { presetSettings, startingSettings, withNamed } from './presets.ts';
import { runSettingRows } from './run-settings.ts';
import {
  adoptModel,
  changedByHand,
  freshSettings,
  type KeptSettings,
  keptSettings,
  recalledSettings,
  setMethod,
  setSetting,
  settingsStore,
  settingsToTrain,
  undoChanges,
} from './settings.ts';

const bundled = {
  source: 'bundled',
  layers: 4,
  experts: 4,
  context: 512,
  recommended: { learning_rate: 4e-3, max_length: 512, per_device_train_batch_size: 8 },
  adaptable: { modules: [], parameters: [], rank: 64 },
} as unknown as ModelSummary;
const other = { ...bundled, source: 'folder', family: 'qwen3', recommended: {} } as ModelSummary;
const now = () => settingsStore.getState().settings;
const changed = (model: ModelSummary) => changedByHand(settingsStore.getState(), model).map(({ path }) => path);

beforeEach(() => settingsStore.setState(freshSettings, true));

describe('the method', () => {
  it('brings its own settings and defaults, and keeps what was changed by hand', () => {
    adoptModel(other);
    setSetting('lora.r', 24);
    setSetting('seed', 7);
    setMethod('grpo', other, false);
    expect(now()).toMatchObject({ method: 'grpo', grpo: grpoDefaults, seed: 7, lora: { r: 24 } });
    expect(now()).toMatchObject({ optimizer: { learning_rate: 1e-6 }, router_aux_loss_coef: 1e-3, per_device_train_batch_size: 8 });
    expect(now()).toMatchObject({ init_adapter: 'new' });
    expect(settingProblems(now())).toEqual([]);
    expect(changed(other)).toEqual(['lora.r', 'seed']);
    setMethod('sft', other, false);
    expect(now()).toMatchObject({ method: 'sft' });
    expect(now()).not.toHaveProperty('grpo');
    expect(now()).toMatchObject({ seed: 7, lora: { r: 24 }, router_aux_loss_coef: 0 });
  });

  it('begins with the measured run on the bundled model, from the adapter that stands', () => {
    adoptModel(bundled);
    setMethod('grpo', bundled, true);
    const measured = withNamed(presetSettings('recommended', bundled, 'grpo'), { ...GRPO, max_steps: 20 });
    expect(differing(now(), measured).map(({ path }) => path)).toEqual(['init_adapter']);
    expect(now()).toMatchObject({ grpo: measured.grpo, init_adapter: 'standing' });
    expect(settingProblems(now())).toEqual([]);
    expect(settingsStore.getState().touched).toBe(false);
    expect(changed(bundled)).toEqual([]);
    setMethod('sft', bundled, true);
    expect(differing(now(), presetSettings('recommended', bundled))).toEqual([]);
    expect(now()).toMatchObject({ init_adapter: 'new' });
  });

  it('stays when changes are undone, and over a reload', () => {
    adoptModel(bundled);
    setMethod('grpo', bundled, true);
    setSetting('grpo.num_generations', 4);
    setSetting('grpo.epsilon_high', null);
    expect(changed(bundled)).toEqual(['grpo.num_generations']);
    const kept = JSON.parse(JSON.stringify(keptSettings(settingsStore.getState()))) as KeptSettings;
    expect(differing(recalledSettings(kept).settings, now())).toEqual([]);
    undoChanges(bundled);
    expect(now()).toMatchObject({ method: 'grpo', grpo: { num_generations: 8 }, init_adapter: 'standing' });
    expect(settingsToTrain(now(), null)).toMatchObject({ method: 'grpo', grpo: { reward_weights: [0.2, 1.5, 2] } });
  });

  it('has its defaults in the list of a run’s settings', () => {
    const rows = runSettingRows(withValues(presetSettings('recommended', bundled, 'grpo'), { 'optimizer.learning_rate': 1e-6 }));
    expect(rows.find(({ name }) => name === 'learning_rate')).toMatchObject({ changed: false });
    expect(rows.find(({ name }) => name === 'reward_settings')).toMatchObject({
      value: 'language = {"otherwise":"English"}',
      changed: true,
    });
    expect(runSettingRows(startingSettings).some(({ name }) => name === 'num_generations')).toBe(false);
  });
});

describe('rewards', () => {
  const two = { reward_funcs: ['accuracy', 'language'], reward_weights: [1, 0.5] };

  it('keep their weights while others come and go', () => {
    expect(withReward(two, 'harmony', true)).toEqual({ reward_funcs: ['accuracy', 'language', 'harmony'], reward_weights: [1, 0.5, 1] });
    expect(withReward(two, 'accuracy', false)).toEqual({ reward_funcs: ['language'], reward_weights: [0.5] });
    expect(withWeight(two, 'language', 1)).toEqual({ reward_funcs: ['accuracy', 'language'], reward_weights: null });
    expect(weightOf({ reward_funcs: ['accuracy'], reward_weights: null }, 'accuracy')).toBe(1);
  });

  it('have no empty settings', () => {
    expect(withRewardSetting({}, 'language', 'otherwise', 'German')).toEqual({ language: { otherwise: 'German' } });
    expect(withRewardSetting({ language: { otherwise: 'German', pass: 'lines' } }, 'language', 'otherwise', '')).toEqual({
      language: { pass: 'lines' },
    });
    expect(withRewardSetting({ language: { otherwise: 'German' } }, 'language', 'otherwise', '')).toEqual({});
  });
});
