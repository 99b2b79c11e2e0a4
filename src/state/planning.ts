/**
 * "Does it fit?": the memory of the user's GPU, the size of answers, the settings tried on a model that is not loaded, and the planner's last answer
 * for each of the two subjects: the loaded model, and the one the Hub form names. For the loaded model the tried settings are the training settings
 * themselves; for the other they are kept apart until it is opened.
 */
import { createStore } from 'zustand/vanilla';
import type { DatasetSummary } from '../protocol/dataset.ts';
import type { CheckpointDtype, PlanAnswer, PlanChange, PlanQuestion, TrainingSettings } from '../protocol/training.ts';
import type { ModelShape } from './model-config.ts';
import { type PresetName, presetSettings } from './presets.ts';
import { type SettingsState, settingsToTrain } from './settings.ts';

export type PlanSubject = 'loaded' | 'offered';

/** The settings that decide about memory and that a slider moves. */
export interface TriedSettings {
  r?: number;
  max_length?: number;
  per_device_train_batch_size?: number;
  gradient_accumulation_steps?: number;
  checkpoint_dtype?: CheckpointDtype;
}

export interface Planned {
  /** What the question was about, so that an answer for another model is never shown. */
  about: string;
  /** The last one, with the memory of the GPU it is about; kept while `error` says why there is none for the newest question. */
  answer: PlanAnswer | null;
  gpuBytes: number | null;
  error: string | null;
  /** A newer question is under way. */
  pending: boolean;
}

export interface PlanningState {
  /** All memory of the GPU; null: not stated. */
  gpu_bytes: number | null;
  cache_length: number;
  /** Columns asked at once. One of 4,096 tokens takes about what five short ones of Compare do. */
  cache_rows: number;
  /** For the model that is not loaded: a preset to start from instead of the current settings, and what was tried on top. */
  recipe: PresetName | null;
  tried: TriedSettings;
  plans: Partial<Record<PlanSubject, Planned>>;
}

export const freshPlanning: PlanningState = {
  gpu_bytes: null,
  cache_length: 4096,
  cache_rows: 1,
  recipe: null,
  tried: {},
  plans: {},
};

export const planningStore = createStore<PlanningState>(() => freshPlanning);

/** What a reload brings back. */
export function keptPlanning({ gpu_bytes, cache_length, cache_rows }: PlanningState) {
  return { gpu_bytes, cache_length, cache_rows };
}

/** What was kept, as far as it can be true. */
export function recalledPlanning(kept: ReturnType<typeof keptPlanning>): PlanningState {
  const size = (value: unknown): number | null => (typeof value === 'number' && value > 0 ? value : null);
  const { cache_length, cache_rows } = freshPlanning;
  return {
    ...freshPlanning,
    gpu_bytes: size(kept.gpu_bytes),
    cache_length: size(kept.cache_length) ?? cache_length,
    cache_rows: size(kept.cache_rows) ?? cache_rows,
  };
}

export const GPU_SIZES = [4, 6, 8, 12, 16, 24, 32, 48, 64, 96] as const;
export const GIB = 2 ** 30;

/** The settings that would stand if a model of this shape were opened now: the user's own, or the preset's for that model. */
function currentSettings(shape: ModelShape, { touched, settings, preset }: SettingsState): TrainingSettings {
  return touched ? settings : presetSettings(preset, shape, settings.method);
}

/** The settings tried on a model that is not loaded. */
export function triedSettings(
  shape: ModelShape,
  current: SettingsState,
  { recipe, tried }: Pick<PlanningState, 'recipe' | 'tried'>,
): TrainingSettings {
  return withTried(recipe ? presetSettings(recipe, shape) : currentSettings(shape, current), tried);
}

function withTried(settings: TrainingSettings, { r, max_length, ...run }: TriedSettings): TrainingSettings {
  return {
    ...settings,
    ...run,
    lora: { ...settings.lora, ...(r !== undefined && { r }) },
    encoding: { ...settings.encoding, ...(max_length !== undefined && { max_length }) },
  };
}

/**
 * The settings that a change of the planner's stands for. A smaller batch is made good by more accumulation, so that a step still learns
 * from the same rows; where that does not come out even, the batch is the next smaller one for which it does.
 */
export function changedSettings(settings: TrainingSettings, change: PlanChange): TriedSettings {
  const { r, max_length, checkpoint_dtype, per_device_train_batch_size: wanted } = change;
  const rows = settings.per_device_train_batch_size * settings.gradient_accumulation_steps;
  let batch = wanted ?? 1;
  while (rows % batch !== 0) batch -= 1;
  return {
    ...(r !== undefined && { r }),
    ...(max_length !== undefined && { max_length }),
    ...(checkpoint_dtype && { checkpoint_dtype }),
    ...(wanted !== undefined && { per_device_train_batch_size: batch, gradient_accumulation_steps: rows / batch }),
  };
}

/** `dataset`: whose rows a run of the loaded model is planned from, and whose languages probes ask in. `adapters`: asked in one batch. */
export function planQuestion(
  config: Record<string, unknown> | null,
  settings: TrainingSettings,
  { gpu_bytes, cache_length, cache_rows }: Pick<PlanningState, 'gpu_bytes' | 'cache_length' | 'cache_rows'>,
  context: number,
  dataset: DatasetSummary | null = null,
  adapters = 1,
): PlanQuestion {
  const within = (length: number): number => (context > 0 ? Math.min(length, context) : length);
  const run = settingsToTrain(settings, dataset);
  return {
    config,
    shorter_rows: true,
    ...((run.method === 'grpo' || run.method === 'distillation') && { learns_from_answers: true as const }),
    ...(config === null && dataset && { run }),
    ...(run.adherence_steps > 0 && { probe_rows: run.adherence_languages.length }),
    ...((run.eval_questions ?? 0) > 0 && { evaluation_tokens: run.eval_max_new_tokens ?? 256 }),
    ...(adapters > 1 && { adapters }),
    lora: settings.lora,
    max_length: within(settings.encoding.max_length),
    per_device_train_batch_size: settings.per_device_train_batch_size,
    ...(settings.checkpoint_dtype && { checkpoint_dtype: settings.checkpoint_dtype }),
    cache_length: within(cache_length),
    cache_rows,
    gpu_bytes,
  };
}

/** Stops of a slider: doubling values within the limits, and the current value where it is none of them. */
export function stops(from: number, to: number, current: number): number[] {
  const values: number[] = [];
  for (let value = from; value <= to; value *= 2) values.push(value);
  return [...new Set([...values, current])].sort((a, b) => a - b);
}
