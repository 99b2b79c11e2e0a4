/**
 * The six stages by which reasoning models were made, as they were tried on the bundled model: one table of numbers, which the page's template and the
 * laboratory's recipe read. Settings have the names of run.json and stand over the model's own recommended ones; those of rejection sampling stand over its defaults.
 */
import type { BundledSource } from './model.ts';
import type { DataPart, StageKind } from './stages.ts';

export interface RecipeStage {
  readonly name: string;
  readonly kind: StageKind;
  readonly what: string;
  /** What it adds on the bundled model, as it was measured, and why it matters on large ones. */
  readonly adds: string;
  readonly model: 'open' | BundledSource;
  readonly from: 'base' | number;
  readonly data: readonly DataPart[];
  readonly settings: Readonly<Record<string, unknown>>;
}

/** What both stages of reinforcement learning share: four answers to each of eight prompts a step. */
const GRPO = {
  learning_rate: 2e-3,
  lr_scheduler_type: 'constant',
  warmup_steps: 0,
  weight_decay: 0,
  adam_beta2: 0.99,
  max_grad_norm: 1,
  per_device_train_batch_size: 32,
  gradient_accumulation_steps: 1,
  router_aux_loss_coef: 0,
  loss_type: 'dapo',
  beta: 0,
  scale_rewards: 'group',
  num_generations: 4,
  temperature: 1,
  top_p: 1,
  top_k: 0,
  max_completion_length: 100,
} as const;

/** Rows whose thoughts the cold start learns from; of the others only question and answer are used. */
const COLD_ROWS = 64;
/** Rows that ask for no language: without them the model forgets to think in English where nothing else is asked. */
const GENERAL: DataPart = { of: 'dataset', languages: 'without', but: 2 };

/** Where no language is asked for, English is paid. */
const LANGUAGE = { language: { otherwise: 'English' } };

export const R1_STAGES: readonly RecipeStage[] = [
  {
    name: 'Rewards from the base',
    kind: 'grpo',
    what: 'The model alone answers problems and is paid for right answers in the right form, before it has seen any example.',
    adds: 'Adds nothing here: the small model’s answers are well formed and right already, so most groups have no spread to learn from. On a large model this is where long reasoning began by itself (R1-Zero).',
    model: 'open',
    from: 'base',
    data: [{ of: 'dataset' }],
    settings: { ...GRPO, max_steps: 5, reward_funcs: ['harmony', 'accuracy'], reward_weights: [0.2, 1] },
  },
  {
    name: 'Cold start',
    kind: 'sft',
    what: 'A few examples show how a thought should look and in which language. It is cut short, so that rewards have something left to do.',
    adds: 'Cannot be left out here: before it no thought is ever in the language asked, so no reward can find one. On a large model it makes thoughts readable.',
    model: 'open',
    from: 'base',
    data: [{ of: 'dataset', rows: COLD_ROWS }],
    settings: { learning_rate: 4e-3, warmup_steps: 2, max_steps: 12, per_device_train_batch_size: 8 },
  },
  {
    name: 'Rewards by rules',
    kind: 'grpo',
    what: 'The model answers problems itself and is paid for form, right answers and the language of its thought.',
    adds: 'Raises thoughts in the language asked from about 40 % to 96 to 98 %; without it the plan ends at 80 %. Many examples would do it here too; on a large model rewards reach what no examples show.',
    model: 'open',
    from: 2,
    data: [GENERAL, { of: 'dataset', languages: 'with', rows: 108, but: 2 }],
    settings: {
      ...GRPO,
      max_steps: 40,
      reward_funcs: ['harmony', 'language', 'accuracy'],
      reward_weights: [0.2, 1, 1],
      reward_settings: LANGUAGE,
    },
  },
  {
    name: 'Rejection sampling',
    kind: 'traces',
    what: 'The trained model writes an answer to every problem; only those that are right, closed and in the language asked are kept.',
    adds: 'Keeps 19 of 20 here; without its filter the plan ends at 98 % instead of 100 %. On a large model it makes hundreds of thousands of examples that no person wrote, and leaves out most.',
    model: 'open',
    from: 3,
    data: [{ of: 'dataset', but: 2 }],
    settings: {
      rows: null,
      num_return_sequences: 1,
      sampling: { temperature: 0.7, top_p: 1, top_k: 0, max_new_tokens: 100 },
      reward_funcs: ['harmony', 'language', 'accuracy'],
      reward_settings: LANGUAGE,
      keep: 'first',
      most_per_language: 90,
    },
  },
  {
    name: 'Examples it wrote itself',
    kind: 'sft',
    what: 'The model alone learns from what was kept, mixed with general rows.',
    adds: 'Adds little here: nearly all thoughts are in the language asked, from 96 to 98 % before. The general rows among its examples count: without them English is lost where no language is asked for (20 %). On a large model it brings back all that rewards did not pay for.',
    model: 'open',
    from: 'base',
    data: [{ of: 4, languages: 'with' }, GENERAL],
    settings: { learning_rate: 6e-3, warmup_steps: 8, max_steps: 75, per_device_train_batch_size: 8 },
  },
  {
    name: 'A smaller model',
    kind: 'sft',
    what: 'A model of a third of the size learns from the same kept answers, thoughts included.',
    adds: 'The student learns to think in all five languages; without the thoughts fewer than half of its answers are right, and no sum. Thoughts are what is worth handing on, on small models and large ones.',
    model: { kind: 'bundled', model: 'mini-student' },
    from: 'base',
    data: [{ of: 4, languages: 'with' }, GENERAL],
    settings: { learning_rate: 4e-3, warmup_steps: 8, max_steps: 150, per_device_train_batch_size: 8 },
  },
];
