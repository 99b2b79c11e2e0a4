/** The table covers TrainingSettings, its defaults obey its rules, and nothing wrong is accepted in silence. */
import { describe, expect, it } from 'vitest';
import { distillationDefaults } from './distillation.ts';
import { grpoDefaults } from './grpo.ts';
import { isRecord } from './rules.ts';
import type { SettingPath } from './setting-row.ts';
import { defaultSettings, differing, type SettingValues, settingProblems, valueAt, withValueAt, withValues } from './setting-values.ts';
import { ruleOf, settingNamed, settings, settingsOf } from './settings.ts';
import type { TrainingSettings } from './training.ts';

/** Every field, optional ones included: a new field does not compile until it stands here and, by the type of the table, in a row. */
const full: { [K in keyof Required<TrainingSettings>]: Required<TrainingSettings>[K] } = {
  method: 'sft',
  encoding: {
    template: 'trl',
    date: '2025-08-05',
    max_length: 1024,
    assistant_only_loss: false,
    inject_reasoning_language: false,
    inject_answer_language: true,
    tool_arguments_as_text: true,
    thinking: 'mixed',
    think_ratio: 0.25,
    think_seed: 7,
    languages: ['German'],
    model_identity: 'You are small.',
    reasoning_effort: 'low',
  },
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
    lr_scheduler_kwargs: { min_lr_rate: 0.1 },
    warmup_steps: 0,
    weight_decay: 0,
    adam_beta1: 0.9,
    adam_beta2: 0.999,
    adam_epsilon: 1e-8,
    max_grad_norm: 1,
  },
  init_adapter: 'new',
  per_device_train_batch_size: 8,
  gradient_accumulation_steps: 1,
  num_train_epochs: 3,
  max_steps: -1,
  router_aux_loss_coef: 0,
  checkpoint_dtype: 'float32',
  loss_type: 'nll',
  grpo: grpoDefaults,
  distillation: distillationDefaults,
  seed: 42,
  validation_split: 0,
  eval_steps: 0,
  save_steps: 500,
  save_total_limit: 5,
  eval_on_start: false,
  eval_questions: 0,
  eval_max_new_tokens: 256,
  load_best_model_at_end: false,
  metric_for_best_model: null,
  early_stopping_patience: 0,
  early_stopping_threshold: 0,
  adherence_steps: 0,
  adherence_languages: [],
  adherence_question: 'Why?',
};

const FREE = ['lora.rank_pattern', 'lora.alpha_pattern', 'grpo.reward_settings', 'distillation.language_strings'];

function leaves(value: unknown, path = ''): string[] {
  if (!isRecord(value) || FREE.includes(path)) return [path];
  return Object.entries(value).flatMap(([key, inner]) => leaves(inner, path ? `${path}.${key}` : key));
}

const clauses = (given: unknown, limits = {}): string[] => settingProblems(given, limits).map(({ problem }) => problem);
const only = (values: SettingValues | Record<string, unknown>, limits = {}): string[] =>
  clauses(withValues(defaultSettings(), values as SettingValues), limits);

