/**
 * Where training settings start from: the page's own differences from TRL's and PEFT's defaults, the published Cookbook recipe, and what a model's own
 * card recommends, or a published recipe for its family. A recommendation is a flat or nested record by TRL's and PEFT's names (`learning_rate`, `r`, `max_length` ...).
 */
import { cookbookExperts } from '../lib/known-models.ts';
import type { ModelSummary } from '../protocol/model.ts';
import { readNamed } from '../protocol/named-settings.ts';
import { defaultSettings, withValueAt, withValues } from '../protocol/setting-values.ts';
import type { TrainingSettings } from '../protocol/training.ts';
import { type FamilyRecipe, recipeOf } from './family-recipes.ts';

export type PresetName = 'recommended' | 'cookbook';

/** What every preset starts from. */
export const startingSettings: TrainingSettings = withValues(defaultSettings(), {
  'encoding.max_length': 512,
  'encoding.assistant_only_loss': true,
  'encoding.inject_reasoning_language': true,
  'lora.lora_alpha': 16,
  'optimizer.learning_rate': 2e-4,
  'optimizer.lr_scheduler_type': 'cosine_with_min_lr',
  'optimizer.lr_scheduler_kwargs.min_lr_rate': 0.1,
  'optimizer.warmup_steps': 0.03,
  per_device_train_batch_size: 4,
  num_train_epochs: 1,
  adherence_steps: 25,
});

/** What a preset reads of a model: one that is loaded, or one that is only known by its config. */
export type PresetModel = Pick<ModelSummary, 'layers' | 'experts' | 'context' | 'recommended'> &
  Partial<Pick<ModelSummary, 'family' | 'adaptable'>>;

/** openai-cookbook, "Fine-tuning with gpt-oss and Hugging Face Transformers": loss on all tokens, experts of three layers. */
function cookbook(model: PresetModel | null): TrainingSettings {
  const held = cookbookExperts.filter(({ layer }) => !model || (model.experts > 0 && layer < model.layers));
  const experts = held.flatMap(({ parameters }) => parameters);
  return withValues(startingSettings, {
    'encoding.template': 'hf',
    'encoding.assistant_only_loss': false,
    'encoding.max_length': 2048,
    'lora.target_parameters': experts.length > 0 ? experts : null,
    gradient_accumulation_steps: 4,
  });
}

/** The published recipe that stands for a model's family, where the model brings no recommendation of its own. */
export function recipeFor(model: PresetModel | null): FamilyRecipe | undefined {
  return model && Object.keys(model.recommended ?? {}).length === 0 ? recipeOf(model.family) : undefined;
}

function recommended(model: PresetModel | null): TrainingSettings {
  const recipe = recipeFor(model);
  if (!recipe) return withNamed(startingSettings, model?.recommended ?? {});
  const settings = withValues(startingSettings, recipe.values);
  const { r, lora_alpha } = settings.lora;
  const rank = Math.min(r, model?.adaptable?.rank ?? r); // of a very small model
  return withValues(settings, { 'lora.r': rank, 'lora.lora_alpha': (lora_alpha * rank) / r });
}

/** The settings a preset stands for, for this model: no row is longer than its positions. */
export function presetSettings(preset: PresetName, model: PresetModel | null): TrainingSettings {
  const settings = preset === 'cookbook' ? cookbook(model) : recommended(model);
  const { max_length } = settings.encoding;
  return model && model.context > 0 && max_length > model.context
    ? withValues(settings, { 'encoding.max_length': model.context })
    : settings;
}

/** Overlays values by their names, flat or in objects; what cannot be taken is left out. */
export function withNamed(settings: TrainingSettings, named: Record<string, unknown>): TrainingSettings {
  return [...readNamed(named).values].reduce((next, [path, value]) => withValueAt(next, path, value), settings);
}
