/**
 * The gpt_oss family: config, tensors, weights that LoRA can attach to, and the forward for training, prefill and decoding alike; what differs
 * between them is how a layer attends, which the caller hands in. Source: transformers 5.18 models/gpt_oss/modular_gpt_oss.py.
 *
 *   h = embed[ids];  per layer: h += attention(norm1(h)); h += experts(norm2(h));  result: norm(h), before the head.
 *
 * Expert matrices come in two forms. MXFP4 keeps [experts, out, in] in blocks of 32 along `in`, 16 bytes and one scale byte each; dense (bf16
 * or f32) is transposed: [experts, in, out]. Rows of gate_up are interleaved (gate 0, up 0, gate 1, ...) in both.
 */
import { throwProblems } from '../../lib/problems.ts';
import { show } from '../../protocol/rules.ts';
import type { AdaptableWeight } from '../files/adaptable.ts';
import type { Dtype } from '../files/dtypes.ts';
import type { ModelCheckpoint } from '../files/safetensors-read.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { embedding } from '../ops/embedding.ts';
import { type LinearLayer, linear } from '../ops/linear.ts';
import { moeBlock } from '../ops/moe.ts';
import { rmsNorm } from '../ops/rms-norm.ts';
import { GPT_OSS_SWIGLU } from '../ops/swiglu.ts';
import { ConfigFields } from './config-fields.ts';
import type { BaseConfig, ExpectedTensor, Family, TensorKind } from './family.ts';
import { broken, kernelProblems } from './limits.ts';
import { parseRope } from './rope.ts';
import type { Attend, Stream } from './stream.ts';
import { EMBEDDING, HEAD, type Weights } from './weights.ts';

type LayerType = 'sliding_attention' | 'full_attention';

export interface GptOssConfig extends BaseConfig {
  readonly num_local_experts: number;
  readonly num_experts_per_tok: number;
  readonly layer_types: readonly LayerType[];
  readonly rms_norm_eps: number;
  readonly attention_bias: boolean;
  /** From quantization_config: experts are MXFP4 `_blocks` and `_scales`. Where there is a checkpoint, its tensors decide. */
  readonly quantized: boolean;
}

export const gptOss: Family<GptOssConfig> = { parse, tensors, adaptable, forward };

/** What GptOssConfig assumes when config.json has neither spelling. */
const DEFAULT_ROPE = {
  rope_type: 'yarn',
  factor: 32,
  beta_fast: 32,
  beta_slow: 1,
  truncate: false,
  original_max_position_embeddings: 4096,
};

function parse(json: Record<string, unknown>, name: string): GptOssConfig {
  const fields = new ConfigFields(json);
  const layers = fields.integer('num_hidden_layers');
  const heads = fields.integer('num_attention_heads');
  const hidden = fields.integer('hidden_size');
  const alternating = Array.from(
    { length: Math.min(layers, 10_000) },
    (_, i): LayerType => (i % 2 === 0 ? 'sliding_attention' : 'full_attention'),
  );
  const layerTypes = fields.strings<LayerType>('layer_types', ['sliding_attention', 'full_attention'], alternating);
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
    ropes: { default: parseRope(json, fields, { rope: DEFAULT_ROPE, theta: 150000, positions: 131072, types: ['default', 'yarn'] }) },
    rms_norm_eps: fields.positive('rms_norm_eps', 1e-5),
    attention_bias: fields.boolean('attention_bias', true),
    max_position_embeddings: fields.integer('max_position_embeddings', 131072),
    tie_word_embeddings: fields.boolean('tie_word_embeddings', false),
    quantized: (json.quantization_config as { quant_method?: unknown } | null | undefined)?.quant_method === 'mxfp4',
    eos_token_ids: fields.tokenIds('eos_token_id'),
    pad_token_id: fields.tokenIds('pad_token_id')[0] ?? null,
  };
  const swiglu_limit = fields.positive('swiglu_limit', 7);
  if (fields.problems.length === 0) fields.problems.push(...contradictions(config, json, swiglu_limit));
  throwProblems(
    'ModelError',
    `config.json of ${name} does not describe a gpt_oss model that can run here`,
    fields.problems,
    'Correct config.json or choose another model.',
  );
  return config;
}

