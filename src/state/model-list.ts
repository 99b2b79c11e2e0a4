/**
 * Which known models train on this GPU as they are published, and how long rows may be: the planner's answer for each, one after the other, with
 * LoRA r 16 on all linear weights and one row at a time. Answers are kept per memory size.
 */
import { createStore } from 'zustand/vanilla';
import { engine } from '../client/engine.ts';
import { knownModels } from '../lib/known-models.ts';
import type { PlanQuestion } from '../protocol/training.ts';
import { planningStore } from './planning.ts';
import { startingSettings } from './presets.ts';

/** Rows of reasoning are seldom longer, and a shorter limit than the first is hardly worth training. */
const LONGEST = 8192;
const SHORTEST = 512;

export interface KnownFit {
  /** The longest rows that train; null where not even rows of 512 tokens do. */
  max_length: number | null;
  /** What training rows of 512 tokens takes. */
  peak: number;
}

export interface ModelListState {
  gpu_bytes: number | null;
  fits: Readonly<Record<string, KnownFit>>;
}

export const modelListStore = createStore<ModelListState>(() => ({ gpu_bytes: null, fits: {} }));

/** Fills in what is missing for the GPU as it is stated; a second call for the same GPU does nothing. */
export async function fitKnownModels(): Promise<void> {
  const { gpu_bytes } = planningStore.getState();
  if (gpu_bytes === null || modelListStore.getState().gpu_bytes === gpu_bytes) return;
  modelListStore.setState({ gpu_bytes, fits: {} });
  for (const known of knownModels) {
    const fit = await fitOf(known.config, gpu_bytes).catch(() => null); // the planner says why when the model is looked at
    if (modelListStore.getState().gpu_bytes !== gpu_bytes) return;
    if (fit) modelListStore.setState(({ fits }) => ({ fits: { ...fits, [known.repository]: fit } }));
  }
}

export async function fitOf(config: Record<string, unknown>, gpu_bytes: number): Promise<KnownFit> {
  const question: PlanQuestion = {
    config,
    lora: { ...startingSettings.lora, r: 16, target_modules: 'all-linear', target_parameters: null },
    max_length: SHORTEST,
    per_device_train_batch_size: 1,
    checkpoint_dtype: 'float32',
    cache_length: SHORTEST,
    cache_rows: 1,
    gpu_bytes,
    verdict_only: true,
  };
  const { verdict, train } = await engine().plan(question);
  if (verdict === 'does-not-fit') return { max_length: null, peak: train.peak };
  return { max_length: await engine().fittingLength({ ...question, max_length: LONGEST }), peak: train.peak };
}
