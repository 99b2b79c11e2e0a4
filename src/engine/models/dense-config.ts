/**
 * The dense families by model_type: which switches of dense.ts each sets, and how its config.json says so. Defaults are those of the config classes of
 * transformers 5.18. What a config asks for and is not computed is refused, never ignored.
 */
import { throwProblems } from '../../lib/problems.ts';
import { show } from '../../protocol/rules.ts';
import type { Activation } from '../ops/glu.ts';
import { ConfigFields } from './config-fields.ts';
import { adaptable, type DenseConfig, forward, tensors } from './dense.ts';
import type { Family } from './family.ts';
import { broken, kernelProblems } from './limits.ts';
import { isRecord, parseRope, type RopeSettings, type RopeType, ropeSettings } from './rope.ts';

/** What a family's file reads beside the fields that all have. */
type Switches = Partial<DenseConfig>;

interface Facts {
  readonly positions: number;
  readonly kv_heads?: number;
  readonly head_dim?: number;
  readonly theta?: number;
  readonly tied?: true;
  /** Where config.json names the activation, and which it is when it does not. */
  readonly activation?: readonly [key: string, name: string];
  readonly ropes?: (json: Record<string, unknown>, fields: ConfigFields) => Record<string, RopeSettings>;
  readonly switches: (fields: ConfigFields, layers: number) => Switches;
}

/** Of layers and of experts a layer; lists are made of them before anything is known to exist. */
const MOST = 4096;
const ROPE_TYPES: readonly RopeType[] = ['default', 'linear', 'llama3', 'yarn'];
const KINDS = ['full_attention', 'sliding_attention'] as const;
const ACTIVATIONS: Readonly<Record<string, Activation>> = { silu: 'silu', swish: 'silu', gelu_pytorch_tanh: 'gelu_tanh' };

/** `attention_bias` is on all of q, k, v and o, `mlp_bias` on gate, up and down. */
function biases(fields: ConfigFields, mlp = false): DenseConfig['biases'] {
  const attention = fields.boolean('attention_bias', false);
  return { qkv: attention, o: attention, mlp: mlp && fields.boolean('mlp_bias', false) };
}

/** A window in every layer of which `slides` holds; `layer_types`, where there is one, goes before it. */
function windows(fields: ConfigFields, layers: number, window: number | null, slides: (layer: number) => boolean): (number | null)[] {
  const rule = Array.from({ length: layers }, (_, i) => KINDS[window !== null && slides(i) ? 1 : 0]);
  const kinds = fields.strings('layer_types', KINDS, rule);
  if (kinds.length !== layers) fields.problems.push(`layer_types has ${kinds.length} entries for ${layers} layers`);
  if (window === null && kinds.includes('sliding_attention'))
    fields.problems.push('layer_types has sliding layers, but no sliding_window is in use');
  return kinds.map((kind) => (kind === 'sliding_attention' ? window : null));
}

/** The number in `sliding_window` means nothing unless `use_sliding_window` is on. */
function usedWindow(fields: ConfigFields, fallback?: number): number | null {
  if (!fields.boolean('use_sliding_window', false)) return null;
  if (fields.isNull('sliding_window') || (fallback === undefined && !fields.has('sliding_window'))) return null;
  return fields.integer('sliding_window', fallback);
}

function qwenLayers(fields: ConfigFields, layers: number): DenseConfig['layers'] {
  const from = fields.integer('max_window_layers', 28, 0);
  return windows(fields, layers, usedWindow(fields, 4096), (i) => i >= from).map((window) => ({ window, rope: 'default' }));
}

/** 1 = rotated, 0 = not (the name says the opposite); absent: every `no_rope_layer_interval`-th is not. */
function smollmLayers(fields: ConfigFields, layers: number): DenseConfig['layers'] {
  const interval = fields.integer('no_rope_layer_interval', 4);
  const rotated = fields.flags(
    'no_rope_layers',
    Array.from({ length: layers }, (_, i) => (i + 1) % interval !== 0),
  );
  if (rotated.length < layers) fields.problems.push(`no_rope_layers has ${rotated.length} entries for ${layers} layers`);
  return windows(fields, layers, usedWindow(fields), (i) => !rotated[i]).map((window, i) => ({
    window,
    rope: rotated[i] ? 'default' : null,
  }));
}

function mistralLayers(fields: ConfigFields, layers: number): DenseConfig['layers'] {
  return alike(fields, layers, fields.isNull('sliding_window') ? null : fields.integer('sliding_window', 4096));
}

