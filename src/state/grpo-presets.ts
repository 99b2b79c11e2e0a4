/**
 * Where settings of GRPO can start from, beside a model's own: published runs, with their values and what they are worth here. What a preset does not name
 * is the page's or TRL's. A value that a model cannot have is lowered where presets are taken (presets.ts).
 */
import type { ModelSummary } from '../protocol/model.ts';
import type { SettingValues } from '../protocol/setting-values.ts';

export const GRPO_PRESETS = ['maths', 'language', 'rank-4'] as const;
export type GrpoPresetName = (typeof GRPO_PRESETS)[number];

/** Eight prompts with eight answers each: what the bundled model learns the language of its thoughts with. Where no language is asked for, English is paid. */
export const bundledGrpo: SettingValues = {
  'optimizer.learning_rate': 2e-3,
  'optimizer.lr_scheduler_type': 'constant',
  'optimizer.warmup_steps': 0,
  'optimizer.adam_beta2': 0.99,
  max_steps: 20,
  per_device_train_batch_size: 64,
  gradient_accumulation_steps: 1,
  router_aux_loss_coef: 0,
  'grpo.num_generations': 8,
  'grpo.max_completion_length': 100,
  'grpo.reward_funcs': ['harmony', 'language', 'accuracy'],
  'grpo.reward_weights': [0.2, 1.5, 2],
  'grpo.reward_settings': { language: { otherwise: 'English' } },
};

/** What a preset of GRPO reads of a model. */
export type RewardedModel = Partial<Pick<ModelSummary, 'family' | 'source'>>;

export interface GrpoPreset {
  readonly label: string;
  /** Where it comes from, and what is different here. */
  readonly words: string;
  readonly values: (model: RewardedModel | null) => SettingValues;
}

/** The reward of a model's own form: channels where it writes channels, tags elsewhere. */
const formOf = (model: RewardedModel | null): 'harmony' | 'format' => (model?.family === 'gpt_oss' ? 'harmony' : 'format');

/** The form of the published runs is worth 1 with `<answer>`, and 0.5 without. */
function taggedAnswers(model: RewardedModel | null): Record<string, Record<string, unknown>> {
  return formOf(model) === 'format' ? { format: { answer_tags: true } } : {};
}

/** Of the published run for language compliance, as far as it is no matter of its machines. */
const published: SettingValues = {
  'optimizer.learning_rate': 1e-6,
  'optimizer.lr_scheduler_type': 'linear',
  'optimizer.warmup_steps': 0,
  'lora.r': 8,
  'lora.lora_alpha': 16,
  num_train_epochs: 10,
  per_device_train_batch_size: 8,
  gradient_accumulation_steps: 2,
  'grpo.num_generations': 8,
  'grpo.temperature': 0.7,
  'encoding.inject_answer_language': true,
};

const language = { pass: 'whole', fewest_letters: 20, otherwise: 'English' };

export const grpoPresets: Readonly<Record<GrpoPresetName, GrpoPreset>> = {
  maths: {
    label: 'Maths',
    words:
      'Right answers in the right form, as reasoning models of 1 to 8 B are trained: 8 answers a prompt, batch 2 × 4, learning rate 5e-6. ' +
      'Rows need a right answer. On the bundled model so low a rate shows little; its own settings have 2e-3.',
    values: (model) => ({
      'optimizer.learning_rate': 5e-6,
      per_device_train_batch_size: 2,
      gradient_accumulation_steps: 4,
      'grpo.num_generations': 8,
      'grpo.reward_funcs': ['accuracy', formOf(model)],
      'grpo.reward_settings': taggedAnswers(model),
    }),
  },
  language: {
    label: 'Language compliance',
    words:
      'The rewards that AWS published for gpt-oss-20b (awsome-distributed-training, gpt-oss-lora-grpo): answer in the language ±5, thought ±1.5. ' +
      'An answer of at most two sentences gets +0.5, a longer one −1; a text under 20 letters is wrong. ' +
      'Different here: thought and answer come from the model’s own channels, not from a pattern in the text. ' +
      'Letters are counted without spaces, repetition earns nothing, a line is a sentence, and an empty answer is not short. ' +
      'The bundled model has its own measured rate and batch.',
    values: (model) => ({
      ...(model?.source === 'bundled' ? bundledGrpo : published),
      'grpo.reward_funcs': ['answer_language', 'language', 'short_answer'],
      'grpo.reward_weights': null,
      'grpo.reward_settings': {
        answer_language: { ...language, same_as: 'question', right: 5, wrong: -5 },
        language: { ...language, right: 1.5, wrong: -1.5 },
        short_answer: { right: 0.5, wrong: -1 },
      },
    }),
  },
  'rank-4': {
    label: 'gpt-oss adapter, rank 4',
    words:
      'The small adapter that Unsloth’s notebook trains gpt-oss-20b with in 15 GB: rank 4, alpha 8, learning rate 5e-5, 2 answers a prompt, 100 steps. ' +
      'Its own rewards time a matrix product; here right answers in well-formed channels are paid. Its experts get no adapter here.',
    values: (model) => ({
      'optimizer.learning_rate': 5e-5,
      'optimizer.lr_scheduler_type': 'linear',
      'optimizer.warmup_steps': 0.1,
      'optimizer.weight_decay': 0.01,
      'lora.r': 4,
      'lora.lora_alpha': 8,
      max_steps: 100,
      per_device_train_batch_size: 2,
      gradient_accumulation_steps: 1,
      'grpo.num_generations': 2,
      'grpo.reward_funcs': ['accuracy', formOf(model)],
    }),
  },
};

export function isGrpoPreset(name: string): name is GrpoPresetName {
  return GRPO_PRESETS.some((known) => known === name);
}
