/**
 * The training settings as a table: one row a setting, keyed by its place in TrainingSettings, so that a place without a row and a row without a
 * place do not compile. The form, the checks of the worker, headless's run.json, presets, saved settings and the model card read it.
 * Names, defaults and meanings: TRL 1.13, PEFT 0.21, transformers 5.18; but router_aux_loss_coef (0), save_total_limit (5) and the LoRA targets (all-linear).
 */
import { today } from '../lib/dates.ts';
import { checkpointRows } from './checkpoint-rows.ts';
import { distillationRows } from './distillation-rows.ts';
import { evaluationRows } from './evaluation-rows.ts';
import { grpoRows } from './grpo-rows.ts';
import { day, flag, names, number, oneOf, or, pattern, type Rule, text, texts, whole } from './rules.ts';
import type { Setting, SettingLimits, SettingPath, SettingRow, SettingValue } from './setting-row.ts';

/** Where no model is known. Ranks are seldom above 256. */
const MAX_RANK = 1024;
const MAX_CONTEXT = 2 ** 20;
const MAX_STEPS = 1_000_000;
const MAX_SEED = 2 ** 32 - 1;

const rank = ({ rank: side = Number.POSITIVE_INFINITY }: SettingLimits): Rule =>
  side < MAX_RANK ? whole(1, side, ', the smaller side of the largest adapted weight of this model') : whole(1, MAX_RANK);
const alpha = number({ above: 0, to: 10_000 });
const steps = whole(0, MAX_STEPS);