/** The same window in every layer; these architectures do not read `layer_types`. */
function alike(fields: ConfigFields, layers: number, window: number | null): DenseConfig['layers'] {
  const each = windows(fields, layers, window, () => true);
  if (each.some((own) => own !== window))
    fields.problems.push('layer_types does not go with sliding_window, which is in every layer of this architecture');
  return each.map(() => ({ window, rope: 'default' }));
}

/** A layer's kind chooses window and rotary table together. */
function gemmaSwitches(fields: ConfigFields, layers: number): Switches {
  const pattern = fields.integer('sliding_window_pattern', 6);
  const each = windows(fields, layers, fields.integer('sliding_window', 4096), (i) => (i + 1) % pattern !== 0);
  if (fields.has('final_logit_softcapping')) fields.problems.push('final_logit_softcapping is set, and logits are not capped here');
  if (fields.boolean('use_bidirectional_attention', false))
    fields.problems.push('use_bidirectional_attention is set, and attention is causal here');
  return {
    qk_norm: true,
    norm_plus_one: true,
    post_norms: true,
    biases: biases(fields),
    layers: each.map((window) => ({ window, rope: window === null ? 'full' : 'sliding' })),
    attention_scale: fields.positive('query_pre_attn_scalar', 256) ** -0.5,
    embedding_scale: Math.fround(Math.sqrt(fields.integer('hidden_size'))),
  };
}

/** Two tables: `rope_parameters` has an object a kind, an older `rope_scaling` belongs to the full layers and goes before it. */
function gemmaRopes(json: Record<string, unknown>, fields: ConfigFields): Record<string, RopeSettings> {
  const given = isRecord(json.rope_parameters) ? json.rope_parameters : {};
  for (const key of Object.keys(given).filter((kind) => !(KINDS as readonly string[]).includes(kind)))
    fields.problems.push(`rope_parameters.${key} stands outside of full_attention and sliding_attention`);
  const table = (kind: (typeof KINDS)[number], theta: number, scaling: unknown): RopeSettings => {
    const own = isRecord(given[kind]) ? given[kind] : {};
    const old = isRecord(scaling) ? { ...scaling, rope_type: scaling.rope_type ?? scaling.type } : {};
    const where = isRecord(scaling) ? 'rope_scaling.' : `rope_parameters.${kind}.`;
    return ropeSettings({ ...own, ...old }, where, fields, { theta, positions: 131_072, types: ['default', 'linear'] });
  };
  return {
    full: table('full_attention', fields.positive('rope_theta', 1e6), json.rope_scaling),
    sliding: table('sliding_attention', fields.positive('rope_local_base_freq', 1e4), null),
  };
}

/** Layer i has experts iff it is not in `mlp_only_layers` and i + 1 is a multiple of `decoder_sparse_step`. */
function moeSwitches(fields: ConfigFields, layers: number): Switches {
  const step = fields.integer('decoder_sparse_step', 1);
  const plain = fields.indices('mlp_only_layers');
  const experts = fields.atMost(fields.has('num_experts') ? 'num_experts' : 'num_local_experts', MOST, 128);
  const experts_per_token = fields.integer('num_experts_per_tok', 8);
  const inner = fields.integer('moe_intermediate_size', 768);
  const sparse = Array.from({ length: layers }, (_, i) => !plain.includes(i) && (i + 1) % step === 0);
  if (inner % 4 !== 0) fields.problems.push(`moe_intermediate_size ${inner} is not a multiple of 4`);
  if (fields.oneOf('hidden_act', ACTIVATIONS, 'silu') !== 'silu') fields.problems.push('hidden_act must be silu where there are experts');
  return {
    qk_norm: true,
    biases: biases(fields),
    layers: alike(fields, layers, usedWindow(fields, 4096)),
    moe: { experts, experts_per_token, inner, normed: fields.boolean('norm_topk_prob', false), sparse },
    num_local_experts: experts,
    num_experts_per_tok: experts_per_token,
    sparse_layers: sparse.filter(Boolean).length,
  };
}

function graniteSwitches(fields: ConfigFields): Switches {
  return {
    biases: biases(fields, true),
    attention_scale: fields.positive('attention_multiplier', 1),
    embedding_scale: Math.fround(fields.positive('embedding_multiplier', 1)),
    residual_multiplier: fields.positive('residual_multiplier', 1),
    logits_scaling: fields.positive('logits_scaling', 1),
  };
}

