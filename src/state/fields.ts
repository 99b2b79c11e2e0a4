/**
 * The training settings as a form: one record per setting with its path, its TRL/PEFT name, a plain label and a sentence of help.
 * The form, the count of changed settings and the export all read this one list. Fields with a shape of their own (languages, targets,
 * patterns) are `custom` and drawn by the screen.
 */
import type { TrainingSettings } from '../protocol/training.ts';

export interface Field {
  /** Dotted path into TrainingSettings. */
  path: string;
  /** The name TRL, PEFT or transformers know it by; empty for our own. */
  name: string;
  label: string;
  help: string;
  part: 'simple' | 'advanced';
  kind: 'integer' | 'number' | 'scientific' | 'switch' | 'choice' | 'text' | 'custom';
  min?: number;
  max?: number;
  step?: number;
  choices?: readonly { value: string; label: string }[];
}

const SCHEDULERS = ['cosine_with_min_lr', 'cosine', 'linear', 'constant_with_warmup', 'constant'].map((value) => ({ value, label: value }));
const TEMPLATES = [
  { value: 'hf', label: 'hf (stock template)' },
  { value: 'trl', label: 'trl (stock text, TRL mask)' },
  { value: 'prefix-preserving', label: 'prefix-preserving' },
];

const DTYPES = ['float32', 'int16'].map((value) => ({ value, label: value }));

