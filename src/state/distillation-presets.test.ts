/** The presets of distillation: their published values on any model, and what a model cannot have. */
import { expect, it } from 'vitest';
import type { ModelSummary } from '../protocol/model.ts';
import { settingProblems } from '../protocol/setting-values.ts';
import { usedBy } from '../protocol/settings.ts';
import { DISTILLATION_PRESETS } from './distillation-presets.ts';
import { presetSettings, presetsOf, presetUnder } from './presets.ts';

const bundled = {
  source: 'bundled',
  family: 'gpt_oss',
  layers: 4,
  experts: 4,
  context: 512,
  recommended: { learning_rate: 4e-3, r: 8, lora_alpha: 16 },
  adaptable: { modules: [], parameters: [], rank: 32 },
} as unknown as ModelSummary;
const qwen = {
  ...bundled,
  source: 'hub',
  family: 'qwen3',
  experts: 0,
  context: 40_960,
  recommended: {},
  adaptable: { rank: 1024 },
} as unknown as ModelSummary;

it.each(
  ['recommended' as const, ...DISTILLATION_PRESETS].flatMap((name) =>
    [bundled, qwen, null].map((model) => [name, model?.family ?? 'no model', model] as const),
  ),
)('%s on %s can be trained with', (name, _, model) => {
  const settings = presetSettings(name, model, 'distillation');
  expect(settingProblems(settings)).toEqual([]);
  expect([settings.method, settings.grpo]).toEqual(['distillation', undefined]);
  if (model) expect(settings.distillation!.max_completion_length).toBeLessThan(model.context);
});

it('COPSD is rank 64, 5e-6, 32 problems a step, forward KL at 1.1 with entries clipped at 0.05', () => {
  expect(presetSettings('copsd', qwen, 'distillation')).toMatchObject({
    max_steps: 100,
    save_steps: 5,
    per_device_train_batch_size: 4,
    gradient_accumulation_steps: 8,
    lora: { r: 64, lora_alpha: 128 },
    optimizer: { learning_rate: 5e-6, max_grad_norm: 0.1 },
    distillation: { beta: 0, temperature: 1.1, jsd_token_clip: 0.05, generation_temperature: 1.1, max_completion_length: 2048 },
  });
  expect(presetSettings('copsd', bundled, 'distillation')).toMatchObject({
    lora: { r: 32, lora_alpha: 64 },
    distillation: { max_completion_length: 256 },
  });
});

it('SDFT has the student’s 100 likeliest entries and the mean of answers, GKD half of its prompts from the dataset', () => {
  expect(presetSettings('sdft', qwen, 'distillation').distillation).toMatchObject({
    beta: 0.5,
    distillation_mode: 'topk_logits',
    top_k_of: 'student',
    loss_reduction: 'row',
    num_generations: 8,
  });
  expect(presetSettings('gkd', qwen, 'distillation').distillation).toMatchObject({ beta: 0.5, lmbda: 0.5, generation_temperature: 0.9 });
});

it('the bundled model has what was measured on it, without the clip', () => {
  const settings = presetSettings('recommended', bundled, 'distillation');
  expect(settings).toMatchObject({
    per_device_train_batch_size: 32,
    optimizer: { learning_rate: 4e-3 },
    distillation: { jsd_token_clip: null },
  });
});

it('presets are of their method alone, and settings without effect are not in its form', () => {
  expect(presetsOf('distillation')).toEqual(['recommended', 'copsd', 'sdft', 'gkd']);
  expect([presetUnder('maths', 'distillation'), presetUnder('copsd', 'grpo')]).toEqual(['recommended', 'recommended']);
  const names = usedBy('distillation').map(({ name }) => name);
  expect(names).toContain('beta');
  expect(names.filter((name) => ['max_length', 'validation_split', 'router_aux_loss_coef', 'reward_funcs'].includes(name))).toEqual([]);
});