describe('the table', () => {
  it('has exactly one row for every leaf of TrainingSettings', () => {
    expect(settings.map(({ path }) => path).sort()).toEqual(leaves(full).sort());
    // @ts-expect-error: a path that is not in TrainingSettings does not compile.
    const wrong: SettingPath = 'lora.rank';
    expect(settings.some(({ path }) => path === wrong)).toBe(false);
    // @ts-expect-error: nor does a value of another type.
    withValues(defaultSettings(), { 'lora.r': 'eight' });
  });

  it.each(['sft', 'grpo', 'distillation'])('has names that mean one setting each in a run of %s', (method) => {
    const names = settingsOf(method).flatMap(({ name, also = [] }) => [name, ...also]);
    expect(new Set(names).size).toBe(names.length);
    for (const row of settingsOf(method)) expect(settingNamed(row.name, method)).toBe(row);
  });

  it('has defaults of a method’s own: TRL’s of GRPOConfig, and nothing of GRPO in other runs', () => {
    const made = defaultSettings('2025-08-05', 'grpo');
    expect(made).toMatchObject({
      method: 'grpo',
      optimizer: { learning_rate: 1e-6 },
      grpo: { num_generations: 8, temperature: 1, loss_type: 'dapo', beta: 0, epsilon: 0.2, scale_rewards: 'group' },
    });
    expect([made.loss_type, defaultSettings().grpo]).toEqual([undefined, undefined]);
    expect(clauses(made)).toEqual([]);
  });

  it('has defaults of distillation: the whole forward divergence against the model without its adapter, answers drawn as COPSD draws them', () => {
    const made = defaultSettings('2025-08-05', 'distillation');
    expect(made).toMatchObject({
      method: 'distillation',
      optimizer: { learning_rate: 5e-6 },
      distillation: {
        beta: 0,
        jsd_token_clip: null,
        teacher_model_kind: 'base',
        lmbda: 1,
        generation_temperature: 1.1,
        top_p: 0.95,
        top_k: 20,
      },
    });
    expect(made.grpo).toBeUndefined();
    expect(clauses(made)).toEqual([]);
  });

  it('has defaults that obey the rules, and those of TRL and PEFT', () => {
    for (const row of settings) if (row.default !== undefined) expect(ruleOf(row).problems(row.name, row.default), row.path).toEqual([]);
    expect(clauses(defaultSettings())).toEqual([]);
    expect(clauses(full)).toEqual([]);
    expect(defaultSettings('2025-08-05')).toMatchObject({
      encoding: { date: '2025-08-05', max_length: 1024, assistant_only_loss: false },
      lora: { r: 8, lora_alpha: 8 },
      optimizer: { learning_rate: 2e-5, lr_scheduler_type: 'linear', lr_scheduler_kwargs: {}, adam_epsilon: 1e-8, max_grad_norm: 1 },
      num_train_epochs: 3,
      per_device_train_batch_size: 8,
      seed: 42,
      loss_type: 'nll',
    });
  });

  it('gives every number two ends', () => {
    for (const row of settings.filter(({ kind }) => ['integer', 'number', 'scientific'].includes(kind))) {
      const { min, max } = ruleOf(row);
      expect([row.path, Number.isFinite(min), Number.isFinite(max)]).toEqual([row.path, true, true]);
      const orNull = ruleOf(row).problems('', null).length === 0 ? [] : [null];
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, '8', ...orNull])
        expect(ruleOf(row).problems(row.name, value), `${row.path} ${value}`).toHaveLength(1);
    }
  });
});

