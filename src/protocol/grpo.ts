/**
 * Settings of GRPO by the names, meanings and defaults of TRL 1.13's GRPOConfig, as a table: a rule and a default each. What every method has
 * (learning rate, gradient_accumulation_steps, router_aux_loss_coef) stands in TrainingSettings.
 */
import { flag, number, numbers, objects, oneOf, orNull, type Rule, texts, whole } from './rules.ts';

export type GrpoLossType = 'grpo' | 'bnpo' | 'dr_grpo' | 'dapo' | 'cispo' | 'sapo' | 'luspo' | 'vespo';

export interface GrpoSettings {
  /** Names of the rewards that an answer is paid by, in the order of `reward_weights`. TRL's trainer takes them by this name. */
  reward_funcs: string[];
  /** Settings of rewards, by the reward's name. */
  reward_settings: Record<string, Record<string, unknown>>;
  /** Completions of a prompt: one group. */
  num_generations: number;
  /** All logits are divided by it: of the policy, of the reference, and for entropies. */
  temperature: number;
  /** How answers are drawn; log-probabilities are those before it, as in TRL. */
  top_p: number;
  /** 0: off. */
  top_k: number;
  /** 0: off; TRL's null. */
  min_p: number;
  loss_type: GrpoLossType;
  /** Weight of the KL divergence to the model without its adapter; 0: none. */
  beta: number;
  use_bias_correction_kl: boolean;
  /** How far the ratio of new to old probability may go: 1 - epsilon to 1 + epsilon_high (null: epsilon). cispo caps the ratio at epsilon_high itself. */
  epsilon: number;
  epsilon_high: number | null;
  /** Upper bound of the ratio where the clip has none; null: off. */
  delta: number | null;
  importance_sampling_level: 'token' | 'sequence';
  sapo_temperature_pos: number;
  sapo_temperature_neg: number;
  vespo_k_pos: number;
  vespo_lambda_pos: number;
  vespo_k_neg: number;
  vespo_lambda_neg: number;
  /** What centred rewards are divided by: the deviation of their group, of the whole batch, or nothing. */
  scale_rewards: 'group' | 'batch' | 'none';
  multi_objective_aggregation: 'sum_then_normalize' | 'normalize_then_sum';
  /** One per reward; null: all 1. */
  reward_weights: number[] | null;
  /** Completions that were cut off have no part in the loss. */
  mask_truncated_completions: boolean;
  max_completion_length: number;
  /** The policy's loss counts at this share of the tokens, those of the highest entropy. */
  top_entropy_quantile: number;
  /** Weight of the mean entropy, which the loss rewards. */
  entropy_coef: number;
  /** A completion of negative advantage counts only while its mean log(old / new) is at most this; null: always. */
  off_policy_mask_threshold: number | null;
  /** Times a batch of completions is trained on. */
  num_iterations: number;
  /** Micro-batches that one batch of completions is split into; null: gradient_accumulation_steps. */
  steps_per_generation: number | null;
  /** Ours: a group whose rewards are all equal has the advantage 0 to the bit, and its completions are not trained on where nothing else depends on them. */
  skip_groups_without_spread: boolean;
  /** Ours: of each step's answers this share is looked at again after the update, to show what became of their tokens; 0: none. */
  token_changes: number;
}

const anyNumber = number({ from: -1e6, to: 1e6 });
const positive = number({ above: 0, to: 1e6 });

