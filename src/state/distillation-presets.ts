/**
 * Where settings of distillation can start from, beside a model's own: what published trainers have, as far as it is no matter of their machines. What a
 * preset does not name is the page's or the table's. A value that a model cannot have is lowered where presets are taken (presets.ts).
 */
import type { SettingValues } from '../protocol/setting-values.ts';

export const DISTILLATION_PRESETS = ['copsd', 'sdft', 'gkd'] as const;
export type DistillationPresetName = (typeof DISTILLATION_PRESETS)[number];

/** What the bundled model learns sums in number words with. COPSD's clip would take away nearly all of the signal: its teacher is almost certain. */
export const bundledDistillation: SettingValues = {
  'optimizer.learning_rate': 4e-3,
  'optimizer.lr_scheduler_type': 'constant_with_warmup',
  'optimizer.warmup_steps': 5,
  'optimizer.adam_beta2': 0.99,
  max_steps: 100,
  per_device_train_batch_size: 32,
  gradient_accumulation_steps: 1,
  'distillation.temperature': 1.1,
  'distillation.max_completion_length': 100,
};

export interface DistillationPreset {
  readonly label: string;
  /** Where it comes from, and what is different here. */
  readonly words: string;
  readonly values: SettingValues;
}

export const distillationPresets: Readonly<Record<DistillationPresetName, DistillationPreset>> = {
  copsd: {
    label: 'COPSD',
    words:
      'The scripts of cross-lingual on-policy self-distillation (arXiv 2605.09548): forward KL at temperature 1.1, each entry clipped at 0.05, ' +
      'rank 64, learning rate 5e-6, 32 problems a step, 100 steps, answers of up to 2,048 tokens. ' +
      'Where the teacher is very certain the clip removes nearly all of the signal; the run says how much.',
    values: {
      'optimizer.learning_rate': 5e-6,
      'optimizer.lr_scheduler_type': 'linear',
      'optimizer.warmup_steps': 0,
      'optimizer.max_grad_norm': 0.1,
      'lora.r': 64,
      'lora.lora_alpha': 128,
      max_steps: 100,
      save_steps: 5,
      save_total_limit: 20,
      per_device_train_batch_size: 4,
      gradient_accumulation_steps: 8,
      'distillation.beta': 0,
      'distillation.temperature': 1.1,
      'distillation.jsd_token_clip': 0.05,
      'distillation.distillation_mode': 'full_logits',
      'distillation.teacher_model_kind': 'base',
      'distillation.lmbda': 1,
      'distillation.loss_reduction': 'token',
      'distillation.num_generations': 1,
      'distillation.max_completion_length': 2048,
      'distillation.generation_temperature': 1.1,
      'distillation.top_p': 0.95,
      'distillation.top_k': 20,
    },
  },
  sdft: {
    label: 'SDFT',
    words:
      'The defaults of TRL’s SDFTTrainer: the student’s 100 likeliest entries, a mixture of both divergences (0.5), the mean of each answer first, ' +
      '8 answers a prompt of up to 256 tokens, a teacher that sees the column privileged_context.',
    values: {
      'optimizer.learning_rate': 5e-5,
      'optimizer.lr_scheduler_type': 'linear',
      'optimizer.warmup_steps': 0,
      per_device_train_batch_size: 8,
      gradient_accumulation_steps: 1,
      'distillation.beta': 0.5,
      'distillation.temperature': 1,
      'distillation.distillation_mode': 'topk_logits',
      'distillation.distillation_topk': 100,
      'distillation.top_k_of': 'student',
      'distillation.distillation_add_tail': false,
      'distillation.teacher_model_kind': 'base',
      'distillation.lmbda': 1,
      'distillation.loss_reduction': 'row',
      'distillation.num_generations': 8,
      'distillation.max_completion_length': 256,
      'distillation.generation_temperature': 1,
      'distillation.top_p': 1,
      'distillation.top_k': 0,
    },
  },
  gkd: {
    label: 'GKD',
    words:
      'The defaults of TRL’s GKDTrainer: the generalised divergence at 0.5 over the whole vocabulary, half of the prompts with the dataset’s own answers, ' +
      'the others answered by the student at temperature 0.9 with up to 128 tokens. There whole batches are of one kind; here each step has its share.',
    values: {
      'optimizer.learning_rate': 2e-5,
      'optimizer.lr_scheduler_type': 'linear',
      'optimizer.warmup_steps': 0,
      per_device_train_batch_size: 8,
      gradient_accumulation_steps: 1,
      'distillation.beta': 0.5,
      'distillation.temperature': 1,
      'distillation.distillation_mode': 'full_logits',
      'distillation.teacher_model_kind': 'base',
      'distillation.lmbda': 0.5,
      'distillation.loss_reduction': 'token',
      'distillation.num_generations': 1,
      'distillation.max_completion_length': 128,
      'distillation.generation_temperature': 0.9,
      'distillation.top_p': 1,
      'distillation.top_k': 0,
    },
  },
};

export function isDistillationPreset(name: string): name is DistillationPresetName {
  return DISTILLATION_PRESETS.some((known) => known === name);
}
