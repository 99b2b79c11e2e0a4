/**
 * Config of the gpt_oss family (transformers' GptOssConfig): parsing, what the engine asks of it, the tensors a checkpoint must hold, and the
 * weights that LoRA can attach to. The forward is in gpt-oss.ts.
 * Both spellings of rotary are read: `rope_theta` + `rope_scaling` (transformers 4, the published checkpoint) and `rope_parameters` (5).
 */
import { throwProblems } from '../../lib/problems.ts';
import { ConfigFields } from './config-fields.ts';
import type { RopeSettings } from './rope.ts';

export type LayerType = 'sliding_attention' | 'full_attention';

export interface GptOssConfig {
  model_type: 'gpt_oss';
  hidden_size: number;
  intermediate_size: number;
  num_hidden_layers: number;
  num_attention_heads: number;
  num_key_value_heads: number;
  head_dim: number;
  num_local_experts: number;
  num_experts_per_tok: number;
  vocab_size: number;
  /** Keys visible to a query in sliding layers, itself included; null when no layer slides. */
  sliding_window: number | null;
  layer_types: LayerType[];
  rope: RopeSettings;
  rms_norm_eps: number;
  swiglu_limit: number;
  attention_bias: boolean;
  max_position_embeddings: number;
  tie_word_embeddings: boolean;
  /** True where experts lie as MXFP4 `_blocks` and `_scales`; the checkpoint's tensors have the last word. */
  quantized: boolean;
  /** From config.json; generation_config.json, where there is one, goes before it. */
  eos_token_ids: number[];
  pad_token_id: number | null;
  bos_token_id: number | null;
}

export function parseGptOssConfig(json: Record<string, unknown>, name: string): GptOssConfig {
  const fields = new ConfigFields(json);
  const layers = fields.integer('num_hidden_layers');
  const heads = fields.integer('num_attention_heads');
  const hidden = fields.integer('hidden_size');
  const alternating = Array.from(
    { length: Math.min(layers, 10_000) },
    (_, i): LayerType => (i % 2 === 0 ? 'sliding_attention' : 'full_attention'),
  );
  const layerTypes = fields.strings<LayerType>('layer_types', ['sliding_attention', 'full_attention'], alternating);
  const quantization = json.quantization_config as { quant_method?: unknown } | null | undefined;
  const config: GptOssConfig = {
    model_type: 'gpt_oss',
    hidden_size: hidden,
    intermediate_size: fields.integer('intermediate_size'),
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: fields.integer('num_key_value_heads', heads),
    head_dim: fields.integer('head_dim', Math.floor(hidden / heads)),
    num_local_experts: fields.integer(fields.has('num_local_experts') ? 'num_local_experts' : 'num_experts'),
    num_experts_per_tok: fields.integer(fields.has('num_experts_per_tok') ? 'num_experts_per_tok' : 'experts_per_token'),
    vocab_size: fields.integer('vocab_size'),
    sliding_window: layerTypes.includes('sliding_attention') ? fields.integer('sliding_window') : null,
    layer_types: layerTypes,
    rope: parseRope(json, fields),
    rms_norm_eps: fields.positive('rms_norm_eps', 1e-5),
    swiglu_limit: fields.positive('swiglu_limit', 7),
    attention_bias: fields.boolean('attention_bias', true),
    max_position_embeddings: fields.integer('max_position_embeddings', 131072),
    tie_word_embeddings: fields.boolean('tie_word_embeddings', false),
    quantized: quantization?.quant_method === 'mxfp4',
    eos_token_ids: fields.tokenIds('eos_token_id'),
    pad_token_id: fields.tokenIds('pad_token_id')[0] ?? null,
    bos_token_id: fields.tokenIds('bos_token_id')[0] ?? null,
  };
  if (quantization && !config.quantized) {
    fields.problems.push(
      `quantization_config is ${JSON.stringify(quantization.quant_method)}, and only mxfp4, bf16 and f32 weights are read`,
    );
  }
  if (fields.problems.length === 0) fields.problems.push(...contradictions(config));
  throwProblems(
    'ModelError',
    `config.json of ${name} does not describe a gpt_oss model that can run here`,
    fields.problems,
    'Correct config.json or choose another model.',
  );
  return config;
}

