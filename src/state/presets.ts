/**
 * Where training settings start from: TRL's and PEFT's names, the published Cookbook recipe, and what a model's own card recommends.
 * A recommendation is a flat or nested record by TRL/PEFT names (`learning_rate`, `r`, `max_length` ...); unknown names are ignored.
 */
import type { ModelSummary } from '../protocol/model.ts';
import type { TrainingSettings } from '../protocol/training.ts';

export type PresetName = 'recommended' | 'cookbook';

/** Today as YYYY-MM-DD in the reader's own time zone; pinned once, then the user's to change. */
export function today(now = new Date()): string {
  const two = (n: number) => String(n).padStart(2, '0');
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

/** What every preset starts from. */
export const startingSettings: TrainingSettings = {
  encoding: {
    template: 'trl',
    date: today(),
    max_length: 512,
    assistant_only_loss: true,
    inject_reasoning_language: true,
    languages: undefined,
  },
  lora: {
    r: 8,
    lora_alpha: 16,
    target_modules: 'all-linear',
    target_parameters: null,
    use_rslora: false,
    rank_pattern: {},
    alpha_pattern: {},
  },
  optimizer: {
    learning_rate: 2e-4,
    lr_scheduler_type: 'cosine_with_min_lr',
    lr_scheduler_kwargs: { min_lr_rate: 0.1 },
    warmup_steps: 0.03,
    weight_decay: 0,
    adam_beta1: 0.9,
    adam_beta2: 0.999,
    adam_epsilon: 1e-8,
    max_grad_norm: 1,
  },
  per_device_train_batch_size: 4,
  gradient_accumulation_steps: 1,
  num_train_epochs: 1,
  max_steps: -1,
  router_aux_loss_coef: 0,
  checkpoint_dtype: 'float32',
  seed: 42,
  validation_split: 0,
  eval_steps: 0,
  adherence_steps: 25,
  adherence_languages: [],
  adherence_question: undefined,
};

const COOKBOOK_LAYERS = [7, 15, 23];

/** What a preset reads of a model: one that is loaded, or one that is only known by its config. */
export type PresetModel = Pick<ModelSummary, 'layers' | 'experts' | 'recommended'>;

/** openai-cookbook, "Fine-tuning with gpt-oss and Hugging Face Transformers": loss on all tokens, experts of three layers. */
function cookbook(model: PresetModel | null): TrainingSettings {
  const layers = COOKBOOK_LAYERS.filter((layer) => !model || layer < model.layers);
  const experts = layers.flatMap((layer) => [`${layer}.mlp.experts.gate_up_proj`, `${layer}.mlp.experts.down_proj`]);
  return {
    ...startingSettings,
    encoding: { ...startingSettings.encoding, template: 'hf', assistant_only_loss: false, max_length: 2048 },
    lora: { ...startingSettings.lora, target_parameters: experts.length > 0 && (!model || model.experts > 0) ? experts : null },
    per_device_train_batch_size: 4,
    gradient_accumulation_steps: 4,
  };
}

/** The settings a preset stands for, for this model. */
export function presetSettings(preset: PresetName, model: PresetModel | null): TrainingSettings {
  if (preset === 'cookbook') return cookbook(model);
  return withValues(startingSettings, model?.recommended ?? {});
}

const SECTIONS = ['encoding', 'lora', 'optimizer'] as const;

/** Overlays a flat or nested record of named values; each name is placed in the one section that has it. */
export function withValues(settings: TrainingSettings, values: Record<string, unknown>): TrainingSettings {
  const next = structuredClone(settings);
  const put = (target: object, key: string, value: unknown): boolean => {
    if (!(key in target)) return false;
    (target as Record<string, unknown>)[key] = value;
    return true;
  };
  for (const [key, value] of Object.entries(values)) {
    if (value === undefined) continue;
    if ((SECTIONS as readonly string[]).includes(key) && typeof value === 'object' && value !== null) {
      Object.assign(next, withValues(next, value as Record<string, unknown>));
    } else if (key === 'min_lr_rate' && typeof value === 'number') {
      next.optimizer.lr_scheduler_kwargs = { min_lr_rate: value };
    } else if (key === 'warmup_ratio' && typeof value === 'number') {
      next.optimizer.warmup_steps = value;
    } else if (!put(next, key, value)) {
      SECTIONS.some((section) => put(next[section], key, value));
    }
  }
  return next;
}
