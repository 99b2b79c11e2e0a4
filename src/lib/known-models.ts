/**
 * Models that people come with in mind: their configurations, so that whether one fits can be said before anything is fetched, and what is
 * published on fine-tuning them. gpt-oss-20b's is the repository's own config.json; a test holds it to the file kept under e2e/fixtures/configs. The others
 * have what planning needs, held to the published counts of parameters.
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

/** A repository that is known to run here, as the list of the Model place shows it. */
export interface KnownModel {
  readonly repository: string;
  /** Terms of use by the Hub's name for them. */
  readonly licence: string;
  /** Its files come only to accounts that agreed to the terms on the Hub. */
  readonly gated?: true;
  /** Reasons before it answers, as it is published. */
  readonly reasons?: true;
  /** As its card names them. */
  readonly languages: string;
  /** All values of the checkpoint; a tied head counts once. */
  readonly parameters: number;
  /** The smallest GPU that trains it, in GiB: rows of 512 tokens one at a time, LoRA r 16 on all linear weights, as it is published. */
  readonly gpu: 4 | 8 | 12 | 16 | 24;
  readonly config: Record<string, unknown>;
}

const sizes = (hidden_size: number, intermediate_size: number, num_hidden_layers: number, heads: [number, number], vocab_size: number) => ({
  hidden_size,
  intermediate_size,
  num_hidden_layers,
  num_attention_heads: heads[0],
  num_key_value_heads: heads[1],
  vocab_size,
});

/** What planning needs of a config.json; the file itself is read when the repository is. */
const qwen3 = (shape: ReturnType<typeof sizes>, tied: boolean, long = false): Record<string, unknown> => ({
  model_type: 'qwen3',
  ...shape,
  head_dim: 128,
  rms_norm_eps: 1e-6,
  rope_theta: long ? 5e6 : 1e6,
  max_position_embeddings: long ? 262144 : 40960,
  tie_word_embeddings: tied,
});
const qwen2 = (shape: ReturnType<typeof sizes>, tied: boolean, rope_theta = 1e6, positions = 32768): Record<string, unknown> => ({
  model_type: 'qwen2',
  ...shape,
  rms_norm_eps: 1e-6,
  rope_theta,
  max_position_embeddings: positions,
  tie_word_embeddings: tied,
});
const llama3 = (shape: ReturnType<typeof sizes>, head_dim: number, tied: boolean, factor: number): Record<string, unknown> => ({
  model_type: 'llama',
  ...shape,
  head_dim,
  rms_norm_eps: 1e-5,
  rope_theta: 5e5,
  rope_scaling: { rope_type: 'llama3', factor, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 },
  max_position_embeddings: 131072,
  tie_word_embeddings: tied,
});
const smolLm2 = (shape: ReturnType<typeof sizes>, rope_theta: number): Record<string, unknown> => ({
  model_type: 'llama',
  ...shape,
  rms_norm_eps: 1e-5,
  rope_theta,
  max_position_embeddings: 8192,
  tie_word_embeddings: true,
});
const gemma3 = (shape: ReturnType<typeof sizes>): Record<string, unknown> => ({
  model_type: 'gemma3_text',
  ...shape,
  head_dim: 256,
  query_pre_attn_scalar: 256,
  sliding_window: 512,
  rms_norm_eps: 1e-6,
  max_position_embeddings: 32768,
});

const QWEN3 = 'over 100';
const QWEN2 = '29, among them English, Chinese, French, Spanish, German, Arabic';
const LLAMA3 = 'English, German, French, Italian, Portuguese, Hindi, Spanish, Thai';

