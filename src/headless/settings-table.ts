/**
 * Training settings by their TRL, PEFT and transformers names, flat or nested -> TrainingSettings. Defaults are those of TRL 1.13 and PEFT 0.21,
 * but for router_aux_loss_coef (0) and LoRA targets (all-linear). A name that is not in the tables is an error, never ignored: it could
 * change the numbers. Names that can mean only one thing here are taken with that value alone.
 */
import { throwProblems } from '../lib/problems.ts';
import type { TrainingSettings } from '../protocol/training.ts';
import { isObject, type Json } from './json-files.ts';

interface Rule {
  /** Completes "... must be". */
  readonly be: string;
  readonly holds: (value: unknown) => boolean;
}

const number = (be: string, holds: (n: number) => boolean): Rule => ({
  be,
  holds: (v) => typeof v === 'number' && Number.isFinite(v) && holds(v),
});
const oneOf = (...values: readonly string[]): Rule => ({ be: values.join(', '), holds: (v) => values.includes(v as string) });
const strings = (v: unknown): v is string[] => Array.isArray(v) && v.every((s) => typeof s === 'string');
const pattern: Rule = { be: 'an object of numbers', holds: (v) => isObject(v) && Object.values(v).every((n) => typeof n === 'number') };
const flag: Rule = { be: 'true or false', holds: (v) => typeof v === 'boolean' };
const text: Rule = { be: 'a text', holds: (v) => typeof v === 'string' };
const atLeast0 = number('a number of at least 0', (n) => n >= 0);
const share = number('a number from 0 to below 1', (n) => n >= 0 && n < 1);
const whole = number('a whole number of at least 1', (n) => Number.isInteger(n) && n >= 1);
const count = number('a whole number of at least 0', (n) => Number.isInteger(n) && n >= 0);

const SECTIONS: Readonly<Record<'encoding' | 'lora' | 'optimizer' | 'run', Readonly<Record<string, Rule>>>> = {
  encoding: {
    template: oneOf('hf', 'trl', 'prefix-preserving'),
    date: { be: 'a date such as "2025-08-05"', holds: (v) => typeof v === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(v) },
    model_identity: text,
    reasoning_effort: oneOf('low', 'medium', 'high'),
    max_length: number('a whole number of at least 2', (n) => Number.isInteger(n) && n >= 2),
    assistant_only_loss: flag,
    inject_reasoning_language: flag,
    languages: { be: 'a list of texts', holds: strings },
  },
  lora: {
    r: whole,
    lora_alpha: number('a number above 0', (n) => n > 0),
    target_modules: { be: '"all-linear" or a list of texts', holds: (v) => v === 'all-linear' || strings(v) },
    target_parameters: { be: 'a list of texts or null', holds: (v) => v === null || strings(v) },
    use_rslora: flag,
    rank_pattern: pattern,
    alpha_pattern: pattern,
  },
  optimizer: {
    learning_rate: atLeast0,
    lr_scheduler_type: oneOf('linear', 'constant', 'constant_with_warmup', 'cosine', 'cosine_with_min_lr'),
    lr_scheduler_kwargs: {
      be: '{} or {"min_lr_rate": a number}',
      holds: (v) => v === null || (isObject(v) && Object.entries(v).every(([k, n]) => k === 'min_lr_rate' && typeof n === 'number')),
    },
    warmup_steps: atLeast0,
    weight_decay: atLeast0,
    adam_beta1: share,
    adam_beta2: share,
    adam_epsilon: atLeast0,
    max_grad_norm: atLeast0,
  },
  run: {
    per_device_train_batch_size: whole,
    gradient_accumulation_steps: whole,
    num_train_epochs: number('a number above 0', (n) => n > 0),
    max_steps: number('-1 or a whole number of at least 1', (n) => n === -1 || (Number.isInteger(n) && n >= 1)),
    seed: count,
    validation_split: number('a number from 0 to 0.5', (n) => n >= 0 && n <= 0.5),
    eval_steps: count,
    router_aux_loss_coef: atLeast0,
    checkpoint_dtype: oneOf('float32', 'int16'),
  },
};

