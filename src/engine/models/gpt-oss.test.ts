import { describe, expect, it } from 'vitest';
import type { ModelCheckpoint, TensorEntry } from '../files/safetensors-read.ts';
import { type Bytes, bytesDirectory, type Directory } from '../files/source.ts';
import { parseModelConfig, readModelConfig } from './config.ts';
import { gptOss } from './gpt-oss.ts';
import { adaptableWeights } from './index.ts';
import { checkTensors, quantMethod } from './tensors.ts';

/** config.json of openai/gpt-oss-20b, as published (transformers 4 spelling). */
const published = {
  architectures: ['GptOssForCausalLM'],
  attention_bias: true,
  attention_dropout: 0.0,
  eos_token_id: 200002,
  experts_per_token: 4,
  head_dim: 64,
  hidden_act: 'silu',
  hidden_size: 2880,
  initial_context_length: 4096,
  initializer_range: 0.02,
  intermediate_size: 2880,
  layer_types: Array.from({ length: 24 }, (_, i) => (i % 2 ? 'full_attention' : 'sliding_attention')),
  max_position_embeddings: 131072,
  model_type: 'gpt_oss',
  num_attention_heads: 64,
  num_experts_per_tok: 4,
  num_hidden_layers: 24,
  num_key_value_heads: 8,
  num_local_experts: 32,
  output_router_logits: false,
  pad_token_id: 199999,
  quantization_config: { modules_to_not_convert: ['lm_head'], quant_method: 'mxfp4' },
  rms_norm_eps: 1e-5,
  rope_scaling: {
    beta_fast: 32.0,
    beta_slow: 1.0,
    factor: 32.0,
    original_max_position_embeddings: 4096,
    rope_type: 'yarn',
    truncate: false,
  },
  rope_theta: 150000,
  router_aux_loss_coef: 0.9,
  sliding_window: 128,
  swiglu_limit: 7.0,
  tie_word_embeddings: false,
  use_cache: true,
  vocab_size: 201088,
};

const parse = (changes: Record<string, unknown> = {}) => parseModelConfig(JSON.stringify({ ...published, ...changes }), 'my-model');
const withoutRope = { rope_scaling: undefined, rope_theta: undefined };

