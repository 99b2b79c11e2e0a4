/** The rows that distillation adds to the settings table: label, help and input of each, beside the rule and the default that stand in distillation.ts. */
import { type DistillationSettings, distillationTable } from './distillation.ts';
import type { SettingRow } from './setting-row.ts';

type Shown = Pick<SettingRow<unknown>, 'label' | 'help' | 'part' | 'kind'> &
  Partial<Pick<SettingRow<unknown>, 'step' | 'choiceLabels' | 'also' | 'alsoOf'>>;

/** What the student is asked: a run of GRPO may be asked the same. */
const ofPrompts = { alsoOf: ['grpo'] } as const;

/** In the order of the form. */
const shown: { readonly [K in keyof DistillationSettings]: Shown } = {
  target_languages: {
    ...ofPrompts,
    label: 'Languages',
    help: 'Languages that problems are asked in; empty: all that the rows have.',
    part: 'simple',
    kind: 'custom',
  },
  num_generations: {
    label: 'Answers per prompt',
    help: 'How often the student answers each prompt of a step.',
    part: 'simple',
    kind: 'integer',
  },
  max_completion_length: {
    also: ['max_new_tokens'],
    label: 'Longest answer',
    help: 'Tokens after which an answer is cut off, thoughts included.',
    part: 'simple',
    kind: 'integer',
    step: 32,
  },
  beta: {
    also: ['distillation_alpha'],
    label: 'Divergence',
    help: '0: the student covers all that the teacher would write. 1: it keeps to what the teacher would write most. Between: a mixture.',
    part: 'simple',
    kind: 'number',
    step: 0.1,
  },
  temperature: {
    label: 'Temperature of the loss',
    help: 'Both sides are flattened by it before they are compared; 1: as they are.',
    part: 'simple',
    kind: 'number',
    step: 0.1,
  },
  jsd_token_clip: {
    label: 'Clip of each entry',
    help: 'The most that one vocabulary entry adds to a token’s divergence; empty: no limit. COPSD has 0.05, which removes nearly all where the teacher is certain.',
    part: 'simple',
    kind: 'number',
    step: 0.05,
  },
  teacher_model_kind: {
    label: 'Teacher',
    help: 'The model without its adapter stays as it was; the others move with the student.',
    part: 'simple',
    kind: 'choice',
    choiceLabels: { base: 'without the adapter', live: 'with the adapter as it stands', ema: 'with a running average of it' },
  },
  include_problem_en: {
    ...ofPrompts,
    label: 'Teacher sees the English problem',
    help: 'Beside the problem in the target language.',
    part: 'simple',
    kind: 'switch',
  },
  include_reference_solution_en: {
    ...ofPrompts,
    label: 'Teacher sees the English solution',
    help: 'Off: the teacher knows no more than the question in English.',
    part: 'simple',
    kind: 'switch',
  },
  student_enable_thinking: {
    ...ofPrompts,
    label: 'Student thinks',
    help: 'Its answer begins with a thought in the target language; off: with the answer itself.',
    part: 'simple',
    kind: 'switch',
  },
  lmbda: {
    label: 'Share of own answers',
    help: 'Share of the prompts that the student answers itself; the others take the dataset’s answer.',
    part: 'advanced',
    kind: 'number',
    step: 0.1,
  },
  generation_temperature: {
    label: 'Temperature of answers',
    help: 'How freely the student’s answers are drawn.',
    part: 'advanced',
    kind: 'number',
    step: 0.1,
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
  distillation_mode: {
    label: 'Entries compared',
    help: 'The whole vocabulary at each token, its likeliest entries, or the written token alone (that is always the reverse divergence).',
    part: 'advanced',
    kind: 'choice',
    choiceLabels: { full_logits: 'all of the vocabulary', topk_logits: 'the likeliest', sampled_token: 'the written token' },
  },
  distillation_topk: { label: 'Likeliest entries', help: 'How many, where only those are compared.', part: 'advanced', kind: 'integer' },
  top_k_of: { label: 'Likeliest by', help: 'Whose logits choose them.', part: 'advanced', kind: 'choice' },
  distillation_add_tail: {
    label: 'All others as one',
    help: 'What lies outside the likeliest counts as one more entry; off: both sides are renormalised.',
    part: 'advanced',
    kind: 'switch',
  },
  teacher_update_rate: {
    label: 'Average moves by',
    help: 'Share of the adapter that each update takes into the running average.',
    part: 'advanced',
    kind: 'number',
    step: 0.01,
  },
  teacher_sync_steps: { label: 'Average moves every', help: 'Steps between its updates.', part: 'advanced', kind: 'integer' },
  reason_first: {
    label: 'Teacher reasons first',
    help: 'It writes an analysis of the solution before it reads the student’s answer; costs time.',
    part: 'advanced',
    kind: 'switch',
  },
  max_reasoning_length: {
    label: 'Longest analysis',
    help: 'Tokens of the teacher’s analysis.',
    part: 'advanced',
    kind: 'integer',
    step: 64,
  },
  num_loss_tokens_to_skip: {
    label: 'First tokens left out',
    help: 'The beginning of an answer shows where the teacher’s prompt leaks into it.',
    part: 'advanced',
    kind: 'integer',
  },
  loss_reduction: {
    label: 'Mean over',
    help: 'All tokens of a micro-batch, or each answer first, so that long answers count no more than short ones.',
    part: 'advanced',
    kind: 'choice',
    choiceLabels: { token: 'tokens', row: 'answers' },
  },
  mask_truncated_completions: {
    label: 'Leave out what was cut off',
    help: 'Answers that reach the longest length have no part in the loss.',
    part: 'advanced',
    kind: 'switch',
  },
  privileged_context: {
    ...ofPrompts,
    label: 'Column for the teacher',
    help: 'What the teacher alone sees of rows without a problem in several languages: a hint, a solution, a document.',
    part: 'advanced',
    kind: 'text',
  },
  teacher_prompt_template: {
    label: 'Teacher’s question',
    help: 'How the question and that column are put to the teacher.',
    part: 'advanced',
    kind: 'text',
  },
  language_strings: {
    ...ofPrompts,
    label: 'Words of the prompts',
    help: 'By language, where they differ from ours.',
    part: 'advanced',
    kind: 'custom',
  },
};

type DistillationRows = { readonly [K in keyof DistillationSettings as `distillation.${K}`]: SettingRow<DistillationSettings[K]> };

export const distillationRows = Object.fromEntries(
  (Object.keys(shown) as (keyof DistillationSettings)[]).map((name) => [
    `distillation.${name}`,
    { name, ...distillationTable[name], ...shown[name], optional: true, methods: ['distillation'] },
  ]),
) as unknown as DistillationRows; // a row for every key