/** A rule and TRL's default each; ours are reward_funcs with their settings, and skip_groups_without_spread. */
export const grpoTable: { readonly [K in keyof GrpoSettings]: { readonly rule: Rule; readonly default: GrpoSettings[K] } } = {
  reward_funcs: { rule: texts, default: ['accuracy', 'format'] },
  reward_settings: { rule: objects, default: {} },
  top_p: { rule: number({ above: 0, to: 1 }), default: 1 },
  top_k: { rule: whole(0, 2 ** 20), default: 0 },
  min_p: { rule: number({ from: 0, to: 1 }), default: 0 },
  num_generations: { rule: whole(2, 1024), default: 8 },
  temperature: { rule: number({ above: 0, to: 100 }), default: 1 },
  loss_type: { rule: oneOf('grpo', 'bnpo', 'dr_grpo', 'dapo', 'cispo', 'sapo', 'luspo', 'vespo'), default: 'dapo' },
  beta: { rule: number({ from: 0, to: 1e6 }), default: 0 },
  use_bias_correction_kl: { rule: flag, default: true },
  epsilon: { rule: number({ from: 0, to: 1e6 }), default: 0.2 },
  epsilon_high: { rule: orNull(number({ from: 0, to: 1e6 })), default: null },
  delta: { rule: orNull(positive), default: null },
  importance_sampling_level: { rule: oneOf('token', 'sequence'), default: 'token' },
  sapo_temperature_pos: { rule: positive, default: 1 },
  sapo_temperature_neg: { rule: positive, default: 1.05 },
  vespo_k_pos: { rule: number({ from: 0, to: 1e6 }), default: 2 },
  vespo_lambda_pos: { rule: number({ from: 0, to: 1e6 }), default: 3 },
  vespo_k_neg: { rule: number({ from: 0, to: 1e6 }), default: 3 },
  vespo_lambda_neg: { rule: number({ from: 0, to: 1e6 }), default: 2 },
  scale_rewards: { rule: oneOf('group', 'batch', 'none'), default: 'group' },
  multi_objective_aggregation: { rule: oneOf('sum_then_normalize', 'normalize_then_sum'), default: 'sum_then_normalize' },
  reward_weights: { rule: orNull(numbers), default: null },
  mask_truncated_completions: { rule: flag, default: false },
  max_completion_length: { rule: whole(1, 2 ** 20), default: 512 },
  top_entropy_quantile: { rule: number({ from: 0, to: 1 }), default: 1 },
  entropy_coef: { rule: anyNumber, default: 0 },
  off_policy_mask_threshold: { rule: orNull(anyNumber), default: null },
  num_iterations: { rule: whole(1, 1024), default: 1 },
  steps_per_generation: { rule: orNull(whole(1, 4096)), default: null },
  skip_groups_without_spread: { rule: flag, default: true },
  token_changes: { rule: number({ from: 0, to: 1 }), default: 0.125 },
};

export const grpoDefaults = Object.fromEntries(
  Object.entries(grpoTable).map(([name, row]) => [name, row.default]),
) as unknown as GrpoSettings; // a row for every key

const off = [false] as const;
const either = [true, false] as const;
const none = [null] as const;

/**
 * TRL's other names, with the values that mean here what they mean there: its default, and what makes no difference (dropout, shards, and logs of answers,
 * which are always kept). Anything else is refused.
 */
export const grpoFixed: Readonly<Record<string, readonly unknown[]>> = {
  ...{
    model_init_kwargs: none,
    trust_remote_code: off,
    disable_dropout: either,
    cast_lm_head_to_fp32: either,
    ds3_gather_for_generation: either,
  },
  ...{ num_generations_eval: none, generation_batch_size: none, shuffle_dataset: [true], pad_to_multiple_of: none },
  ...{
    generation_kwargs: none,
    chat_template_kwargs: none,
    repetition_penalty: [1],
    cache_implementation: none,
    max_tool_calling_iterations: none,
  },
  ...{ sync_ref_model: off, ref_model_mixup_alpha: [0.6], ref_model_sync_steps: [512] },
  ...{ use_adaptive_entropy: off, entropy_coef_min: [0], entropy_coef_max: [1], entropy_coef_delta: [0.005], entropy_target: [0.2] },
  ...{
    log_completions: either,
    log_multimodal: either,
    log_unique_prompts: off,
    num_completions_to_print: none,
    log_completions_hub_repo: none,
  },
  ...{ use_transformers_continuous_batching: off, transformers_continuous_batching_config: none, use_transformers_paged: off },
  ...{
    use_vllm: off,
    vllm_mode: ['colocate'],
    vllm_model_impl: ['vllm'],
    vllm_enable_sleep_mode: off,
    vllm_structured_outputs_regex: none,
  },
  ...{
    vllm_server_base_url: none,
    vllm_server_host: ['0.0.0.0'],
    vllm_server_port: [8000],
    vllm_server_timeout: [240],
    vllm_group_port: [51216],
  },
  ...{ vllm_gpu_memory_utilization: [0.3], vllm_max_model_length: none, vllm_tensor_parallel_size: [1] },
  ...{ vllm_importance_sampling_correction: [true], vllm_importance_sampling_mode: ['sequence_mask'], vllm_importance_sampling_cap: none },
  ...{ vllm_importance_sampling_clip_max: [3], vllm_importance_sampling_clip_min: none },
};