/** In the order of the form. */
const table: { readonly [P in SettingPath]: SettingRow<SettingValue<P>> } = {
  method: {
    name: 'method',
    rule: text(40), // the engine's table of methods has the last word
    default: 'sft',
    optional: true,
    label: 'Method',
    help: 'How the model is trained: sft is supervised fine-tuning, grpo learns from answers of its own that rewards judge, distillation from what it would answer itself if it were shown more.',
    part: 'hidden',
    kind: 'text',
  },
  'optimizer.learning_rate': {
    name: 'learning_rate',
    rule: number({ above: 0, to: 1 }),
    default: 2e-5,
    defaults: { grpo: 1e-6, distillation: 5e-6 },
    label: 'Learning rate',
    help: 'How far each step moves the adapter.',
    part: 'simple',
    kind: 'scientific',
  },
  num_train_epochs: {
    name: 'num_train_epochs',
    rule: number({ above: 0, to: 1000 }),
    default: 3,
    label: 'Epochs',
    help: 'Times each row is seen.',
    part: 'simple',
    kind: 'number',
  },
  max_steps: {
    name: 'max_steps',
    rule: or(-1, whole(1, MAX_STEPS)),
    default: -1,
    label: 'Steps',
    help: 'A fixed number of steps instead of epochs; -1 goes by epochs.',
    part: 'simple',
    kind: 'integer',
  },
  per_device_train_batch_size: {
    name: 'per_device_train_batch_size',
    rule: whole(1, 1024),
    default: 8,
    label: 'Batch',
    help: 'Rows computed at once; costs memory.',
    part: 'simple',
    kind: 'integer',
  },
  gradient_accumulation_steps: {
    name: 'gradient_accumulation_steps',
    rule: whole(1, 4096),
    default: 1,
    label: 'Accumulation',
    help: 'Batches added up before each step; costs time, not memory.',
    part: 'simple',
    kind: 'integer',
  },
  'encoding.max_length': {
    name: 'max_length',
    rule: ({ positions }) => (positions ? whole(2, positions, ', the positions of this model') : whole(2, MAX_CONTEXT)),
    default: 1024,
    label: 'Maximum length',
    help: 'Tokens kept of each row; the rest of a longer row is cut.',
    part: 'simple',
    kind: 'integer',
    step: 32,
    unused: ['grpo', 'distillation'],
  },
  init_adapter: {
    name: 'init_adapter',
    rule: oneOf('new', 'standing'),
    default: 'new',
    optional: true,
    label: 'Start from',
    help: 'A new adapter, or the one that stands: it goes on learning, with its own rank and layers.',
    part: 'simple',
    kind: 'choice',
    choiceLabels: { new: 'a new adapter', standing: 'the adapter that stands' },
  },
  'lora.r': { name: 'r', rule: rank, default: 8, label: 'Rank', help: 'Size of the adapter.', part: 'simple', kind: 'integer' },
  'lora.lora_alpha': {
    name: 'lora_alpha',
    rule: alpha,
    default: 8,
    label: 'Alpha',
    help: 'Strength of the adapter; often twice the rank.',
    part: 'simple',
    kind: 'number',
  },
  'lora.target_modules': {
    name: 'target_modules',
    rule: ({ modules }) => names('all-linear', 'linear layers', modules),
    default: 'all-linear',
    label: 'Target layers',
    help: 'all-linear is every linear layer but embedding, head and experts.',
    part: 'simple',
    kind: 'custom',
  },
  'encoding.assistant_only_loss': {
    name: 'assistant_only_loss',
    rule: flag,
    default: false,
    label: 'Learn from the assistant only',
    help: 'Off: questions and instructions are learned as well.',
    part: 'simple',
    kind: 'switch',
    methods: ['sft'],
  },
  'encoding.languages': {
    name: 'languages',
    rule: texts,
    default: undefined,
    optional: true,
    label: 'Languages to train on',
    help: 'Rows of other languages are left out.',
    part: 'simple',
    kind: 'custom',
    unused: ['distillation'],
  },

  'lora.target_parameters': {
    name: 'target_parameters',
    rule: ({ parameters }) => names(null, 'expert weights', parameters),
    default: null,
    label: 'Expert weights',
    help: 'Experts that get an adapter too, by layer.',
    part: 'advanced',
    kind: 'custom',
  },
  'lora.use_rslora': {
    name: 'use_rslora',
    rule: flag,
    default: false,
    label: 'Rank-stabilised scaling',
    help: 'Scale by alpha / sqrt(r) instead of alpha / r.',
    part: 'advanced',
    kind: 'switch',
  },
  'lora.rank_pattern': {
    name: 'rank_pattern',
    rule: (limits) => pattern(rank(limits)),
    default: {},
    label: 'Rank by layer',
    help: 'One "pattern = rank" per line.',
    part: 'advanced',
    kind: 'custom',
  },
  'lora.alpha_pattern': {
    name: 'alpha_pattern',
    rule: pattern(alpha),
    default: {},
    label: 'Alpha by layer',
    help: 'One "pattern = alpha" per line.',
    part: 'advanced',
    kind: 'custom',
  },
  loss_type: {
    name: 'loss_type',
    rule: oneOf('nll', 'dft'),
    default: 'nll',
    optional: true,
    label: 'Loss',
    help: 'dft weights the loss of each token by its own probability, through which no gradient flows.',
    part: 'advanced',
    kind: 'choice',
    methods: ['sft'],
  },
  'optimizer.lr_scheduler_type': {
    name: 'lr_scheduler_type',
    rule: oneOf('cosine_with_min_lr', 'cosine', 'linear', 'constant_with_warmup', 'constant'),
    default: 'linear',
    label: 'Schedule',
    help: 'How the learning rate falls.',
    part: 'advanced',
    kind: 'choice',
  },
  'optimizer.lr_scheduler_kwargs.min_lr_rate': {
    name: 'min_lr_rate',
    rule: number({ from: 0, to: 1 }),
    default: undefined,
    optional: true,
    label: 'Lowest rate',
    help: 'Share of the learning rate kept at the end; cosine_with_min_lr only.',
    part: 'advanced',
    kind: 'number',
    step: 0.05,
  },
  'optimizer.warmup_steps': {
    name: 'warmup_steps',
    rule: number({ from: 0, to: MAX_STEPS }),
    default: 0,
    label: 'Warm-up',
    help: 'Steps, or a share of all steps when below 1.',
    part: 'advanced',
    kind: 'number',
    step: 0.01,
  },
  'optimizer.weight_decay': {
    name: 'weight_decay',
    rule: number({ from: 0, to: 1 }),
    default: 0,
    label: 'Weight decay',
    help: 'AdamW, decoupled.',
    part: 'advanced',
    kind: 'number',
    step: 0.01,
  },
  'optimizer.adam_beta1': {
    name: 'adam_beta1',
    rule: number({ from: 0, below: 1 }),
    default: 0.9,
    label: 'Beta 1',
    help: 'AdamW, memory of the gradient.',
    part: 'advanced',
    kind: 'number',
    step: 0.01,
  },
  'optimizer.adam_beta2': {
    name: 'adam_beta2',
    rule: number({ from: 0, below: 1 }),
    default: 0.999,
    label: 'Beta 2',
    help: 'AdamW, memory of its square.',
    part: 'advanced',
    kind: 'number',
    step: 0.001,
  },
  'optimizer.adam_epsilon': {
    name: 'adam_epsilon',
    rule: number({ above: 0, to: 1 }), // at 0 the first step divides 0 by 0 wherever a gradient is 0
    default: 1e-8,
    label: 'Epsilon',
    help: 'AdamW.',
    part: 'advanced',
    kind: 'scientific',
  },
  'optimizer.max_grad_norm': {
    name: 'max_grad_norm',
    rule: number({ from: 0, to: 1e6 }),
    default: 1,
    label: 'Gradient clip',
    help: 'Longest gradient allowed; 0 turns clipping off.',
    part: 'advanced',
    kind: 'number',
    step: 0.1,
  },
  router_aux_loss_coef: {
    name: 'router_aux_loss_coef',
    rule: number({ from: 0, to: 10 }),
    default: 0,
    defaults: { grpo: 1e-3 },
    label: 'Router balance',
    help: 'Weight of the load-balancing loss; 0 as in the recipe.',
    part: 'advanced',
    kind: 'number',
    step: 0.001,
    unused: ['distillation'],
  },
  checkpoint_dtype: {
    name: 'checkpoint_dtype',
    rule: oneOf('float32', 'int16'),
    default: 'float32',
    optional: true,
    label: 'Block inputs',
    help: 'How they wait for the backward where blocks are recomputed; int16 halves their memory, and gradients differ in the fourth digit.',
    part: 'advanced',
    kind: 'choice',
  },
  seed: {
    name: 'seed',
    rule: whole(0, MAX_SEED),
    default: 42,
    label: 'Seed',
    help: 'Same seed, same order and same start.',
    part: 'advanced',
    kind: 'integer',
  },
  validation_split: {
    name: 'validation_split',
    rule: number({ from: 0, to: 0.5 }),
    default: 0,
    label: 'Rows kept for evaluation',
    help: 'Share of rows, 0 to 0.5.',
    part: 'advanced',
    kind: 'number',
    step: 0.05,
    unused: ['grpo', 'distillation'],
  },
  eval_steps: {
    name: 'eval_steps',
    rule: steps,
    default: 0,
    label: 'Evaluate every',
    help: 'Steps; 0: only at the end.',
    part: 'advanced',
    kind: 'integer',
  },
  ...checkpointRows,
  ...evaluationRows,
  adherence_steps: {
    name: 'adherence_steps',
    rule: steps,
    default: 0,
    label: 'Probe every',
    help: 'Steps between probes of the reasoning language; 0: off.',
    part: 'advanced',
    kind: 'integer',
  },
  adherence_languages: {
    name: 'adherence_languages',
    rule: texts,
    default: [],
    label: 'Probe languages',
    help: 'Empty: the languages trained on, at most twelve.',
    part: 'advanced',
    kind: 'custom',
  },
  adherence_question: {
    name: 'adherence_question',
    rule: text(10_000),
    default: undefined,
    optional: true,
    label: 'Probe question',
    help: 'Empty: the model’s own held-out questions.',
    part: 'advanced',
    kind: 'text',
  },
  'encoding.template': {
    name: 'chat_template',
    also: ['template'],
    rule: oneOf('hf', 'trl', 'prefix-preserving'),
    default: 'trl',
    label: 'Template',
    help: 'Multi-turn training needs prefix-preserving.',
    part: 'advanced',
    kind: 'choice',
    choiceLabels: { hf: 'hf (stock template)', trl: 'trl (stock text, TRL mask)' },
    unused: ['grpo', 'distillation'],
  },
  'encoding.date': {
    name: 'date',
    rule: day,
    default: today(),
    label: 'Date in the system message',
    help: 'Pinned, so that a run can be repeated.',
    part: 'advanced',
    kind: 'text',
  },
  'encoding.inject_reasoning_language': {
    name: 'inject_reasoning_language',
    rule: flag,
    default: false,
    label: 'Add the language line',
    help: 'Put "reasoning language: X" from the row’s column where the row lacks it.',
    part: 'advanced',
    kind: 'switch',
  },
  'encoding.inject_answer_language': {
    name: 'inject_answer_language',
    rule: flag,
    default: undefined,
    optional: true,
    label: 'Add the answer’s language',
    help: 'Put "answer language: X" beside it: from the row’s column answer_language, or what the answer is written in. Probes then ask for the language of the thought.',
    part: 'advanced',
    kind: 'switch',
  },
  'encoding.tool_arguments_as_text': {
    name: 'tool_arguments_as_text',
    rule: flag,
    default: undefined,
    optional: true,
    label: 'Tool arguments as text',
    help: 'Arguments that are JSON text stay in quotes, as in the stock template; off: parsed.',
    part: 'advanced',
    kind: 'switch',
    unused: ['grpo', 'distillation'],
  },
  'encoding.thinking': {
    name: 'enable_thinking',
    also: ['thinking'],
    rule: oneOf('template', 'think', 'no_think', 'mixed'),
    default: 'template',
    optional: true,
    label: 'Reasoning in rows',
    help: 'As the template has it: each row as it stands. mixed trains both modes: half of the rows, or think_ratio, with reasoning, the others with the answer alone.',
    part: 'advanced',
    kind: 'choice',
    choiceLabels: {
      template: 'as the template has it',
      think: 'think (all rows)',
      no_think: 'no_think (answers alone)',
      mixed: 'mixed (a share of each)',
    },
  },
  'encoding.think_ratio': {
    name: 'think_ratio',
    rule: number({ from: 0, to: 1 }),
    default: 0.5,
    optional: true,
    label: 'Share of rows that think',
    help: 'mixed only.',
    part: 'advanced',
    kind: 'number',
    step: 0.05,
  },
  'encoding.think_seed': {
    name: 'think_seed',
    rule: whole(0, MAX_SEED),
    default: 42,
    optional: true,
    label: 'Seed of the share',
    help: 'mixed only: which rows think.',
    part: 'hidden',
    kind: 'integer',
  },
  ...grpoRows,
  ...distillationRows,
  'encoding.model_identity': {
    name: 'model_identity',
    rule: text(10_000),
    default: undefined,
    optional: true,
    label: 'Identity',
    help: 'First sentence of the system message; absent: the model’s own.',
    part: 'hidden',
    kind: 'text',
  },
  'encoding.reasoning_effort': {
    name: 'reasoning_effort',
    rule: oneOf('low', 'medium', 'high'),
    default: undefined,
    optional: true,
    label: 'Reasoning effort',
    help: 'As the system message states it; absent: medium.',
    part: 'hidden',
    kind: 'choice',
  },
};