/** What each field allows alone but the model does not: sizes that do not fit each other or the kernels, and what is computed otherwise. */
function contradictions(config: GptOssConfig, json: Record<string, unknown>, swiglu_limit: number): string[] {
  const { layer_types, num_hidden_layers, hidden_size, intermediate_size, quantized } = config;
  const quantization = json.quantization_config as { quant_method?: unknown } | null | undefined;
  return [
    ...broken([
      [
        !quantization || quantized,
        `quantization_config is ${show(quantization?.quant_method ?? quantization)}, and only mxfp4, bf16 and f32 weights are read`,
      ],
      // transformers does not read the field; it computes with 7.
      [swiglu_limit === 7, `swiglu_limit is ${swiglu_limit}, and experts are computed with 7`],
      [layer_types.length === num_hidden_layers, `layer_types has ${layer_types.length} entries for ${num_hidden_layers} layers`],
    ]),
    ...kernelProblems(config),
    ...broken([
      [!quantized || hidden_size % 32 === 0, `hidden_size ${hidden_size} is not a multiple of 32, the block of mxfp4`],
      [!quantized || intermediate_size % 32 === 0, `intermediate_size ${intermediate_size} is not a multiple of 32, the block of mxfp4`],
    ]),
  ];
}

const FLOATS: readonly Dtype[] = ['BF16', 'F32'];
const BYTES: readonly Dtype[] = ['U8'];

function floats(kind: TensorKind, name: string, ...shape: number[]): ExpectedTensor {
  return { name, kind, shape, dtypes: FLOATS };
}

function tensors(config: GptOssConfig, checkpoint?: Pick<ModelCheckpoint, 'tensors'>): ExpectedTensor[] {
  const { hidden_size: hidden, vocab_size: vocab, num_hidden_layers } = config;
  const mxfp4 = checkpoint ? checkpoint.tensors.has('model.layers.0.mlp.experts.gate_up_proj_blocks') : config.quantized;
  const layers = Array.from({ length: num_hidden_layers }, (_, i) => layerTensors(config, mxfp4, `model.layers.${i}.`));
  const head = config.tie_word_embeddings ? [] : [floats('matrix', HEAD, vocab, hidden)];
  return [floats('matrix', EMBEDDING, vocab, hidden), ...layers.flat(), floats('vector', 'model.norm.weight', hidden), ...head];
}

function layerTensors(config: GptOssConfig, mxfp4: boolean, prefix: string): ExpectedTensor[] {
  const { hidden_size: hidden, intermediate_size: inner, num_local_experts: experts } = config;
  const vector = (name: string, ...shape: number[]): ExpectedTensor => floats('vector', prefix + name, ...shape);
  const matrix = (name: string, ...shape: number[]): ExpectedTensor => floats('matrix', prefix + name, ...shape);
  const expertMatrix = (name: string, out: number, input: number): ExpectedTensor[] =>
    mxfp4
      ? [
          { name: `${prefix}${name}_blocks`, kind: 'blocks', shape: [experts, out, input / 32, 16], dtypes: BYTES },
          { name: `${prefix}${name}_scales`, kind: 'scales', shape: [experts, out, input / 32], dtypes: BYTES },
        ]
      : [floats('experts', prefix + name, experts, input, out)];
  const attention = projections(config).flatMap(({ name, in: input, out }) => [
    matrix(`self_attn.${name}.weight`, out, input),
    ...(config.attention_bias ? [vector(`self_attn.${name}.bias`, out)] : []),
  ]);
  return [
    vector('input_layernorm.weight', hidden),
    vector('post_attention_layernorm.weight', hidden),
    ...attention,
    vector('self_attn.sinks', config.num_attention_heads),
    matrix('mlp.router.weight', experts, hidden),
    vector('mlp.router.bias', experts),
    ...expertMatrix('mlp.experts.gate_up_proj', 2 * inner, hidden),
    vector('mlp.experts.gate_up_proj_bias', experts, 2 * inner),
    ...expertMatrix('mlp.experts.down_proj', hidden, inner),
    vector('mlp.experts.down_proj_bias', experts, hidden),
  ];
}

