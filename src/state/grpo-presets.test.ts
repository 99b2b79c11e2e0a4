/** The presets of GRPO: their published values on any model, what a model cannot have, and that they stay over method and reload. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { ModelSummary } from '../protocol/model.ts';
import { rewardProblems } from '../protocol/reward-problems.ts';
import { settingProblems } from '../protocol/setting-values.ts';
import { usedBy } from '../protocol/settings.ts';
import { GRPO_PRESETS } from './grpo-presets.ts';
import { presetSettings, presetsOf } from './presets.ts';
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
  takePreset,
} from './settings.ts';

const bundled = {
  source: 'bundled',
  family: 'gpt_oss',
  layers: 4,
  experts: 4,
  context: 512,
  recommended: { learning_rate: 4e-3, r: 8, lora_alpha: 16 },
  adaptable: { modules: [], parameters: [], rank: 64 },
} as unknown as ModelSummary;
const qwen = { ...bundled, source: 'hub', family: 'qwen3', experts: 0, context: 40_960, recommended: {} } as ModelSummary;
const now = () => settingsStore.getState();

beforeEach(() => settingsStore.setState(freshSettings, true));

describe('a preset of GRPO', () => {
  it.each(GRPO_PRESETS.flatMap((name) => [bundled, qwen, null].map((model) => [name, model?.family ?? 'no model', model] as const)))(
    '%s on %s can be trained with',
    (name, _, model) => {
      const settings = presetSettings(name, model, 'grpo');
      expect(settingProblems(settings)).toEqual([]);
      expect(rewardProblems(settings.grpo!.reward_funcs, settings.grpo!.reward_settings)).toEqual([]);
      expect(settings.method).toBe('grpo');
      if (model) expect(settings.grpo!.max_completion_length).toBeLessThan(model.context);
    },
  );

  it('Maths is 8 answers, batch 2 x 4, 5e-6, right answers in the model’s form', () => {
    const common = {
      per_device_train_batch_size: 2,
      gradient_accumulation_steps: 4,
      optimizer: { learning_rate: 5e-6 },
      grpo: { num_generations: 8 },
    };
    expect(presetSettings('maths', bundled, 'grpo')).toMatchObject(common);
    expect(presetSettings('maths', bundled, 'grpo').grpo!.reward_funcs).toEqual(['accuracy', 'harmony']);
    expect(presetSettings('maths', qwen, 'grpo')).toMatchObject({
      ...common,
      grpo: { num_generations: 8, reward_funcs: ['accuracy', 'format'], reward_settings: { format: { answer_tags: true } } },
    });
  });

  it('Language compliance pays what was published, from -7.5 to 7', () => {
    const { grpo, optimizer } = presetSettings('language', qwen, 'grpo');
    expect(optimizer.learning_rate).toBe(1e-6);
    const given = Object.values(grpo!.reward_settings);
    const sum = (key: string) => given.reduce((total, one) => total + Number(one[key]), 0);
    expect([sum('right'), sum('wrong'), grpo!.reward_weights]).toEqual([7, -7.5, null]);
    expect(grpo!.reward_settings.answer_language).toMatchObject({ right: 5, wrong: -5, pass: 'whole', fewest_letters: 20 });
    const measured = presetSettings('language', bundled, 'grpo');
    expect(measured).toMatchObject({
      optimizer: { learning_rate: 2e-3 },
      per_device_train_batch_size: 64,
      grpo: { max_completion_length: 100 },
    });
    expect(measured.grpo!.reward_settings).toEqual(grpo!.reward_settings);
  });

  it('the adapter of rank 4 has no rank that a small model cannot have', () => {
    expect(presetSettings('rank-4', qwen, 'grpo').lora).toMatchObject({ r: 4, lora_alpha: 8 });
    const tiny = { ...qwen, adaptable: { modules: [], parameters: [], rank: 2 } };
    expect(presetSettings('rank-4', tiny, 'grpo').lora).toMatchObject({ r: 2, lora_alpha: 4 });
  });

  it('is of its method alone, and stays over a reload', () => {
    expect(presetsOf('sft')).toEqual(['recommended', 'cookbook']);
    adoptModel(qwen);
    takePreset('cookbook', qwen);
    setMethod('grpo', qwen, false);
    expect(now().preset).toBe('recommended');
    takePreset('maths', qwen);
    expect(changedByHand(now(), qwen)).toEqual([]);
    setSetting('grpo.reward_settings', { format: { answer_tags: false } });
    expect(changedByHand(now(), qwen).map(({ path }) => path)).toEqual(['grpo.reward_settings']);
    const kept = JSON.parse(JSON.stringify(keptSettings(now()))) as KeptSettings;
    expect(recalledSettings(kept)).toMatchObject({
      preset: 'maths',
      settings: { grpo: { reward_settings: { format: { answer_tags: false } } } },
    });
    setMethod('sft', qwen, false);
    expect(now().preset).toBe('recommended');
    expect(recalledSettings({ ...kept, settings: { method: 'sft' } }).preset).toBe('recommended');
  });
});

it('settings that GRPO does nothing with are not in its form nor in the list of its run', () => {
  const names = usedBy('grpo').map(({ name }) => name);
  const unused = ['max_length', 'validation_split', 'chat_template', 'tool_arguments_as_text'];
  expect(names.filter((name) => unused.includes(name))).toEqual([]);
  expect(names, 'questions are asked every so many steps, whatever the method').toContain('eval_steps');
  expect(usedBy('sft').filter(({ name }) => unused.includes(name))).toHaveLength(unused.length);
  expect(runSettingRows(presetSettings('maths', qwen, 'grpo')).some(({ name }) => unused.includes(name))).toBe(false);
});
