/**
 * The run of GRPO that a run of distillation is compared with: the same prompts as evaluations ask them, paid for right answers alone, with as many answers
 * of its own. And which runs belong together so. Pure.
 */
import { distillationDefaults } from '../protocol/distillation.ts';
import type { KeptRun } from '../protocol/kept-runs.ts';
import { withValues } from '../protocol/setting-values.ts';
import type { TrainingSettings } from '../protocol/training.ts';
import { type PresetModel, presetSettings } from './presets.ts';

/** Answers of one prompt that are compared with each other. */
const GROUP = 8;

/** `steps`: of the run of distillation. Null where that answers nothing itself. */
export function baselineOf(distilled: TrainingSettings, steps: number, model: PresetModel | null): TrainingSettings | null {
  const { distillation = distillationDefaults, lora, encoding, seed, init_adapter, optimizer } = distilled;
  const batch = distilled.per_device_train_batch_size * distilled.gradient_accumulation_steps;
  const answers = Math.round(steps * batch * distillation.lmbda);
  if (answers < 2) return null;
  const grouped = Math.max(2, batch);
  const begun = presetSettings('recommended', model, 'grpo');
  const whole = batch < 2 ? { per_device_train_batch_size: 2, gradient_accumulation_steps: 1 } : {};
  const settings = withValues(begun, {
    per_device_train_batch_size: distilled.per_device_train_batch_size,
    gradient_accumulation_steps: distilled.gradient_accumulation_steps,
    ...whole,
    max_steps: Math.max(1, Math.round(answers / grouped)),
    'optimizer.max_grad_norm': optimizer.max_grad_norm,
    'grpo.num_generations': groupOf(grouped),
    'grpo.reward_funcs': ['accuracy'],
    'grpo.reward_weights': null,
    'grpo.reward_settings': {},
    'grpo.max_completion_length': distillation.max_completion_length,
    'grpo.temperature': distillation.generation_temperature,
    'grpo.top_p': distillation.top_p,
    'grpo.top_k': distillation.top_k,
    'grpo.min_p': distillation.min_p,
  });
  return {
    ...settings,
    ...structuredClone(asideOf(distilled)),
    ...structuredClone({ lora, encoding, seed, distillation }),
    ...(init_adapter && { init_adapter }),
  };
}

/** The largest group of at most eight that divides the answers of a step. */
function groupOf(batch: number): number {
  for (let size = Math.min(GROUP, batch); size >= 2; size--) if (batch % size === 0) return size;
  return batch;
}

/** Probes, checkpoints and evaluations under way are those of the run that it is compared with. */
function asideOf(settings: TrainingSettings): Partial<TrainingSettings> {
  const beside = /^(adherence|eval|save|load_best|metric_for_best)/;
  return Object.fromEntries(Object.entries(settings).filter(([name]) => beside.test(name)));
}

/** Whether a run of GRPO asks as self-distillation does. */
export function isBaseline({ method, distillation }: Pick<TrainingSettings, 'method' | 'distillation'>): boolean {
  return method === 'grpo' && distillation !== undefined;
}

interface Known {
  readonly id: string;
  readonly model: string;
  readonly dataset: string;
  readonly settings: TrainingSettings;
}

/** The newest kept run that this one is to be compared with: distillation beside its baseline, or the other way round. */
export function partnerOf(run: Known, kept: readonly KeptRun[]): KeptRun | null {
  const wanted = run.settings.method === 'distillation' ? isBaseline : isBaseline(run.settings) ? ofDistillation : null;
  if (wanted === null) return null;
  const same = (other: KeptRun): boolean =>
    other.model === run.model && other.dataset === run.dataset && other.id !== run.id && other.steps > 0;
  const asked = askedBy(run.settings);
  return (
    kept.find((other) => other.settings !== null && wanted(other.settings) && same(other) && askedBy(other.settings) === asked) ?? null
  );
}

const ofDistillation = ({ method }: TrainingSettings): boolean => method === 'distillation';

/** What the student is asked. */
function askedBy({ distillation = distillationDefaults }: TrainingSettings): string {
  const { target_languages, language_strings, student_enable_thinking, privileged_context } = distillation;
  return JSON.stringify([[...target_languages].sort(), language_strings, student_enable_thinking, privileged_context]);
}

/** Answers that a run of GRPO gives itself, all steps together. */
export function answersOf({ per_device_train_batch_size, gradient_accumulation_steps, max_steps }: TrainingSettings): number {
  return per_device_train_batch_size * gradient_accumulation_steps * max_steps;
}
