/** Test data of the adapter tests: a model whose shapes are nowhere square, and plain settings. */
import type { LoraSettings } from '../../protocol/training.ts';
import type { AdaptableWeight } from './adaptable.ts';
import { type AdapterTarget, planAdapter } from './adapter-plan.ts';

export const settings: LoraSettings = {
  r: 3,
  lora_alpha: 6,
  target_modules: 'all-linear',
  target_parameters: null,
  use_rslora: false,
  rank_pattern: {},
  alpha_pattern: {},
};

/** Two layers, experts 5, hidden 8, intermediate 12: nothing is square. */
export const weights: AdaptableWeight[] = [0, 1].flatMap((layer): AdaptableWeight[] => [
  { path: `model.layers.${layer}.self_attn.q_proj`, kind: 'module', in: 8, out: 16, experts: 1 },
  { path: `model.layers.${layer}.self_attn.o_proj`, kind: 'module', in: 16, out: 8, experts: 1 },
  { path: `model.layers.${layer}.mlp.experts.gate_up_proj`, kind: 'expert', in: 8, out: 24, experts: 5 },
  { path: `model.layers.${layer}.mlp.experts.down_proj`, kind: 'expert', in: 12, out: 8, experts: 5 },
]);
export const both = ['mlp.experts.down_proj', 'mlp.experts.gate_up_proj'];
export const plan = (changes: Partial<LoraSettings> = {}): AdapterTarget[] => planAdapter({ ...settings, ...changes }, weights);
export const keysOf = (targets: AdapterTarget[]): string[] => targets.flatMap(({ keyA, keyB }) => [keyA, keyB]);
