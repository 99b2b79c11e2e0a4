/** What decoding costs in dispatches in the dense families at published shapes on default limits, by plans alone. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { LoraSettings } from '../../protocol/training.ts';
import { joinLayouts } from '../adapters/joined.ts';
import { type AdapterLayout, layoutAdapter } from '../adapters/lora.ts';
import { planAdapter } from '../files/adapter-plan.ts';
import { DEFAULT_CAPABILITIES } from '../graph/op.ts';
import { plan } from '../graph/plan.ts';
import { parseModelConfig } from '../models/config.ts';
import type { BaseConfig } from '../models/family.ts';
import { adaptableWeights } from '../models/index.ts';
import { plannedWeights } from '../models/tensors.ts';
import { ASKING, traceDecode } from './programs.ts';

const lora: LoraSettings = {
  r: 16,
  lora_alpha: 32,
  target_modules: 'all-linear',
  target_parameters: null,
  use_rslora: false,
  rank_pattern: {},
  alpha_pattern: {},
};

const shared = { vocab_size: 4096, rms_norm_eps: 1e-5, hidden_act: 'silu', tie_word_embeddings: true, max_position_embeddings: 32_768 };

/** Layers as published; what does not change a layer's launches is left out or shortened. */
const SHAPES: Readonly<Record<string, Record<string, unknown>>> = {
  'Qwen2.5-0.5B, R1-Distill-Qwen': {
    ...{ ...shared, model_type: 'qwen2', hidden_size: 896, intermediate_size: 4864, num_hidden_layers: 2 },
    ...{ num_attention_heads: 14, num_key_value_heads: 2 },
  },
  'Mistral-7B v0.3': {
    ...{ ...shared, model_type: 'mistral', hidden_size: 4096, intermediate_size: 14336, num_hidden_layers: 2 },
    ...{ num_attention_heads: 32, num_key_value_heads: 8, sliding_window: null },
  },
  'SmolLM3-3B': {
    ...{ ...shared, model_type: 'smollm3', hidden_size: 2048, intermediate_size: 11008, num_hidden_layers: 4 },
    ...{ num_attention_heads: 16, num_key_value_heads: 4 },
  },
  'granite-3.3-2b': {
    ...{ ...shared, model_type: 'granite', hidden_size: 2048, intermediate_size: 8192, num_hidden_layers: 2 },
    ...{ num_attention_heads: 32, num_key_value_heads: 8, residual_multiplier: 0.22, attention_multiplier: 0.015625 },
  },
  'a Llama with biases': {
    ...{ ...shared, model_type: 'llama', hidden_size: 576, intermediate_size: 1536, num_hidden_layers: 2 },
    ...{ num_attention_heads: 9, num_key_value_heads: 3, attention_bias: true, mlp_bias: true },
  },
  'Qwen3-30B-A3B': {
    ...{ ...shared, model_type: 'qwen3_moe', hidden_size: 2048, intermediate_size: 6144, moe_intermediate_size: 768, num_hidden_layers: 2 },
    ...{ num_attention_heads: 32, num_key_value_heads: 4, head_dim: 128, num_experts: 128, num_experts_per_tok: 8, norm_topk_prob: true },
  },
};

function configOf(name: string): BaseConfig {
  const shape = SHAPES[name];
  return parseModelConfig(shape ? JSON.stringify(shape) : readFileSync(`e2e/fixtures/configs/${name}/config.json`, 'utf8'), name);
}

/** Kernels of each layer, in order, for a cache of 4,096 positions. */
function byLayer(name: string, rows: number, adapted: Partial<LoraSettings> | false = false, device = DEFAULT_CAPABILITIES): string[][] {
  const layoutOf = (settings: Partial<LoraSettings>) =>
    layoutAdapter(planAdapter({ ...lora, ...settings }, adaptableWeights(configOf(name))));
  return kernelsOf(name, rows, adapted ? layoutOf(adapted) : null, device);
}

function kernelsOf(name: string, rows: number, adapter: AdapterLayout | null, device = DEFAULT_CAPABILITIES): string[][] {
  const config = configOf(name);
  const session = { config, weights: plannedWeights(config) };
  const shape = { rows, capacity: 4096, steps: 128, shared: 0 };
  const context = { session, shape, adapter, vocabulary_with_text: config.vocab_size, prefix: ASKING };
  const { nodes } = plan(traceDecode(context), device);
  const layers: string[][] = [];
  for (const node of nodes) {
    const [layer] = node.blocks;
    if (layer === undefined) continue;
    layers[layer] ??= [];
    layers[layer].push(...node.op.lower(node, device).map(({ kernel }) => kernel.name));
  }
  return layers;
}