/** Smallest first. */
export const knownModels: readonly KnownModel[] = [
  model('HuggingFaceTB/SmolLM2-135M-Instruct', 134_515_008, 4, 'apache-2.0', 'English', smolLm2(sizes(576, 1536, 30, [9, 3], 49152), 1e5)),
  {
    ...model('google/gemma-3-270m-it', 268_098_176, 4, 'gemma', 'over 140', gemma3(sizes(640, 2048, 18, [4, 1], 262144))),
    gated: true,
  },
  model('HuggingFaceTB/SmolLM2-360M-Instruct', 361_821_120, 4, 'apache-2.0', 'English', smolLm2(sizes(960, 2560, 32, [15, 5], 49152), 1e5)),
  model('Qwen/Qwen2.5-0.5B-Instruct', 494_032_768, 4, 'apache-2.0', QWEN2, qwen2(sizes(896, 4864, 24, [14, 2], 151936), true)),
  { ...model('Qwen/Qwen3-0.6B', 596_049_920, 4, 'apache-2.0', QWEN3, qwen3(sizes(1024, 3072, 28, [16, 8], 151936), true)), reasons: true },
  {
    ...model('google/gemma-3-1b-it', 999_885_952, 4, 'gemma', 'over 140', gemma3(sizes(1152, 6912, 26, [4, 1], 262144))),
    gated: true,
  },
  {
    ...model(
      'meta-llama/Llama-3.2-1B-Instruct',
      1_235_814_400,
      4,
      'llama3.2',
      LLAMA3,
      llama3(sizes(2048, 8192, 16, [32, 8], 128256), 64, true, 32),
    ),
    gated: true,
  },
  model('Qwen/Qwen2.5-1.5B-Instruct', 1_543_714_304, 4, 'apache-2.0', QWEN2, qwen2(sizes(1536, 8960, 28, [12, 2], 151936), true)),
  {
    ...model('Qwen/Qwen3-1.7B', 1_720_574_976, 4, 'apache-2.0', QWEN3, qwen3(sizes(2048, 6144, 28, [16, 8], 151936), true)),
    reasons: true,
  },
  {
    ...model(
      'deepseek-ai/DeepSeek-R1-Distill-Qwen-1.5B',
      1_777_088_000,
      4,
      'mit',
      'English, Chinese',
      qwen2(sizes(1536, 8960, 28, [12, 2], 151936), false, 1e4, 131072),
    ),
    reasons: true,
  },
  {
    ...model('HuggingFaceTB/SmolLM3-3B', 3_075_098_624, 8, 'apache-2.0', 'English, French, Spanish, German, Italian, Portuguese', {
      model_type: 'smollm3',
      ...sizes(2048, 11008, 36, [16, 4], 128256),
      rms_norm_eps: 1e-6,
      rope_theta: 5e6,
      max_position_embeddings: 65536,
      no_rope_layer_interval: 4,
    }),
    reasons: true,
  },
  {
    ...model(
      'meta-llama/Llama-3.2-3B-Instruct',
      3_212_749_824,
      8,
      'llama3.2',
      LLAMA3,
      llama3(sizes(3072, 8192, 28, [24, 8], 128256), 128, true, 32),
    ),
    gated: true,
  },
  { ...model('Qwen/Qwen3-4B', 4_022_468_096, 12, 'apache-2.0', QWEN3, qwen3(sizes(2560, 9728, 36, [32, 8], 151936), true)), reasons: true },
  {
    ...model(
      'Qwen/Qwen3-4B-Thinking-2507',
      4_022_468_096,
      12,
      'apache-2.0',
      QWEN3,
      qwen3(sizes(2560, 9728, 36, [32, 8], 151936), true, true),
    ),
    reasons: true,
  },
  model('mistralai/Mistral-7B-Instruct-v0.3', 7_248_023_552, 16, 'apache-2.0', 'English', {
    model_type: 'mistral',
    ...sizes(4096, 14336, 32, [32, 8], 32768),
    rms_norm_eps: 1e-5,
    rope_theta: 1e6,
    sliding_window: null,
    max_position_embeddings: 32768,
    tie_word_embeddings: false,
  }),
  {
    ...model(
      'deepseek-ai/DeepSeek-R1-Distill-Llama-8B',
      8_030_261_248,
      24,
      'mit',
      'English',
      llama3(sizes(4096, 14336, 32, [32, 8], 128256), 128, false, 8),
    ),
    reasons: true,
  },
  {
    ...model('Qwen/Qwen3-8B', 8_190_735_360, 24, 'apache-2.0', QWEN3, qwen3(sizes(4096, 12288, 36, [32, 8], 151936), false)),
    reasons: true,
  },
  { ...model('openai/gpt-oss-20b', 20_914_757_184, 16, 'apache-2.0', 'mostly English', gptOss20b), reasons: true },
];

function model(
  repository: string,
  parameters: number,
  gpu: KnownModel['gpu'],
  licence: string,
  languages: string,
  config: Record<string, unknown>,
): KnownModel {
  return { repository, parameters, gpu, licence, languages, config };
}

/** By repository id, in any case, as the Hub compares them. */
export function knownConfig(repository: string): Record<string, unknown> | null {
  const id = repository.trim().toLowerCase();
  return knownModels.find((known) => known.repository.toLowerCase() === id)?.config ?? null;
}