export const fields: readonly Field[] = [
  {
    path: 'optimizer.learning_rate',
    name: 'learning_rate',
    label: 'Learning rate',
    help: 'How far each step moves the adapter.',
    part: 'simple',
    kind: 'scientific',
    min: 0,
  },
  {
    path: 'num_train_epochs',
    name: 'num_train_epochs',
    label: 'Epochs',
    help: 'Times each row is seen.',
    part: 'simple',
    kind: 'number',
    min: 0.01,
    step: 1,
  },
  {
    path: 'max_steps',
    name: 'max_steps',
    label: 'Steps',
    help: 'A fixed number of steps instead of epochs; -1 goes by epochs.',
    part: 'simple',
    kind: 'integer',
    min: -1,
  },
  {
    path: 'per_device_train_batch_size',
    name: 'per_device_train_batch_size',
    label: 'Batch',
    help: 'Rows computed at once; costs memory.',
    part: 'simple',
    kind: 'integer',
    min: 1,
  },
  {
    path: 'gradient_accumulation_steps',
    name: 'gradient_accumulation_steps',
    label: 'Accumulation',
    help: 'Batches added up before each step; costs time, not memory.',
    part: 'simple',
    kind: 'integer',
    min: 1,
  },
  {
    path: 'encoding.max_length',
    name: 'max_length',
    label: 'Longest row',
    help: 'Tokens kept of each row; the rest of a longer row is cut.',
    part: 'simple',
    kind: 'integer',
    min: 8,
    step: 32,
  },
  { path: 'lora.r', name: 'r', label: 'Rank', help: 'Size of the adapter.', part: 'simple', kind: 'integer', min: 1 },
  {
    path: 'lora.lora_alpha',
    name: 'lora_alpha',
    label: 'Alpha',
    help: 'Strength of the adapter; often twice the rank.',
    part: 'simple',
    kind: 'number',
    min: 0.01,
    step: 1,
  },
  {
    path: 'lora.target_modules',
    name: 'target_modules',
    label: 'Target layers',
    help: 'all-linear is q, k, v and o of every layer on gpt-oss.',
    part: 'simple',
    kind: 'custom',
  },
  {
    path: 'encoding.assistant_only_loss',
    name: 'assistant_only_loss',
    label: 'Learn from the assistant only',
    help: 'Off: questions and instructions are learned as well.',
    part: 'simple',
    kind: 'switch',
  },
  {
    path: 'encoding.languages',
    name: '',
    label: 'Languages to train on',
    help: 'Rows of other languages are left out.',
    part: 'simple',
    kind: 'custom',
  },

  {
    path: 'lora.target_parameters',
    name: 'target_parameters',
    label: 'Expert weights',
    help: 'For example 7.mlp.experts.gate_up_proj.',
    part: 'advanced',
    kind: 'custom',
  },
  {
    path: 'lora.use_rslora',
    name: 'use_rslora',
    label: 'Rank-stabilised scaling',
    help: 'Scale by alpha / sqrt(r) instead of alpha / r.',
    part: 'advanced',
    kind: 'switch',
  },
  {
    path: 'lora.rank_pattern',
    name: 'rank_pattern',
    label: 'Rank by layer',
    help: 'One "pattern = rank" a line.',
    part: 'advanced',
    kind: 'custom',
  },
  {
    path: 'lora.alpha_pattern',
    name: 'alpha_pattern',
    label: 'Alpha by layer',
    help: 'One "pattern = alpha" a line.',
    part: 'advanced',
    kind: 'custom',
  },
  {
    path: 'optimizer.lr_scheduler_type',
    name: 'lr_scheduler_type',
    label: 'Schedule',
    help: 'How the learning rate falls.',
    part: 'advanced',
    kind: 'choice',
    choices: SCHEDULERS,
  },
  {
    path: 'optimizer.lr_scheduler_kwargs.min_lr_rate',
    name: 'min_lr_rate',
    label: 'Lowest rate',
    help: 'Share of the learning rate kept at the end; cosine_with_min_lr only.',
    part: 'advanced',
    kind: 'number',
    min: 0,
    max: 1,
    step: 0.05,
  },
  {
    path: 'optimizer.warmup_steps',
    name: 'warmup_steps',
    label: 'Warm-up',
    help: 'Steps, or a share of all steps when below 1.',
    part: 'advanced',
    kind: 'number',
    min: 0,
    step: 0.01,
  },
  {
    path: 'optimizer.weight_decay',
    name: 'weight_decay',
    label: 'Weight decay',
    help: 'AdamW, decoupled.',
    part: 'advanced',
    kind: 'number',
    min: 0,
    step: 0.01,
  },
  {
    path: 'optimizer.adam_beta1',
    name: 'adam_beta1',
    label: 'Beta 1',
    help: 'AdamW, memory of the gradient.',
    part: 'advanced',
    kind: 'number',
    min: 0,
    max: 0.9999,
    step: 0.01,
  },
  {
    path: 'optimizer.adam_beta2',
    name: 'adam_beta2',
    label: 'Beta 2',
    help: 'AdamW, memory of its square.',
    part: 'advanced',
    kind: 'number',
    min: 0,
    max: 0.99999,
    step: 0.001,
  },
  { path: 'optimizer.adam_epsilon', name: 'adam_epsilon', label: 'Epsilon', help: 'AdamW.', part: 'advanced', kind: 'scientific', min: 0 },
  {
    path: 'optimizer.max_grad_norm',
    name: 'max_grad_norm',
    label: 'Gradient clip',
    help: 'Longest gradient allowed; 0 turns clipping off.',
    part: 'advanced',
    kind: 'number',
    min: 0,
    step: 0.1,
  },
  {
    path: 'router_aux_loss_coef',
    name: 'router_aux_loss_coef',
    label: 'Router balance',
    help: 'Weight of the load-balancing loss; 0 as in the recipe.',
    part: 'advanced',
    kind: 'number',
    min: 0,
    step: 0.001,
  },
  {
    path: 'checkpoint_dtype',
    name: 'checkpoint_dtype',
    label: 'Block inputs',
    help: 'How they wait for the backward where blocks are recomputed; int16 halves their memory, and gradients differ in the fourth digit.',
    part: 'advanced',
    kind: 'choice',
    choices: DTYPES,
  },
  { path: 'seed', name: 'seed', label: 'Seed', help: 'Same seed, same order and same start.', part: 'advanced', kind: 'integer', min: 0 },
  {
    path: 'validation_split',
    name: '',
    label: 'Rows kept for evaluation',
    help: 'Share of rows, 0 to 0.5.',
    part: 'advanced',
    kind: 'number',
    min: 0,
    max: 0.5,
    step: 0.05,
  },
  {
    path: 'eval_steps',
    name: 'eval_steps',
    label: 'Evaluate every',
    help: 'Steps; 0: only at the end.',
    part: 'advanced',
    kind: 'integer',
    min: 0,
  },
  {
    path: 'adherence_steps',
    name: '',
    label: 'Ask while training every',
    help: 'Steps between probes of the reasoning language; 0: off.',
    part: 'advanced',
    kind: 'integer',
    min: 0,
  },
  {
    path: 'adherence_languages',
    name: '',
    label: 'Languages asked',
    help: 'Empty: the languages trained on.',
    part: 'advanced',
    kind: 'custom',
  },
  {
    path: 'adherence_question',
    name: '',
    label: 'Question asked',
    help: 'Empty: the model’s own held-out questions.',
    part: 'advanced',
    kind: 'text',
  },
  {
    path: 'encoding.template',
    name: 'chat_template',
    label: 'Template',
    help: 'Multi-turn training needs prefix-preserving.',
    part: 'advanced',
    kind: 'choice',
    choices: TEMPLATES,
  },
  {
    path: 'encoding.date',
    name: '',
    label: 'Date in the system message',
    help: 'Pinned, so that a run can be repeated.',
    part: 'advanced',
    kind: 'text',
  },
  {
    path: 'encoding.inject_reasoning_language',
    name: '',
    label: 'Add the language line',
    help: 'Put "reasoning language: X" from the row’s column where the row lacks it.',
    part: 'advanced',
    kind: 'switch',
  },
];

/** The value at a dotted path; undefined where it is not set. */
export function valueAt(settings: TrainingSettings, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined), settings);
}

/** A copy of the settings with one value changed; undefined unsets it. */
export function withValueAt(settings: TrainingSettings, path: string, value: unknown): TrainingSettings {
  const next = structuredClone(settings);
  const keys = path.split('.');
  const last = keys.pop()!;
  const target = keys.reduce<Record<string, unknown>>(
    (at, key) => at[key] as Record<string, unknown>,
    next as unknown as Record<string, unknown>,
  );
  target[last] = value;
  return next;
}

/** The fields of a part whose value differs from the standing preset's. */
export function changedFields(settings: TrainingSettings, preset: TrainingSettings, part?: Field['part']): Field[] {
  return fields.filter((f) => (!part || f.part === part) && !same(valueAt(settings, f.path), valueAt(preset, f.path)));
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a ?? null) === JSON.stringify(b ?? null);
}
