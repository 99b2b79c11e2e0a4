/** What decoding costs in dispatches in the dense families at published shapes on default limits, by plans alone. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { LoraSettings } from '../../protocol/training.ts';
import { layoutAdapter } from '../adapters/lora.ts';
import { planAdapter } from '../files/adapter-plan.ts';
import { DEFAULT_CAPABILITIES } from '../graph/op.ts';
import { plan } from '../graph/plan.ts';
import { parseModelConfig } from '../models/config.ts';
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

/** Kernels of each layer, in order, for a cache of 4,096 positions. */
function byLayer(name: string, rows: number, adapted = false): string[][] {
  const config = parseModelConfig(readFileSync(`e2e/fixtures/configs/${name}/config.json`, 'utf8'), name);
  const session = { config, weights: plannedWeights(config) };
  const adapter = adapted ? layoutAdapter(planAdapter(lora, adaptableWeights(config))) : null;
  const shape = { rows, capacity: 4096, steps: 128, shared: 0 };
  const { nodes } = plan(
    traceDecode({ session, shape, adapter, vocabulary_with_text: config.vocab_size, prefix: ASKING }),
    DEFAULT_CAPABILITIES,
  );
  const layers: string[][] = [];
  for (const node of nodes) {
    const [layer] = node.blocks;
    if (layer === undefined) continue;
    layers[layer] ??= [];
    layers[layer].push(...node.op.lower(node, DEFAULT_CAPABILITIES).map(({ kernel }) => kernel.name));
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

it('takes eight more for an adapter on all seven: two each for q, k and v together, for gate and up, for o and for down', () => {
  const branch = ['linear.gemv f32', 'linear.forward f32'];
  const gateUp = ['linear.gemv f32', 'linear.gemv f32'];
  const [norm, qkv, step, merge, out, norm2, gated, down] = qwen3 as [string, string, string, string, string, string, string, string];
  const adapted = [norm, qkv, 'qkv.gemv f32', 'qkv-lora.gemv', step, merge, out, ...branch, norm2, ...gateUp, gated, down, ...branch];
  for (const kernels of byLayer('qwen3-0.6b', 1, true)) expect(kernels).toEqual(adapted);
});