/** Names whose only meaning here is one of these values. */
const FIXED: Readonly<Record<string, readonly unknown[]>> = {
  lora_dropout: [0],
  bias: ['none'],
  task_type: ['CAUSAL_LM', null],
  peft_type: ['LORA'],
  init_lora_weights: [true],
  use_dora: [false],
  modules_to_save: [null],
  optim: ['adamw_torch', 'adamw_torch_fused'],
  loss_type: ['nll', 'chunked_nll'],
  packing: [false],
  completion_only_loss: [false, null],
  truncation_mode: ['keep_start'],
  gradient_checkpointing: [true, false],
  bf16: [false],
  fp16: [false],
  logging_steps: [1],
};

/** Objects that may hold any of the names. */
const NESTS = ['lora', 'peft_config', 'lora_config', 'optimizer', 'encoding', 'sft_config', 'training_args', 'settings'];

const RENAMED: Readonly<Record<string, string>> = { warmup_ratio: 'warmup_steps', chat_template: 'template' };

export function defaultSettings(date: string): TrainingSettings {
  return {
    encoding: { template: 'trl', date, max_length: 1024, assistant_only_loss: false, inject_reasoning_language: false },
    lora: {
      r: 8,
      lora_alpha: 8,
      target_modules: 'all-linear',
      target_parameters: null,
      use_rslora: false,
      rank_pattern: {},
      alpha_pattern: {},
    },
    optimizer: {
      learning_rate: 2e-5,
      lr_scheduler_type: 'linear',
      lr_scheduler_kwargs: {},
      warmup_steps: 0,
      weight_decay: 0,
      adam_beta1: 0.9,
      adam_beta2: 0.999,
      adam_epsilon: 1e-8,
      max_grad_norm: 1,
    },
    per_device_train_batch_size: 8,
    gradient_accumulation_steps: 1,
    num_train_epochs: 3,
    max_steps: -1,
    router_aux_loss_coef: 0,
    seed: 42,
    validation_split: 0,
    eval_steps: 0,
    adherence_steps: 0,
    adherence_languages: [],
  };
}

export interface NamedSettings {
  readonly settings: TrainingSettings;
  /** LoRA names that were stated; the others are defaults. */
  readonly stated: ReadonlySet<string>;
}

/** `where` is the file, for messages. */
export function readSettings(json: Json, where: string, date: string): NamedSettings {
  const settings = defaultSettings(date);
  const problems: string[] = [];
  const stated = new Set<string>();
  const take = (values: Json): void => {
    for (const [given, value] of Object.entries(values)) {
      if (NESTS.includes(given) && isObject(value)) take(value);
      else problems.push(...place(settings, given, value, stated));
    }
  };
  take(json);
  const { lr_scheduler_type, lr_scheduler_kwargs } = settings.optimizer;
  if (lr_scheduler_type === 'cosine_with_min_lr' && lr_scheduler_kwargs?.min_lr_rate === undefined) {
    problems.push('lr_scheduler_type cosine_with_min_lr needs lr_scheduler_kwargs {"min_lr_rate": ...}');
  }
  if (settings.encoding.assistant_only_loss && settings.encoding.template === 'hf') {
    problems.push('assistant_only_loss needs the template trl or prefix-preserving, because hf marks no assistant tokens');
  }
  throwProblems('SettingsError', `${where} cannot be used`, problems, 'Correct or remove these keys.');
  return { settings, stated };
}

function place(settings: TrainingSettings, given: string, value: unknown, stated: Set<string>): string[] {
  const name = RENAMED[given] ?? given;
  const fixed = FIXED[name];
  if (fixed)
    return fixed.includes(value)
      ? []
      : [`${given} is ${JSON.stringify(value)} and can only be ${fixed.map((v) => JSON.stringify(v)).join(' or ')} here`];
  for (const [section, rules] of Object.entries(SECTIONS)) {
    const rule = Object.hasOwn(rules, name) ? rules[name]! : undefined;
    if (!rule) continue;
    if (!rule.holds(value)) return [`${given} is ${JSON.stringify(value)} and must be ${rule.be}`];
    const target = section === 'run' ? settings : settings[section as 'encoding' | 'lora' | 'optimizer'];
    (target as unknown as Record<string, unknown>)[name] = name === 'lr_scheduler_kwargs' ? (value ?? {}) : value;
    if (section === 'lora') stated.add(name);
    return [];
  }
  return [`${given} is not a setting that is known here`];
}