describe('one wrong value is one clause', () => {
  it.each<[Record<string, unknown>, string]>([
    [{ 'optimizer.learning_rate': 1e9 }, 'learning_rate is 1e9 and must be a number above 0 and at most 1'],
    [{ 'optimizer.learning_rate': 0 }, 'learning_rate is 0 and must be'],
    [{ 'lora.r': 4096 }, 'r is 4096 and must be a whole number from 1 to 1,024'],
    [{ 'lora.r': 1.5 }, 'r is 1.5 and must be a whole number'],
    [{ 'lora.lora_alpha': 0 }, 'lora_alpha is 0 and must be a number above 0 and at most 10,000'],
    [{ 'lora.lora_alpha': -1 }, 'lora_alpha is -1'],
    [{ 'lora.lora_alpha': Number.NaN }, 'lora_alpha is not a number'],
    [{ num_train_epochs: 1e9 }, 'num_train_epochs is 1e9 and must be a number above 0 and at most 1,000'],
    [{ max_steps: 5e7 }, 'max_steps is 5e7 and must be -1 or a whole number from 1 to 1,000,000'],
    [{ max_steps: 0 }, 'max_steps is 0 and must be -1 or'],
    [{ per_device_train_batch_size: 100_000 }, 'per_device_train_batch_size is 100000 and must be a whole number from 1 to 1,024'],
    [{ gradient_accumulation_steps: 0 }, 'gradient_accumulation_steps is 0'],
    [{ 'optimizer.warmup_steps': -1 }, 'warmup_steps is -1 and must be a number from 0 to 1,000,000'],
    [{ 'optimizer.adam_beta1': 1 }, 'adam_beta1 is 1 and must be a number from 0 to below 1'],
    [{ 'optimizer.adam_beta2': 1.1 }, 'adam_beta2 is 1.1'],
    [{ 'optimizer.adam_epsilon': 0 }, 'adam_epsilon is 0 and must be a number above 0 and at most 1'],
    [{ seed: 0.5 }, 'seed is 0.5 and must be a whole number from 0 to 4,294,967,295'],
    [{ validation_split: 0.6 }, 'validation_split is 0.6 and must be a number from 0 to 0.5'],
    [{ 'encoding.date': '2026-02-30' }, 'date is "2026-02-30" and must be a date such as "2025-08-05"'],
    [{ 'encoding.date': 'today' }, 'date is "today"'],
    [{ 'encoding.languages': 'German' }, 'languages is "German" and must be a list of texts'],
    [{ adherence_languages: [1] }, 'adherence_languages is [1] and must be a list of texts'],
    [{ 'lora.rank_pattern': { '(': 4 } }, 'rank_pattern has the key "(", which is no regular expression'],
    [{ 'lora.rank_pattern': { q_proj: Number.NaN } }, 'rank_pattern.q_proj is not a number and must be a whole number from 1 to 1,024'],
    [{ 'lora.alpha_pattern': [] }, 'alpha_pattern is [] and must be an object of regular expressions'],
    [{ 'lora.target_modules': 'all' }, 'target_modules is "all" and must be "all-linear" or a list of names of linear layers'],
    [{ 'encoding.template': 'chatml' }, 'chat_template is "chatml" and must be hf or trl or prefix-preserving'],
    [{ method: 'grpo', 'grpo.reward_weights': [1] }, 'reward_weights has 1 entry and reward_funcs has 2; give one each, or null'],
    [{ method: 'grpo', 'grpo.reward_funcs': [] }, 'reward_funcs is [] and must name at least one reward'],
    [
      { method: 'grpo', 'grpo.num_generations': 6 },
      'per_device_train_batch_size x steps_per_generation is 8 answers and must be a multiple of num_generations 6; set the batch to 12, or num_generations to 4',
    ],
    [
      { method: 'grpo', per_device_train_batch_size: 3, gradient_accumulation_steps: 3, 'grpo.num_generations': 4 },
      'is 9 answers and must be a multiple of num_generations 4; set the batch to 4, or num_generations to 3',
    ],
    [
      { method: 'grpo', per_device_train_batch_size: 1, 'grpo.num_generations': 2 },
      'is 1 answers and must be a multiple of num_generations 2; set the batch to 2',
    ],
    [{ method: 'grpo', per_device_train_batch_size: Number.NaN }, 'per_device_train_batch_size is not a number'],
    [
      { method: 'grpo', 'grpo.reward_funcs': ['accuracy', 'repetition'], 'grpo.reward_settings': { repetition: { ngram_size: 0 } } },
      'repetition.ngram_size is 0 and must be a whole number from 1 to 1,000',
    ],
    [{ method: 'grpo', 'grpo.reward_funcs': ['accurracy'] }, 'there is no reward "accurracy"'],
    [
      { method: 'grpo', 'grpo.reward_funcs': ['language'], 'grpo.reward_settings': { language: { combine: 'gate' } } },
      'a gate multiplies other rewards and there is none',
    ],
    [
      { method: 'grpo', 'grpo.steps_per_generation': 3, gradient_accumulation_steps: 2 },
      'steps_per_generation is 3 and must be a multiple of gradient_accumulation_steps 2',
    ],
    [{ method: 'distillation', 'distillation.beta': 1.5 }, 'beta is 1.5 and must be a number from 0 to 1'],
    [{ method: 'distillation', 'distillation.jsd_token_clip': 0 }, 'jsd_token_clip is 0 and must be null or a number above 0'],
    [
      { method: 'distillation', 'distillation.teacher_model_kind': 'fixed' },
      'teacher_model_kind is "fixed" and must be base or live or ema',
    ],
    [
      { method: 'distillation', 'distillation.num_generations': 6, gradient_accumulation_steps: 2 },
      'per_device_train_batch_size x gradient_accumulation_steps is 16 answers and must be a multiple of num_generations 6; set the batch to 9, or num_generations to 4',
    ],
    [
      { method: 'distillation', 'distillation.reason_first': true, 'distillation.include_reference_solution_en': false },
      'reason_first needs include_reference_solution_en',
    ],
    [
      { method: 'distillation', load_best_model_at_end: true, validation_split: 0.1 },
      'load_best_model_at_end goes by the evaluation loss and no rows are kept for it',
    ],
    [{ loss_type: 'ppo' }, 'loss_type is "ppo" and must be nll or dft'],
    [{ 'optimizer.lr_scheduler_type': 'cosine_with_min_lr' }, 'lr_scheduler_type cosine_with_min_lr needs lr_scheduler_kwargs'],
    [{ 'encoding.assistant_only_loss': true, 'encoding.template': 'hf' }, 'hf marks no assistant tokens'],
    [
      { max_steps: 1e6, per_device_train_batch_size: 1024 },
      'max_steps x per_device_train_batch_size x gradient_accumulation_steps is 1.024e9 rows and must be at most 16,777,216',
    ],
  ])('%j', (values, clause) => {
    const found = only(values);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(clause);
  });
});