/** What GptOssConfig assumes when config.json has neither spelling. */
const DEFAULT_ROPE = {
  rope_type: 'yarn',
  factor: 32,
  beta_fast: 32,
  beta_slow: 1,
  truncate: false,
  original_max_position_embeddings: 4096,
};

/**
 * As transformers does: `rope_scaling` goes before `rope_parameters`; gaps are filled with theta 150000, beta 32 and 1, truncate true, and
 * max_position_embeddings as the original length.
 */
function parseRope(json: Record<string, unknown>, fields: ConfigFields): RopeSettings {
  const key = isRecord(json.rope_scaling) ? 'rope_scaling' : 'rope_parameters';
  const given: Record<string, unknown> = isRecord(json[key]) ? json[key] : DEFAULT_ROPE;
  const rope = new ConfigFields(given, `${key}.`);
  const theta = rope.has('rope_theta') ? rope.positive('rope_theta') : fields.positive('rope_theta', 150000);
  const type = given.rope_type ?? given.type ?? 'default';
  const yarn = type === 'yarn';
  if (!yarn && type !== 'default') rope.problems.push(`${key}.rope_type is ${JSON.stringify(type)}, and only default and yarn are known`);
  for (const foreign of ['mscale', 'mscale_all_dim', 'partial_rotary_factor']) {
    if (rope.has(foreign) && given[foreign] !== 1) rope.problems.push(`${key}.${foreign} belongs to other families and must be absent`);
  }
  const settings: RopeSettings = {
    theta,
    type: yarn ? 'yarn' : 'default',
    factor: yarn ? rope.positive('factor') : 1,
    beta_fast: rope.positive('beta_fast', 32),
    beta_slow: rope.positive('beta_slow', 1),
    truncate: rope.boolean('truncate', true),
    original_max_position_embeddings: rope.has('original_max_position_embeddings')
      ? rope.integer('original_max_position_embeddings')
      : fields.integer('max_position_embeddings', 131072),
    attention_factor: rope.has('attention_factor') ? rope.positive('attention_factor') : null,
  };
  fields.problems.push(...rope.problems);
  return settings;
}

/** What each field allows alone but the model does not: shapes that do not fit each other or the kernels. */
function contradictions(config: GptOssConfig): string[] {
  const rules: [boolean, string][] = [
    [
      config.layer_types.length === config.num_hidden_layers,
      `layer_types has ${config.layer_types.length} entries for ${config.num_hidden_layers} layers`,
    ],
    [
      config.num_attention_heads % config.num_key_value_heads === 0,
      `num_attention_heads ${config.num_attention_heads} is not a multiple of num_key_value_heads ${config.num_key_value_heads}`,
    ],
    [
      config.num_experts_per_tok <= config.num_local_experts,
      `num_experts_per_tok ${config.num_experts_per_tok} is more than num_local_experts ${config.num_local_experts}`,
    ],
    [
      config.hidden_size % 4 === 0,
      `hidden_size ${config.hidden_size} is not a multiple of 4, as kernels that read four values at a time need`,
    ],
    [config.intermediate_size % 4 === 0, `intermediate_size ${config.intermediate_size} is not a multiple of 4`],
    [config.head_dim % 4 === 0 && config.head_dim <= 128, `head_dim ${config.head_dim} is not a multiple of 4 up to 128`],
    [
      Math.ceil(config.num_attention_heads / config.num_key_value_heads / 4) * config.head_dim <= 256,
      `${config.num_attention_heads / config.num_key_value_heads} heads of ${config.head_dim} share keys, which are more than kernels of attention take at once`,
    ],
    [!config.quantized || config.hidden_size % 32 === 0, `hidden_size ${config.hidden_size} is not a multiple of 32, the block of mxfp4`],
    [
      !config.quantized || config.intermediate_size % 32 === 0,
      `intermediate_size ${config.intermediate_size} is not a multiple of 32, the block of mxfp4`,
    ],
  ];
  return rules.filter(([holds]) => !holds).map(([, problem]) => problem);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
