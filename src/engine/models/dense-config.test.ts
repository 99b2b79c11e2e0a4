/** What the dense families read from config.json, and what they refuse. Their numbers: e2e/parity/dense.gpu.test.ts. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { elements } from '../graph/tensor.ts';
import { parseModelConfig } from './config.ts';
import { adaptable, type DenseConfig, tensors } from './dense.ts';
import { ropeFrequencies } from './rope.ts';
import { plannedWeights } from './tensors.ts';

const sizes = {
  hidden_size: 64,
  intermediate_size: 96,
  num_hidden_layers: 4,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  vocab_size: 97,
};
const parse = (model_type: string, changes: Record<string, unknown> = {}): DenseConfig =>
  parseModelConfig(JSON.stringify({ model_type, ...sizes, ...changes }), 'my-model') as DenseConfig;
const windowsOf = (config: DenseConfig) => config.layers.map(({ window }) => window);

describe('windows', () => {
  it('of Qwen: nothing without use_sliding_window, else from max_window_layers on, and layer_types before both', () => {
    expect(windowsOf(parse('qwen3', { sliding_window: 8, max_window_layers: 0 }))).toEqual([null, null, null, null]);
    const on = { use_sliding_window: true, sliding_window: 8, max_window_layers: 3 };
    expect(windowsOf(parse('qwen2', on))).toEqual([null, null, null, 8]);
    const layer_types = ['sliding_attention', 'full_attention', 'full_attention', 'sliding_attention'];
    expect(windowsOf(parse('qwen3', { ...on, layer_types }))).toEqual([8, null, null, 8]);
    expect(windowsOf(parse('qwen3', { ...on, sliding_window: null }))).toEqual([null, null, null, null]);
    expect(() => parse('qwen3', { layer_types, sliding_window: 8 })).toThrow(/layer_types has sliding layers, but no sliding_window/);
    expect(() => parse('qwen3', { layer_types: ['full_attention'] })).toThrow(/layer_types has 1 entries for 4 layers/);
  });

  it('of Mistral: a number slides in every layer, null in none, and nothing said is 4,096', () => {
    expect(windowsOf(parse('mistral', { sliding_window: 3 }))).toEqual([3, 3, 3, 3]);
    expect(windowsOf(parse('mistral', { sliding_window: null }))).toEqual([null, null, null, null]);
    expect(parse('mistral').sliding_window).toBe(4096);
    expect(() => parse('mistral', { sliding_window: 3, layer_types: Array(4).fill('full_attention') })).toThrow(/layer_types does not go/);
  });

  it('of SmolLM3: no_rope_layers says 1 where a layer rotates, absent every fourth does not', () => {
    const rotated = (config: DenseConfig) => config.layers.map(({ rope }) => rope !== null);
    expect(rotated(parse('smollm3'))).toEqual([true, true, true, false]);
    expect(rotated(parse('smollm3', { no_rope_layers: [0, 1, 1, 0] }))).toEqual([false, true, true, false]);
    expect(rotated(parse('smollm3', { no_rope_layer_interval: 2 }))).toEqual([true, false, true, false]);
    expect(windowsOf(parse('smollm3', { use_sliding_window: true, sliding_window: 9 }))).toEqual([null, null, null, 9]);
    expect(() => parse('smollm3', { no_rope_layers: [1, 1] })).toThrow(/no_rope_layers has 2 entries for 4 layers/);
  });

  it('of Gemma: every sixth layer is full, with its own rotary table', () => {
    const config = parse('gemma3_text', { num_hidden_layers: 7, sliding_window: 5 });
    expect(config.layers.map(({ rope }) => rope)).toEqual([...Array(5).fill('sliding'), 'full', 'sliding']);
    expect(windowsOf(config)).toEqual([5, 5, 5, 5, 5, null, 5]);
    expect(windowsOf(parse('gemma3_text', { sliding_window: 5, sliding_window_pattern: 2 }))).toEqual([5, null, 5, null]);
  });
});

describe('rotary settings', () => {
  it('of Llama 3 keep, divide and blend, as transformers does', () => {
    const rope = parse('llama', {
      head_dim: 8,
      rope_theta: 500_000,
      rope_scaling: { rope_type: 'llama3', factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 },
    }).ropes.default!;
    // torch, from Llama-3.1's settings at head_dim 8
    const want = [1, 0.03760603070259094, 0.0005248460220173001, 6.647869668086059e-6];
    for (const [i, f] of ropeFrequencies(rope, 8).inv_freq.entries()) expect(Math.abs(f - want[i]!) / want[i]!).toBeLessThan(1e-6);
  });

  it('divide every frequency when linear, under the old key too', () => {
    const rope = parse('llama', { rope_scaling: { type: 'linear', factor: 4 } }).ropes.default!;
    expect(ropeFrequencies(rope, 4).inv_freq[0]).toBe(0.25);
    expect(parse('llama', { rope_parameters: { rope_type: 'linear', factor: 4, rope_theta: 10_000 } }).ropes.default).toEqual(rope);
  });

  it('of Gemma are one table a kind, in both spellings; a kind that is missing has its default', () => {
    const spelled = parse('gemma3_text', {
      rope_parameters: {
        full_attention: { rope_type: 'linear', factor: 8, rope_theta: 1e6 },
        sliding_attention: { rope_type: 'default', rope_theta: 1e4 },
      },
    });
    const old = { rope_theta: 1e6, rope_local_base_freq: 1e4, rope_scaling: { type: 'linear', factor: 8 } };
    expect(parse('gemma3_text', old).ropes).toEqual(spelled.ropes);
    expect(spelled.ropes).toMatchObject({ full: { type: 'linear', factor: 8, theta: 1e6 }, sliding: { type: 'default', theta: 1e4 } });
    expect(parse('gemma3_text', { rope_parameters: { full_attention: { rope_type: 'default', rope_theta: 5e5 } } }).ropes).toMatchObject({
      full: { theta: 5e5 },
      sliding: { theta: 1e4 },
    });
  });
});

it('of Qwen 3 with experts says which layers have them, and lists a tensor an expert that the GPU stacks', () => {
  const moe = { num_experts: 3, num_experts_per_tok: 2, moe_intermediate_size: 12 };
  const sparse = (changes: object) => parse('qwen3_moe', { ...moe, ...changes }).moe!.sparse;
  expect(sparse({})).toEqual([true, true, true, true]);
  expect(sparse({ decoder_sparse_step: 2 })).toEqual([false, true, false, true]);
  expect(sparse({ mlp_only_layers: [0, 3] })).toEqual([false, true, true, false]);
  const config = parse('qwen3_moe', { ...moe, mlp_only_layers: [0] });
  expect(config).toMatchObject({ num_local_experts: 3, sparse_layers: 3 });
  const held = plannedWeights(config);
  expect(held.get('model.layers.1.mlp.experts.gate_up_proj')).toEqual({ shape: [3, 24, 64], dtype: 'bf16' });
  expect(held.get('model.layers.1.mlp.experts.down_proj')).toEqual({ shape: [3, 64, 12], dtype: 'bf16' });
  expect(held.has('model.layers.1.mlp.experts.0.gate_proj.weight')).toBe(false);
  const paths = adaptable(config).map(({ path }) => path);
  expect(paths.filter((path) => path.includes('layers.0.'))).toHaveLength(4);
  expect(paths.filter((path) => path.includes('mlp'))).toHaveLength(6);
  expect(() => parse('qwen3_moe', { ...moe, num_experts_per_tok: 4 })).toThrow(/num_experts_per_tok 4 is more than/);
  expect(() => parse('qwen3_moe', { ...moe, mlp_only_layers: 1 })).toThrow(/mlp_only_layers must be a list of whole numbers/);
  expect(() => parse('qwen3_moe', { ...moe, moe_intermediate_size: 10 })).toThrow(/moe_intermediate_size 10 is not a multiple of 4/);
});

it('ties heads by each class default', () => {
  const tied = ['qwen3', 'qwen2', 'llama', 'mistral', 'granite', 'smollm3', 'gemma3_text'].map((type) => parse(type).tie_word_embeddings);
  expect(tied).toEqual([false, false, false, false, false, true, true]);
});

it('takes 1 for every multiplier of Granite that is absent, that of attention too', () => {
  expect(parse('granite')).toMatchObject({ attention_scale: 1, embedding_scale: 1, residual_multiplier: 1, logits_scaling: 1 });
});

it('lists biases where the config has them, and weights that LoRA can attach to in the order of modules', () => {
  const names = (config: DenseConfig) =>
    tensors(config)
      .filter(({ name }) => /layers\.0\..*bias/.test(name))
      .map(({ name }) => name.split('.').at(-2));
  expect(names(parse('llama', { attention_bias: true, mlp_bias: true }))).toHaveLength(7);
  expect(names(parse('qwen2'))).toEqual(['q_proj', 'k_proj', 'v_proj']);
  expect(names(parse('qwen3', { attention_bias: true }))).toEqual(['q_proj', 'k_proj', 'v_proj', 'o_proj']);
  const adapted = adaptable(parse('qwen3', { head_dim: 24 })).slice(0, 7);
  expect(adapted.map(({ path }) => path.split('.').at(-1))).toEqual([
    'q_proj',
    'k_proj',
    'v_proj',
    'o_proj',
    'gate_proj',
    'up_proj',
    'down_proj',
  ]);
  expect(adapted[0]).toMatchObject({ in: 64, out: 96 });
});

it.each([
  ['qwen3-0.6b', 596_049_920],
  ['qwen3-1.7b', 1_720_574_976],
  ['llama-3.2-1b', 1_235_814_400],
  ['gemma-3-270m', 268_098_176],
])('counts the parameters of %s as published', (name, parameters) => {
  const config = parseModelConfig(readFileSync(`e2e/fixtures/configs/${name}/config.json`, 'utf8'), name) as DenseConfig;
  expect(tensors(config).reduce((n, { shape }) => n + elements(shape), 0)).toBe(parameters);
});

describe('what is refused, by its key', () => {
  it.each([
    [
      'llama',
      { rope_scaling: { rope_type: 'dynamic', factor: 2 } },
      /rope_scaling\.rope_type is "dynamic", and only default, linear, llama3 and yarn/,
    ],
    ['llama', { rope_scaling: { rope_type: 'llama3', factor: 8 } }, /rope_scaling\.low_freq_factor must be a number above 0, not missing/],
    ['qwen3', { rope_parameters: { full_attention: { rope_theta: 1e6 } } }, /rope_parameters\.full_attention belongs to other families/],
    ['llama', { partial_rotary_factor: 0.5 }, /partial_rotary_factor belongs to other families/],
    ['gemma3_text', { rope_parameters: { rope_theta: 1e6 } }, /rope_parameters\.rope_theta stands outside of full_attention/],
    ['gemma3_text', { rope_scaling: { rope_type: 'yarn', factor: 8 } }, /rope_scaling\.rope_type is "yarn", and only default and linear/],
    ['gemma3_text', { final_logit_softcapping: 30 }, /final_logit_softcapping is set/],
    ['gemma3_text', { use_bidirectional_attention: true }, /use_bidirectional_attention is set/],
    ['gemma3_text', { hidden_activation: 'gelu' }, /hidden_activation must be silu or swish or gelu_pytorch_tanh, not "gelu"/],
    ['qwen2', { hidden_act: 'relu' }, /hidden_act must be .*not "relu"/],
    ['llama', { head_dim: 260 }, /head_dim 260 is not a multiple of 4 up to 256/],
    ['llama', { num_hidden_layers: 1e9 }, /num_hidden_layers must be at most 4096, not 1000000000/],
    ['llama', { intermediate_size: 98 }, /intermediate_size 98 is not a multiple of 4/],
    ['llama', { num_key_value_heads: 3 }, /num_attention_heads 4 is not a multiple of num_key_value_heads 3/],
    ['qwen3', { quantization_config: { quant_method: 'gptq' } }, /quantization_config is "gptq", and only bf16, f16 and f32/],
    ['granite', { logits_scaling: 0 }, /logits_scaling must be a number above 0, not 0/],
    ['smollm3', { no_rope_layers: [2, 1, 1, 1] }, /no_rope_layers must be a list of 0 and 1/],
  ])('%s %o', (type, changes, problem) => {
    const refused = () => parse(type, changes);
    expect(refused).toThrow(problem);
    expect(refused).toThrow(new RegExp(`config.json of my-model does not describe a ${type} model`));
  });
});