describe('problems', () => {
  it('of contradictions are judged in the whole only: a row can be looked at under any template', () => {
    const encoding = { ...defaultSettings().encoding, assistant_only_loss: true, template: 'hf' };
    expect(settingProblems(encoding, {}, 'encoding')).toEqual([]);
    expect(settingProblems({ ...defaultSettings(), encoding })).toHaveLength(1);
  });

  it('name unknown keys, missing ones and parts that are no objects, all at once', () => {
    const { seed: _, ...given } = { ...defaultSettings(), learning_rte: 1, lora: { ...full.lora, rank: 4, toString: 1 }, optimizer: 3 };
    const found = clauses(given);
    expect(found.filter((clause) => !clause.includes('missing'))).toEqual([
      'optimizer is 3 and must be an object',
      'lora.rank is not a setting that is known here',
      'lora.toString is not a setting that is known here',
      'learning_rte is not a setting that is known here',
    ]);
    expect(found).toContain('seed is missing and must be a whole number from 0 to 4,294,967,295');
    expect(found).toContain('learning_rate is missing and must be a number above 0 and at most 1');
    expect(clauses(null)).toEqual(['the settings must be an object and is null']);
  });

  it('follow the model', () => {
    const limits = {
      positions: 600,
      rank: 96,
      modules: ['model.layers.7.mlp.up_proj'],
      parameters: ['model.layers.7.mlp.experts.down_proj'],
      rows: 10,
    };
    expect(only({ 'encoding.max_length': 600, 'lora.r': 96, 'lora.target_modules': ['up_proj', '7.mlp.up_proj'] }, limits)).toEqual([]);
    expect(
      only(
        {
          'encoding.max_length': 601,
          'lora.r': 97,
          'lora.target_modules': ['up_proj', 'p_proj'],
          'lora.target_parameters': ['up_proj'],
          'lora.rank_pattern': { up_proj: 200 },
        },
        limits,
      ),
    ).toEqual([
      'max_length is 601 and must be a whole number from 2 to 600, the positions of this model',
      'r is 97 and must be a whole number from 1 to 96, the smaller side of the largest adapted weight of this model',
      'target_modules has the entry "p_proj", which names none of the linear layers of this model',
      'target_parameters has the entry "up_proj", which names none of the expert weights of this model',
      'rank_pattern.up_proj is 200 and must be a whole number from 1 to 96, the smaller side of the largest adapted weight of this model',
    ]);
    expect(only({ num_train_epochs: 1000 }, { rows: 100_000 })).toEqual([
      'num_train_epochs x rows of the dataset is 1e8 rows and must be at most 16,777,216',
    ]);
  });

  it('are those of a part, where only that is given', () => {
    expect(settingProblems({ ...full.encoding, max_length: 1, r: 8 }, {}, 'encoding')).toEqual([
      { path: 'encoding.r', problem: 'encoding.r is not a setting that is known here' },
      { path: 'encoding.max_length', problem: 'max_length is 1 and must be a whole number from 2 to 1,048,576' },
    ]);
    expect(settingProblems(full.lora, {}, 'lora')).toEqual([]);
  });
});

describe('values', () => {
  it('are read, changed and unset at their place, in a copy', () => {
    const before = defaultSettings('2025-08-05');
    const after = withValueAt(before, 'optimizer.lr_scheduler_kwargs.min_lr_rate', 0.2);
    expect(valueAt(after, 'optimizer.lr_scheduler_kwargs.min_lr_rate')).toBe(0.2);
    expect(before).toEqual(defaultSettings('2025-08-05'));
    expect(withValueAt(after, 'optimizer.lr_scheduler_kwargs.min_lr_rate', undefined)).toEqual(before);
    expect(valueAt(before, 'lora.toString')).toBeUndefined();
  });

  it('differ by what they mean: an absent value is its default', () => {
    const { loss_type: _, ...without } = defaultSettings();
    expect(differing(without, defaultSettings())).toEqual([]);
    expect(differing(withValueAt(without, 'lora.r', 4), defaultSettings()).map(({ name }) => name)).toEqual(['r']);
  });
});
