/**
 * Where training settings start from: the page's own differences from TRL's and PEFT's defaults, the published Cookbook recipe, and what a model's own
 * card recommends, or a published recipe for its family. A recommendation is a flat or nested record by TRL's and PEFT's names (`learning_rate`, `r`, `max_length` ...).
 */
import { cookbookExperts } from '../lib/known-models.ts';
import { longestAnswer } from '../protocol/answer-lengths.ts';
import { distillationDefaults } from '../protocol/distillation.ts';
import { grpoDefaults } from '../protocol/grpo.ts';
import type { ModelSummary } from '../protocol/model.ts';
import { readNamed } from '../protocol/named-settings.ts';
import { defaultSettings, type SettingValues, withValueAt, withValues } from '../protocol/setting-values.ts';
import { settingsOf } from '../protocol/settings.ts';
import type { TrainingSettings } from '../protocol/training.ts';
import {
  bundledDistillation,
  DISTILLATION_PRESETS,
  type DistillationPresetName,
  distillationPresets,
  isDistillationPreset,
} from './distillation-presets.ts';
import { type FamilyRecipe, recipeOf } from './family-recipes.ts';
import { bundledGrpo, GRPO_PRESETS, type GrpoPresetName, grpoPresets, isGrpoPreset } from './grpo-presets.ts';

export type PresetName = 'recommended' | 'cookbook' | GrpoPresetName | DistillationPresetName;

/** The presets that a method has; the first one stands where another method's was chosen. */
export function presetsOf(method: string): readonly PresetName[] {
  if (method === 'grpo') return ['recommended', ...GRPO_PRESETS];
  return method === 'distillation' ? ['recommended', ...DISTILLATION_PRESETS] : ['recommended', 'cookbook'];
}

/** The preset, or the model's own where the method has none of this name. */
export function presetUnder(preset: PresetName, method: string): PresetName {
  return presetsOf(method).includes(preset) ? preset : 'recommended';
}

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
  Partial<Pick<ModelSummary, 'family' | 'adaptable' | 'source'>>;

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

/** A batch holds at least one whole group of answers. */
const otherGrpo: SettingValues = { per_device_train_batch_size: grpoDefaults.num_generations };

/** The same under a method that learns from answers: with the method's own settings, and its defaults where it has others than SFT. */
function underMethod(settings: TrainingSettings, method: string): TrainingSettings {
  const own = settingsOf(method).flatMap(({ path, defaults }) =>
    defaults && Object.hasOwn(defaults, method) ? [[path, defaults[method]]] : [],
  );
  const named = method === 'grpo' ? { grpo: structuredClone(grpoDefaults) } : { distillation: structuredClone(distillationDefaults) };
  return withValues({ ...settings, method, ...named }, Object.fromEntries(own) as SettingValues); // values of the rows themselves
}

/** `preset` on top of GRPO's own. */
function underGrpo(settings: TrainingSettings, preset: PresetName, model: PresetModel | null): TrainingSettings {
  const begun = underMethod(settings, 'grpo');
  if (!isGrpoPreset(preset)) return withValues(begun, hasGrpoRecipe(model) ? bundledGrpo : otherGrpo);
  return within(withValues(withValues(begun, otherGrpo), grpoPresets[preset].values(model)), model);
}

/** Likewise; all that a model brings for the rank stays where it has been measured. */
function underDistillation(settings: TrainingSettings, preset: PresetName, model: PresetModel | null): TrainingSettings {
  const begun = underMethod(settings, 'distillation');
  if (!isDistillationPreset(preset)) return within(hasGrpoRecipe(model) ? withValues(begun, bundledDistillation) : begun, model);
  return within(withValues(begun, distillationPresets[preset].values), model);
}

/** A rank of the preset that this model can have, and answers that leave room for a prompt. */
function within(settings: TrainingSettings, model: PresetModel | null): TrainingSettings {
  const { lora, method } = settings;
  const rank = Math.min(lora.r, model?.adaptable?.rank ?? lora.r);
  const given = longestAnswer(settings);
  const longest = model && model.context > 0 ? Math.min(given, Math.floor(model.context / 2)) : given;
  return withValues(settings, {
    'lora.r': rank,
    'lora.lora_alpha': (lora.lora_alpha * rank) / lora.r,
    [method === 'grpo' ? 'grpo.max_completion_length' : 'distillation.max_completion_length']: longest,
  });
}

/** True where runs that learn from answers have been tried and measured on this model. */
export function hasGrpoRecipe(model: PresetModel | null): boolean {
  return model?.source === 'bundled';
}

/** The settings a preset stands for, for this model and method: no row is longer than its positions. */
export function presetSettings(wanted: PresetName, model: PresetModel | null, method = 'sft'): TrainingSettings {
  const preset = presetUnder(wanted, method);
  const rows = preset === 'cookbook' ? cookbook(model) : recommended(model);
  const settings =
    method === 'grpo' ? underGrpo(rows, preset, model) : method === 'distillation' ? underDistillation(rows, preset, model) : rows;
  const { max_length } = settings.encoding;
  return model && model.context > 0 && max_length > model.context
    ? withValues(settings, { 'encoding.max_length': model.context })
    : settings;
}

/** Overlays values by their names, flat or in objects; what cannot be taken is left out. */
export function withNamed(settings: TrainingSettings, named: Record<string, unknown>): TrainingSettings {
  return [...readNamed(named).values].reduce((next, [path, value]) => withValueAt(next, path, value), settings);
}
