/**
 * Models that people come with in mind: their configurations, so that whether one fits can be said before anything is fetched, and what is
 * published on fine-tuning them. Configurations are the repositories' own config.json; a test holds them to the file kept under e2e/fixtures/configs.
 */

const LAYERS = 24;

/** openai/gpt-oss-20b, config.json. */
export const gptOss20b: Record<string, unknown> = {
  architectures: ['GptOssForCausalLM'],
  attention_bias: true,
  attention_dropout: 0,
  eos_token_id: 200002,
  experts_per_token: 4,
  head_dim: 64,
  hidden_act: 'silu',
  hidden_size: 2880,
  initial_context_length: 4096,
  initializer_range: 0.02,
  intermediate_size: 2880,
  layer_types: Array.from({ length: LAYERS }, (_, layer) => (layer % 2 === 0 ? 'sliding_attention' : 'full_attention')),
  max_position_embeddings: 131072,
  model_type: 'gpt_oss',
  num_attention_heads: 64,
  num_experts_per_tok: 4,
  num_hidden_layers: LAYERS,
  num_key_value_heads: 8,
  num_local_experts: 32,
  output_router_logits: false,
  pad_token_id: 199999,
  quantization_config: {
    modules_to_not_convert: ['model.layers.*.self_attn', 'model.layers.*.mlp.router', 'model.embed_tokens', 'lm_head'],
    quant_method: 'mxfp4',
  },
  rms_norm_eps: 1e-5,
  rope_scaling: {
    beta_fast: 32,
    beta_slow: 1,
    factor: 32,
    original_max_position_embeddings: 4096,
    rope_type: 'yarn',
    truncate: false,
  },
  rope_theta: 150000,
  router_aux_loss_coef: 0.9,
  sliding_window: 128,
  swiglu_limit: 7,
  tie_word_embeddings: false,
  transformers_version: '4.55.0.dev0',
  use_cache: true,
  vocab_size: 201088,
};

/** LoRA targets of openai-cookbook, "Fine-tuning with gpt-oss and Hugging Face Transformers": beside all-linear, the experts of three layers. */
export const cookbookExperts: readonly { layer: number; parameters: readonly string[] }[] = [7, 15, 23].map((layer) => ({
  layer,
  parameters: [`${layer}.mlp.experts.gate_up_proj`, `${layer}.mlp.experts.down_proj`],
}));

/** By repository id, in lower case as the Hub compares them. */
const KNOWN: Record<string, Record<string, unknown>> = { 'openai/gpt-oss-20b': gptOss20b };

export function knownConfig(repository: string): Record<string, unknown> | null {
  return KNOWN[repository.trim().toLowerCase()] ?? null;
}