export const denseFamilies: Readonly<Record<string, Family<DenseConfig>>> = {
  qwen3: family('qwen3', {
    positions: 32_768,
    kv_heads: 32,
    head_dim: 128,
    switches: (fields, layers) => ({ qk_norm: true, biases: biases(fields), layers: qwenLayers(fields, layers) }),
  }),
  llama: family('llama', { positions: 2048, switches: (fields) => ({ biases: biases(fields, true) }) }),
  qwen2: family('qwen2', {
    positions: 32_768,
    kv_heads: 32,
    switches: (fields, layers) => ({ biases: { qkv: true, o: false, mlp: false }, layers: qwenLayers(fields, layers) }),
  }),
  mistral: family('mistral', {
    positions: 131_072,
    kv_heads: 8,
    switches: (fields, layers) => ({ layers: mistralLayers(fields, layers) }),
  }),
  smollm3: family('smollm3', {
    positions: 32_768,
    kv_heads: 4,
    theta: 2e6,
    tied: true,
    switches: (fields, layers) => ({ biases: biases(fields, true), layers: smollmLayers(fields, layers) }),
  }),
  qwen3_moe: family('qwen3_moe', { positions: 32_768, kv_heads: 4, switches: moeSwitches }),
  granite: family('granite', { positions: 2048, switches: graniteSwitches }),
  gemma3_text: family('gemma3_text', {
    positions: 131_072,
    kv_heads: 4,
    head_dim: 256,
    tied: true,
    activation: ['hidden_activation', 'gelu_pytorch_tanh'],
    ropes: gemmaRopes,
    switches: gemmaSwitches,
  }),
};

function family(model_type: string, facts: Facts): Family<DenseConfig> {
  return { parse: (json, name) => parse(json, name, model_type, facts), tensors, adaptable, forward };
}

function parse(json: Record<string, unknown>, name: string, model_type: string, facts: Facts): DenseConfig {
  const fields = new ConfigFields(json);
  const layers = fields.atMost('num_hidden_layers', MOST);
  const heads = fields.integer('num_attention_heads');
  const hidden = fields.integer('hidden_size');
  const head_dim = fields.integer('head_dim', facts.head_dim ?? Math.floor(hidden / heads));
  const { positions, theta = 1e4 } = facts;
  const ropes = facts.ropes ?? (() => ({ default: parseRope(json, fields, { rope: {}, theta, positions, types: ROPE_TYPES }) }));
  const [activationKey, activationDefault] = facts.activation ?? ['hidden_act', 'silu'];
  const switches = facts.switches(fields, layers);
  const config: DenseConfig = {
    model_type,
    hidden_size: hidden,
    intermediate_size: fields.integer('intermediate_size'),
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: fields.integer('num_key_value_heads', fields.isNull('num_key_value_heads') ? heads : (facts.kv_heads ?? heads)),
    head_dim,
    vocab_size: fields.integer('vocab_size'),
    layers: Array.from({ length: layers }, () => ({ window: null, rope: 'default' })),
    ropes: ropes(json, fields),
    max_position_embeddings: fields.integer('max_position_embeddings', positions),
    rms_norm_eps: fields.positive('rms_norm_eps', 1e-6),
    activation: fields.oneOf(activationKey, ACTIVATIONS, activationDefault),
    qk_norm: false,
    norm_plus_one: false,
    post_norms: false,
    biases: { qkv: false, o: false, mlp: false },
    attention_scale: head_dim ** -0.5,
    residual_multiplier: 1,
    logits_scaling: 1,
    moe: null,
    tie_word_embeddings: fields.boolean('tie_word_embeddings', facts.tied ?? false),
    eos_token_ids: fields.tokenIds('eos_token_id'),
    pad_token_id: fields.tokenIds('pad_token_id')[0] ?? null,
    ...switches,
    sliding_window: switches.layers?.find(({ window }) => window !== null)?.window ?? null,
  };
  if (fields.problems.length === 0) fields.problems.push(...kernelProblems(config), ...quantizationProblems(json));
  throwProblems(
    'ModelError',
    `config.json of ${name} does not describe a ${model_type} model that can run here`,
    fields.problems,
    'Correct config.json or choose another model.',
  );
  return config;
}

function quantizationProblems({ quantization_config }: Record<string, unknown>): string[] {
  const method = isRecord(quantization_config) ? quantization_config.quant_method : quantization_config;
  return broken([
    [
      quantization_config == null,
      `quantization_config is ${show(method ?? quantization_config)}, and only bf16, f16 and f32 weights are read`,
    ],
  ]);
}