describe('parseModelConfig', () => {
  it('reads the published config', () => {
    expect(parse()).toMatchObject({
      hidden_size: 2880,
      num_hidden_layers: 24,
      num_experts_per_tok: 4,
      sliding_window: 128,
      quantized: true,
      eos_token_ids: [200002],
      pad_token_id: 199999,
      ropes: {
        default: {
          theta: 150000,
          type: 'yarn',
          factor: 32,
          truncate: false,
          original_max_position_embeddings: 4096,
          attention_factor: null,
        },
      },
    });
  });

  it('reads both spellings of rotary as the same', () => {
    const spelled = parse({ ...withoutRope, rope_parameters: { ...published.rope_scaling, rope_theta: 150000 } });
    expect(spelled.ropes).toEqual(parse().ropes);
    expect(parse(withoutRope).ropes).toEqual(parse().ropes); // the class default of GptOssConfig
    expect(parse({ ...withoutRope, rope_parameters: { rope_type: 'default', rope_theta: 10000 } }).ropes.default).toMatchObject({
      type: 'default',
      theta: 10000,
    });
  });

  it('fills layer types by alternation, sliding first, and needs no window when none slides', () => {
    expect(parse({ layer_types: null, num_hidden_layers: 3 })).toMatchObject({
      layer_types: ['sliding_attention', 'full_attention', 'sliding_attention'],
    });
    expect(parse({ layer_types: ['full_attention'], num_hidden_layers: 1, sliding_window: null }).sliding_window).toBeNull();
  });

  it.each([
    [{ model_type: 'bert' }, /my-model is a bert model; Mother Tongue runs models of these architectures \(model_type\): .*gpt_oss/],
    [{ model_type: undefined }, /a model without a model_type/],
    [{ hidden_size: '2880', vocab_size: -1 }, /hidden_size must be a whole number of at least 1, not "2880"; vocab_size must be/],
    [{ num_local_experts: undefined }, /num_experts must be .* not missing/],
    [{ layer_types: ['linear_attention'] }, /layer_types must be a list of sliding_attention or full_attention/],
    [{ num_hidden_layers: 23 }, /layer_types has 24 entries for 23 layers/],
    [{ num_key_value_heads: 7 }, /64 is not a multiple of num_key_value_heads 7/],
    [{ num_experts_per_tok: 33 }, /33 is more than num_local_experts 32/],
    [{ hidden_size: 2882 }, /hidden_size 2882 is not a multiple of 4/],
    [{ head_dim: 260 }, /head_dim 260 is not a multiple of 4 up to 256/],
    [
      { hidden_size: 2884, intermediate_size: 36 },
      /hidden_size 2884 is not a multiple of 32.*intermediate_size 36 is not a multiple of 32/,
    ],
    [{ swiglu_limit: 5 }, /swiglu_limit is 5, and experts are computed with 7/],
    [{ rope_scaling: { rope_type: 'llama3', factor: 8 } }, /rope_scaling\.rope_type is "llama3"/],
    [{ rope_scaling: { rope_type: 'yarn' } }, /rope_scaling\.factor must be a number above 0, not missing/],
    [{ rms_norm_eps: 1e-60 }, /rms_norm_eps must be a number above 0 that float32 holds, not 1e-60/],
    [{ rope_scaling: { rope_type: 'yarn', factor: 1e39 } }, /rope_scaling\.factor must be a number above 0 that float32 holds, not 1e\+39/],
    [{ quantization_config: { quant_method: 'gptq' } }, /quantization_config is "gptq"/],
  ])('refuses %j', (changes, message) => {
    expect(() => parse(changes)).toThrow(message);
  });

  // Each is a number by itself; the tables would hold NaN.
  it.each([
    [{ rope_theta: 1 }, /config\.json of my-model cannot be used: the rotary table "default" turns dimension 0 by NaN a position/],
    [
      { rope_theta: 1e-37, rope_scaling: null },
      /the rotary table "default" turns dimension \d+ by [\d.]+e\+\d+ a position, up to position 131071/,
    ],
    [{ rope_theta: 150000, rope_scaling: { ...published.rope_scaling, attention_factor: 1e-60 } }, /attention_factor must be .* float32/],
  ])('refuses rotary settings that are no numbers together: %j', (changes, message) => {
    expect(() => parseModelConfig(JSON.stringify({ ...published, ...changes }), 'my-model')).toThrow(message);
  });

  it.each(['NaN', 'Infinity', '1e999'])('refuses %s by its key', (value) => {
    const text = JSON.stringify({ ...published, rope_theta: 'HERE' }).replace('"HERE"', value);
    expect(() => parseModelConfig(text, 'my-model')).toThrow(/rope_theta must be a number above 0.*, not "?(NaN|Infinity)/);
  });

  it.each(['', '[]', 'null', '{'])('refuses the text %j', (text) => {
    expect(() => parseModelConfig(text, 'my-model')).toThrow(/config\.json of my-model is not/);
  });
});

describe('readModelConfig', () => {
  const folder = (files: Record<string, unknown>): Directory =>
    bytesDirectory(
      'my-model',
      new Map(Object.entries(files).map(([path, json]): [string, Bytes] => [path, new TextEncoder().encode(JSON.stringify(json))])),
    );

  it('takes the stopping ids of generation_config.json', async () => {
    const config = await readModelConfig(
      folder({ 'config.json': published, 'generation_config.json': { eos_token_id: [200002, 199999, 200012] } }),
    );
    expect(config.eos_token_ids).toEqual([200002, 199999, 200012]);
    expect(config.pad_token_id).toBe(199999);
  });

  it('takes null there for never, and its own ids where nothing is said', async () => {
    const own = { ...published, eos_token_id: [5, 6] };
    const eosOf = async (generation: object) =>
      (await readModelConfig(folder({ 'config.json': own, 'generation_config.json': generation }))).eos_token_ids;
    expect(await eosOf({ eos_token_id: null })).toEqual([]);
    expect(await eosOf({})).toEqual([5, 6]);
  });

  it('names the file that is missing or wrong', async () => {
    await expect(readModelConfig(folder({}))).rejects.toThrow(/my-model has no file config\.json/);
    await expect(readModelConfig(folder({ 'config.json': published, 'generation_config.json': { eos_token_id: 'x' } }))).rejects.toThrow(
      /generation_config\.json .*eos_token_id/,
    );
  });
});

describe('tensors', () => {
  const config = gptOss.parse(published, 'my-model');
  const checkpointOf = (entries: Iterable<TensorEntry>): ModelCheckpoint =>
    ({ name: 'my-model', tensors: new Map([...entries].map((entry) => [entry.name, entry])), metadata: {} }) as unknown as ModelCheckpoint;
  const entries = gptOss
    .tensors(config)
    .map(({ name, shape, dtypes }): TensorEntry => ({ name, shape, dtype: dtypes[0]!, file: 'f', offset: 0, bytes: 0 }));

  it('lists the 459 tensors of gpt-oss-20b, 13,761,264,768 bytes', () => {
    expect(entries.length).toBe(459);
    const bytes = entries.reduce((sum, { shape, dtype }) => sum + shape.reduce((a, b) => a * b, dtype === 'U8' ? 1 : 2), 0);
    expect(bytes).toBe(13_761_264_768);
  });

  it('accepts a complete checkpoint and finds the form of its experts', () => {
    expect(quantMethod(checkTensors(config, checkpointOf(entries)))).toBe('mxfp4');
    const dense = gptOss
      .tensors(gptOss.parse({ ...published, quantization_config: null }, 'my-model'))
      .map(({ name, shape }): TensorEntry => ({ name, shape, dtype: 'F32', file: 'f', offset: 0, bytes: 0 }));
    expect(dense.find(({ name }) => name.endsWith('0.mlp.experts.gate_up_proj'))?.shape).toEqual([32, 2880, 5760]);
    expect(quantMethod(checkTensors(config, checkpointOf(dense)))).toBeNull();
  });

  it('lists everything that is missing, mis-shaped, of another dtype or foreign', () => {
    const damaged = entries
      .filter(({ name }) => name !== 'model.layers.3.self_attn.sinks')
      .map((entry) => (entry.name === 'model.norm.weight' ? { ...entry, shape: [2881] } : entry))
      .map((entry) => (entry.name === 'lm_head.weight' ? { ...entry, dtype: 'I32' as const } : entry));
    damaged.push({ ...entries[0]!, name: 'model.layers.24.self_attn.sinks' });
    expect(() => checkTensors(config, checkpointOf(damaged))).toThrow(
      /my-model do not fit.*layers\.3\.self_attn\.sinks \[64\] is missing; model\.norm\.weight is \[2881\] and should be \[2880\]; lm_head\.weight is I32 and should be BF16 or F32; model\.layers\.24\.self_attn\.sinks is not part/,
    );
  });
});

describe('adaptableWeights', () => {
  it('are the attention projections and both expert matrices of every layer', () => {
    const weights = adaptableWeights(parse());
    expect(weights.length).toBe(24 * 6);
    // All attention projections at rank 8 have 3,981,312 parameters (PEFT's own count).
    expect(weights.filter(({ kind }) => kind === 'module').reduce((sum, weight) => sum + 8 * (weight.in + weight.out), 0)).toBe(3_981_312);
    expect(weights[5]).toEqual({ path: 'model.layers.0.mlp.experts.down_proj', kind: 'expert', in: 2880, out: 2880, experts: 32 });
  });
});
