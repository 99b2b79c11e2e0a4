/**
 * Settings of distillation as a table: a rule and a default each. Names are those of TRL's distillation trainers (SDFTConfig, GKDConfig, DistillationConfig);
 * what only COPSD's scripts have, and how one row becomes two prompts, is called as there. Two temperatures are needed: `temperature` is the loss's.
 * What every method has (learning rate, gradient_accumulation_steps) stands in TrainingSettings.
 */
import { flag, number, objects, oneOf, orNull, type Rule, text, texts, whole } from './rules.ts';

export interface DistillationSettings {
  /** Which divergence: 0 is KL(teacher || student), 1 is KL(student || teacher), between them a mixture of both (GKD's generalised JSD). */
  beta: number;
  /** All logits of the loss are divided by it, the teacher's and the student's. */
  temperature: number;
  /** Each entry of the vocabulary counts for at most this much of a token's divergence; null: no limit. */
  jsd_token_clip: number | null;
  /** The whole vocabulary, the likeliest entries alone, or the token that was written (reverse KL, no matter what beta says). */
  distillation_mode: 'full_logits' | 'topk_logits' | 'sampled_token';
  /** Of topk_logits: how many entries, and by whose logits they are chosen. */
  distillation_topk: number;
  top_k_of: 'teacher' | 'student';
  /** Of topk_logits: all other entries count as one more; without, both sides are renormalised. */
  distillation_add_tail: boolean;
  /** The model without its adapter, with it as it stands, or with a running average of it. */
  teacher_model_kind: 'base' | 'live' | 'ema';
  /** Of ema: average = (1 - rate) average + rate adapter, every so many optimizer steps. The first time it is a copy. */
  teacher_update_rate: number;
  teacher_sync_steps: number;
  /** The teacher first writes an analysis of what it is shown, in at most so many tokens. */
  reason_first: boolean;
  max_reasoning_length: number;
  /** First tokens of each answer that are left out of the loss. */
  num_loss_tokens_to_skip: number;
  /** Mean over all tokens of a micro-batch, or over each answer's tokens first. */
  loss_reduction: 'token' | 'row';
  /** Answers that were cut off have no part in the loss. */
  mask_truncated_completions: boolean;
  /** Share of the prompts that the student answers itself; the others take the dataset's own answer. */
  lmbda: number;
  num_generations: number;
  max_completion_length: number;
  /** How the student's answers are drawn; the loss does not depend on it. */
  generation_temperature: number;
  top_p: number;
  /** 0: off. */
  top_k: number;
  /** 0: off. */
  min_p: number;
  /** What the teacher sees of a row that has a problem in several languages. */
  include_problem_en: boolean;
  include_reference_solution_en: boolean;
  /** Off: the student answers without a thought. */
  student_enable_thinking: boolean;
  /** Codes of the languages that problems are asked in; empty: all that rows have. */
  target_languages: string[];
  /** Strings of the prompts that take the place of ours: by language, by name. */
  language_strings: Record<string, Record<string, unknown>>;
  /** Of any other row: the column that the teacher alone sees, and how it is put to it. */
  privileged_context: string;
  teacher_prompt_template: string;
}

const share = number({ from: 0, to: 1 });

/** A rule and a default each: COPSD's way of drawing answers, and the plain divergence over the whole vocabulary. */
export const distillationTable: {
  readonly [K in keyof DistillationSettings]: { readonly rule: Rule; readonly default: DistillationSettings[K] };
} = {
  beta: { rule: share, default: 0 },
  temperature: { rule: number({ above: 0, to: 100 }), default: 1 },
  jsd_token_clip: { rule: orNull(number({ above: 0, to: 1e6 })), default: null },
  distillation_mode: { rule: oneOf('full_logits', 'topk_logits', 'sampled_token'), default: 'full_logits' },
  distillation_topk: { rule: whole(1, 1024), default: 100 },
  top_k_of: { rule: oneOf('teacher', 'student'), default: 'teacher' },
  distillation_add_tail: { rule: flag, default: false },
  teacher_model_kind: { rule: oneOf('base', 'live', 'ema'), default: 'base' },
  teacher_update_rate: { rule: number({ above: 0, to: 1 }), default: 0.05 },
  teacher_sync_steps: { rule: whole(1, 1_000_000), default: 1 },
  reason_first: { rule: flag, default: false },
  max_reasoning_length: { rule: whole(1, 2 ** 20), default: 1024 },
  num_loss_tokens_to_skip: { rule: whole(0, 2 ** 20), default: 0 },
  loss_reduction: { rule: oneOf('token', 'row'), default: 'token' },
  mask_truncated_completions: { rule: flag, default: false },
  lmbda: { rule: share, default: 1 },
  num_generations: { rule: whole(1, 1024), default: 1 },
  max_completion_length: { rule: whole(1, 2 ** 20), default: 512 },
  generation_temperature: { rule: number({ above: 0, to: 100 }), default: 1.1 },
  top_p: { rule: number({ above: 0, to: 1 }), default: 0.95 },
  top_k: { rule: whole(0, 2 ** 20), default: 20 },
  min_p: { rule: share, default: 0 },
  include_problem_en: { rule: flag, default: true },
  include_reference_solution_en: { rule: flag, default: true },
  student_enable_thinking: { rule: flag, default: true },
  target_languages: { rule: texts, default: [] },
  language_strings: { rule: objects, default: {} },
  privileged_context: { rule: text(200), default: 'privileged_context' },
  teacher_prompt_template: { rule: text(10_000), default: '{prompt}\n\n{privileged_context}' },
};

export const distillationDefaults = Object.fromEntries(
  Object.entries(distillationTable).map(([name, row]) => [name, row.default]),
) as unknown as DistillationSettings; // a row for every key

const off = [false] as const;
const either = [true, false] as const;
const none = [null] as const;

/**
 * TRL's other names, with the values that mean here what they mean there. Answers are learned from once and at once, so that the ratio which
 * distillation_is_clip bounds is 1. Anything else is refused.
 */
export const distillationFixed: Readonly<Record<string, readonly unknown[]>> = {
  ...{ model_init_kwargs: none, trust_remote_code: off, disable_dropout: either, ds3_gather_for_generation: either },
  ...{ distillation_is_clip: [2, null], generate_from_teacher: off, num_iterations: [1], steps_per_generation: none, seq_kd: off },
  ...{ num_generations_eval: none, generation_batch_size: none, shuffle_dataset: [true], remove_unused_columns: off },
  ...{ generation_kwargs: none, chat_template_kwargs: none, repetition_penalty: [1], cache_implementation: none },
  ...{ teacher_model_name_or_path: none, teacher_model_init_kwargs: none, teacher_model_revision: none },
  ...{ log_completions: either, num_completions_to_print: none, log_completions_steps: [100], log_completions_hub_repo: none },
  ...{ use_vllm: off, use_teacher_server: off, use_liger_kernel: off, loss_add_tail: off },
};