export const settings: readonly Setting[] = (Object.keys(table) as SettingPath[]).map((path) => ({ path, ...table[path] }));

const named = (rows: readonly Setting[]): Map<string, Setting> =>
  new Map(rows.flatMap((row) => [row.name, ...(row.also ?? [])].map((name) => [name, row])));
const byName = named(settings.filter(({ methods }) => methods === undefined));
const ofMethods = new Map<string, Map<string, Setting>>();

/** The setting that run.json calls so in a run of this method: two methods may call theirs alike. */
export function settingNamed(name: string, method: string): Setting | undefined {
  if (!ofMethods.has(method))
    ofMethods.set(method, named(settings.filter(({ methods, alsoOf }) => methods?.includes(method) || alsoOf?.includes(method))));
  return ofMethods.get(method)!.get(name) ?? byName.get(name);
}

export function settingsOf(method: string): readonly Setting[] {
  return settings.filter(({ methods }) => methods === undefined || methods.includes(method));
}

/** Those that the method has and uses. */
export function usedBy(method: string): readonly Setting[] {
  return settingsOf(method).filter(({ unused }) => !unused?.includes(method));
}

export function ruleOf({ rule }: Setting, limits: SettingLimits = {}): Rule {
  return typeof rule === 'function' ? rule(limits) : rule;
}