function projections(config: GptOssConfig): { name: string; in: number; out: number }[] {
  const { hidden_size: hidden, head_dim } = config;
  const query = config.num_attention_heads * head_dim;
  const key = config.num_key_value_heads * head_dim;
  return [
    { name: 'q_proj', in: hidden, out: query },
    { name: 'k_proj', in: hidden, out: key },
    { name: 'v_proj', in: hidden, out: key },
    { name: 'o_proj', in: query, out: hidden },
  ];
}

function adaptable(config: GptOssConfig): AdaptableWeight[] {
  const { hidden_size: hidden, intermediate_size: inner, num_local_experts: experts } = config;
  return Array.from({ length: config.num_hidden_layers }, (_, layer): AdaptableWeight[] => {
    const prefix = `model.layers.${layer}.`;
    const modules = projections(config).map(
      ({ name, in: input, out }): AdaptableWeight => ({ path: `${prefix}self_attn.${name}`, kind: 'module', in: input, out, experts: 1 }),
    );
    return [
      ...modules,
      { path: `${prefix}mlp.experts.gate_up_proj`, kind: 'expert', in: hidden, out: 2 * inner, experts },
      { path: `${prefix}mlp.experts.down_proj`, kind: 'expert', in: inner, out: hidden, experts },
    ];
  }).flat();
}

/** Every layer is a block: its input is kept, the rest is recomputed in the backward. */
function forward(trace: Trace, config: GptOssConfig, weights: Weights, stream: Stream, attend: Attend): Tensor {
  const norm = (x: Tensor, name: string): Tensor =>
    trace.emit(rmsNorm, { x, weight: weights.vector(name) }, { eps: config.rms_norm_eps }).y;
  let h = stream.embedded ?? embedding(trace, stream.ids!, weights.vector(EMBEDDING));
  for (let i = 0; i < config.num_hidden_layers; i++) {
    h = trace.block(() => {
      const layer = `model.layers.${i}`;
      const attended = selfAttention(trace, config, weights, attend, i, h);
      const mlp = {
        norm: { weight: weights.vector(`${layer}.post_attention_layernorm.weight`), eps: config.rms_norm_eps },
        router: weights.linear(`${layer}.mlp.router`),
        gate_up: weights.experts(`${layer}.mlp.experts.gate_up_proj`),
        down: weights.experts(`${layer}.mlp.experts.down_proj`),
      };
      const form = { experts_per_token: config.num_experts_per_tok, swiglu: GPT_OSS_SWIGLU, over_all: false };
      return moeBlock(trace, attended, mlp, form, stream.balance);
    }, h);
  }
  return norm(h, 'model.norm.weight');
}

function selfAttention(trace: Trace, config: GptOssConfig, weights: Weights, attend: Attend, index: number, h: Tensor): Tensor {
  const path = `model.layers.${index}.self_attn`;
  const norm = { weight: weights.vector(`model.layers.${index}.input_layernorm.weight`), eps: config.rms_norm_eps };
  const { num_attention_heads: heads, num_key_value_heads: kv_heads, head_dim } = config;
  const layer = (name: string): LinearLayer => weights.linear(`${path}.${name}`);
  const y = attend(
    index,
    h,
    { norm, q: layer('q_proj'), k: layer('k_proj'), v: layer('v_proj'), sinks: weights.vector(`${path}.sinks`) },
    {
      heads,
      kv_heads,
      head_dim,
      window: config.layer_types[index] === 'sliding_attention' ? config.sliding_window : null,
      scale: head_dim ** -0.5,
      rope: 'default',
    },
  );
  return linear(trace, y, layer('o_proj'), h);
}
