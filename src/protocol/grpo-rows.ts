/** The rows that GRPO adds to the settings table: label, help and input of each, beside the rule and TRL's default that stand in grpo.ts. */
import { type GrpoSettings, grpoTable } from './grpo.ts';
import type { SettingRow } from './setting-row.ts';

type Shown = Pick<SettingRow<unknown>, 'label' | 'help' | 'part' | 'kind'> & Partial<Pick<SettingRow<unknown>, 'step' | 'choiceLabels'>>;

/** In the order of the form. */
const shown: { readonly [K in keyof GrpoSettings]: Shown } = {
  reward_funcs: { label: 'Rewards', help: 'What an answer is paid for.', part: 'simple', kind: 'custom' },
  reward_weights: {
    label: 'Weights of rewards',
    help: 'One number a reward, in their order; empty: all 1.',
    part: 'simple',
    kind: 'custom',
  },
  reward_settings: { label: 'Settings of rewards', help: 'By the name of the reward.', part: 'simple', kind: 'custom' },
  num_generations: {
    label: 'Answers per prompt',
    help: 'One group. An answer is judged against the others of its group.',
    part: 'simple',
    kind: 'integer',
  },
  max_completion_length: {
    label: 'Longest answer',
    help: 'Tokens after which an answer is cut off, thoughts included.',
    part: 'simple',
    kind: 'integer',
    step: 32,
  },
  temperature: {
    label: 'Temperature',
    help: 'How freely answers are drawn; the loss is computed at the same.',
    part: 'simple',
    kind: 'number',
    step: 0.1,
  },
  loss_type: {
    label: 'Loss',
    help: 'How tokens are weighed and added up; dapo divides by all tokens of the batch.',
    part: 'simple',
    kind: 'choice',
  },
  beta: { label: 'KL weight', help: 'Pull towards the model without its adapter; 0: none.', part: 'simple', kind: 'number', step: 0.01 },
  scale_rewards: {
    label: 'Scale rewards by',
    help: 'The deviation of the group, of the whole batch, or nothing.',
    part: 'advanced',
    kind: 'choice',
  },
  multi_objective_aggregation: {
    label: 'Several rewards',
    help: 'Added up and then normalised, or each normalised first.',
    part: 'advanced',
    kind: 'choice',
  },
  top_p: {
    label: 'Top p',
    help: 'Answers are drawn from the likeliest tokens up to this share; 1: all.',
    part: 'advanced',
    kind: 'number',
    step: 0.05,
  },
  top_k: { label: 'Top k', help: 'Answers are drawn from so many likeliest tokens; 0: all.', part: 'advanced', kind: 'integer' },
  min_p: {
    label: 'Min p',
    help: 'Least probability, as a share of the likeliest token’s; 0: off.',
    part: 'advanced',
    kind: 'number',
    step: 0.01,
  },
  epsilon: {
    label: 'Clip',
    help: 'How far the ratio of new to old probability counts below 1.',
    part: 'advanced',
    kind: 'number',
    step: 0.05,
  },
  epsilon_high: {
    label: 'Clip above',
    help: 'The same above 1; empty: as below. cispo caps the ratio itself here; 5 is usual there.',
    part: 'advanced',
    kind: 'number',
    step: 0.05,
  },
  delta: { label: 'Upper bound', help: 'Largest ratio where the clip has none; empty: off.', part: 'advanced', kind: 'number' },
  importance_sampling_level: {
    label: 'Ratio of',
    help: 'Each token, or one for the whole answer (GSPO).',
    part: 'advanced',
    kind: 'choice',
  },
  use_bias_correction_kl: {
    label: 'Correct the KL',
    help: 'Weighed by the ratio of new to old probability.',
    part: 'advanced',
    kind: 'switch',
  },
  num_iterations: { label: 'Iterations', help: 'Times each batch of answers is trained on.', part: 'advanced', kind: 'integer' },
  steps_per_generation: {
    label: 'Micro-batches a generation',
    help: 'How many micro-batches one batch of answers is split into; empty: as many as are accumulated.',
    part: 'advanced',
    kind: 'integer',
  },
  mask_truncated_completions: {
    label: 'Leave out what was cut off',
    help: 'Answers that reach the longest length have no part in the loss.',
    part: 'advanced',
    kind: 'switch',
  },
  skip_groups_without_spread: {
    label: 'Skip equal groups',
    help: 'A group whose answers are all paid alike teaches nothing. Off: as TRL, where rounding leaves them a trace.',
    part: 'advanced',
    kind: 'switch',
  },
  token_changes: {
    label: 'Answers looked at again',
    help: 'Share of a step’s answers whose tokens are shown before and after it, two at least; 0: none, which saves a few percent of the time.',
    part: 'advanced',
    kind: 'number',
    step: 0.05,
  },
  top_entropy_quantile: {
    label: 'Share of tokens',
    help: 'Only the most uncertain tokens are trained, up to this share.',
    part: 'advanced',
    kind: 'number',
    step: 0.05,
  },
  entropy_coef: {
    label: 'Entropy',
    help: 'Weight of the mean entropy, which is paid; 0: off.',
    part: 'advanced',
    kind: 'number',
    step: 0.001,
  },
  off_policy_mask_threshold: {
    label: 'Off-policy limit',
    help: 'A bad answer that has become this much less likely is left out; empty: never.',
    part: 'advanced',
    kind: 'number',
    step: 0.1,
  },
  sapo_temperature_pos: { label: 'SAPO, good answers', help: 'Temperature of the gate.', part: 'advanced', kind: 'number', step: 0.05 },
  sapo_temperature_neg: { label: 'SAPO, bad answers', help: 'Temperature of the gate.', part: 'advanced', kind: 'number', step: 0.05 },
  vespo_k_pos: { label: 'VESPO k, good', help: 'Power of the weight.', part: 'advanced', kind: 'number', step: 0.5 },
  vespo_lambda_pos: { label: 'VESPO lambda, good', help: 'Decay of the weight.', part: 'advanced', kind: 'number', step: 0.5 },
  vespo_k_neg: { label: 'VESPO k, bad', help: 'Power of the weight.', part: 'advanced', kind: 'number', step: 0.5 },
  vespo_lambda_neg: { label: 'VESPO lambda, bad', help: 'Decay of the weight.', part: 'advanced', kind: 'number', step: 0.5 },
};

type GrpoRows = { readonly [K in keyof GrpoSettings as `grpo.${K}`]: SettingRow<GrpoSettings[K]> };

export const grpoRows = Object.fromEntries(
  (Object.keys(shown) as (keyof GrpoSettings)[]).map((name) => [
    `grpo.${name}`,
    { name, ...grpoTable[name], ...shown[name], optional: true, methods: ['grpo'] },
  ]),
) as unknown as GrpoRows; // a row for every key