const qwen3 = [
  'rms-norm.forward-narrow',
  'qkv.gemv bf16',
  'attention-step.forward normed',
  'attention-step.merge',
  'linear.gemv bf16',
  'rms-norm.forward-narrow',
  'gate-up.gemv bf16',
  'linear.gemv bf16',
];

it.each([1, 4])('takes 8 dispatches a layer of Qwen 3 and Llama, norms of heads and rotation inside: %i rows', (rows) => {
  const layers = byLayer('qwen3-0.6b', rows);
  expect(layers).toHaveLength(28);
  for (const kernels of layers) expect(kernels).toEqual(qwen3);
  for (const kernels of byLayer('llama-3.2-1b', rows)) expect(kernels).toHaveLength(8);
});

it('takes 9 a sliding layer of Gemma and 10 a full one, with its four norms', () => {
  const layers = byLayer('gemma-3-270m', 1);
  expect(layers.map((kernels) => kernels.length)).toEqual(layers.map((_, i) => (i % 6 === 5 ? 10 : 9)));
});

it('takes two more for an adapter on all seven: the ways down of q, k, v and of gate, up go with the norms, all ways up with the layers', () => {
  const [, , step, merge, out, , gated, down] = qwen3.map((kernel, i) => (i < 4 ? kernel : `${kernel} adapted`));
  const way = 'linear.gemv f32';
  const adapted = ['norm-down.gemv', 'qkv.gemv bf16 adapted', step, merge, way, out, 'norm-down.gemv', gated, way, down];
  for (const rows of [1, 8]) for (const kernels of byLayer('qwen3-0.6b', rows, {})) expect(kernels).toEqual(adapted);
});

it.each([
  { name: 'qwen3-1.7b', base: 8, adapted: 10 },
  { name: 'llama-3.2-1b', base: 8, adapted: 10 },
  { name: 'Qwen2.5-0.5B, R1-Distill-Qwen', base: 8, adapted: 10 },
  { name: 'Mistral-7B v0.3', base: 8, adapted: 10 },
  { name: 'SmolLM3-3B', base: 8, adapted: 10 },
  { name: 'granite-3.3-2b', base: 8, adapted: 10 },
  { name: 'a Llama with biases', base: 8, adapted: 10 },
  { name: 'gemma-3-270m', base: 10, adapted: 12 },
])('$name: $base dispatches a layer that sees the whole cache, $adapted with everything adapted', ({ name, base, adapted }) => {
  for (const rows of [1, 8]) {
    expect(Math.max(...byLayer(name, rows).map((kernels) => kernels.length))).toBe(base);
    expect(Math.max(...byLayer(name, rows, {}).map((kernels) => kernels.length))).toBe(adapted);
  }
});

it('takes no more where rows have adapters of their own, of other ranks and targets', () => {
  const name = 'qwen3-0.6b';
  const weights = adaptableWeights(configOf(name));
  const of = (settings: Partial<LoraSettings>) => ({ targets: planAdapter({ ...lora, ...settings }, weights) });
  const joined = joinLayouts(weights, [
    of({}),
    of({ r: 3, target_modules: ['k_proj', 'up_proj', 'down_proj'] }),
    of({ r: 64, target_modules: ['v_proj'] }),
  ]);
  for (const rows of [2, 10]) {
    const mixed = kernelsOf(name, rows, joined).map((kernels) => kernels.map((kernel) => kernel.replace(' own', '')));
    expect(mixed).toEqual(byLayer(name, rows, {}));
  }
});

it.each(['q_proj v_proj', 'k_proj up_proj', 'gate_proj down_proj'])('takes no more for a part of them: %s', (names) => {
  const part = { target_modules: names.split(' '), rank_pattern: { q_proj: 5, up_proj: 12 } };
  for (const kernels of byLayer('qwen3-0.6b', 1, part)) expect(kernels.length).toBeLessThanOrEqual(10);
});

it('takes 8 of Qwen 3 with experts where one binding holds them, one more for an adapter of attention and three more for one of experts', () => {
  const large = { ...DEFAULT_CAPABILITIES, maxStorageBufferBindingSize: 2 ** 30, maxBufferSize: 2 ** 30 };
  const count = (adapted: Partial<LoraSettings> | false): number[] =>
    byLayer('Qwen3-30B-A3B', 1, adapted, large).map(({ length }) => length);
  expect(count(false)).toEqual([8, 8]);
  expect(count({})).toEqual([9, 9]);
  expect(count({ target_parameters: ['mlp.experts.gate_up_proj', 'mlp.experts.down_proj'] })).toEqual([12, 12]);
});
