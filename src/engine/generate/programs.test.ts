/** What decoding costs in dispatches at the published shape on default limits, by plans alone. */
import { expect, it } from 'vitest';
import { gptOss20b } from '../../lib/known-models.ts';
import type { LoraSettings } from '../../protocol/training.ts';
import { besideBase, joinLayouts } from '../adapters/joined.ts';
import { type AdapterLayout, layoutAdapter } from '../adapters/lora.ts';
import { describeTargets } from '../files/adapter-plan.ts';
import { DEFAULT_CAPABILITIES } from '../graph/op.ts';
import { type Plan, plan } from '../graph/plan.ts';
import { byteLength } from '../graph/tensor.ts';
import { gptOss } from '../models/gpt-oss.ts';
import { adaptableWeights } from '../models/index.ts';
import { plannedWeights } from '../models/tensors.ts';
import { ASKING, traceDecode } from './programs.ts';

const config = gptOss.parse(gptOss20b, 'openai/gpt-oss-20b');
const session = { config, weights: plannedWeights(config) };

function decodePlan(rows: number, capacity: number, adapter: AdapterLayout | null = null): Plan {
  const context = { session, shape: { rows, capacity, steps: 128, shared: 0 }, adapter, vocabulary_with_text: 200_019, prefix: ASKING };
  return plan(traceDecode(context), DEFAULT_CAPABILITIES);
}

/** Kernels by layer, in order; what is outside of layers is left out. */
function byLayer({ nodes }: Plan): string[][] {
  const layers: string[][] = [];
  for (const node of nodes) {
    const [layer] = node.blocks;
    if (layer === undefined) continue;
    layers[layer] ??= [];
    layers[layer].push(...node.op.lower(node, DEFAULT_CAPABILITIES).map(({ kernel }) => kernel.name));
  }
  return layers;
}

const attention = ['rms-norm.forward', 'qkv.gemv bf16', 'attention-step.forward'];
const rest = [
  'linear.gemv bf16',
  'norm-route-top-k.gemv bf16',
  'expert-swiglu.gemv mxfp4', // gate_up does not fit one binding of 128 MiB
  'expert-swiglu.gemv mxfp4',
  'expert-sum.gemv mxfp4',
];

it.each([1, 4])('takes 8 dispatches a layer with a window and 9 a full one: %i rows', (rows) => {
  const planned = decodePlan(rows, 4096);
  const layers = byLayer(planned);
  expect(layers).toHaveLength(24);
  layers.forEach((kernels, i) => {
    expect(kernels).toEqual(i % 2 === 0 ? [...attention, ...rest] : [...attention, 'attention-step.merge', ...rest]);
  });
  // norm, nine shards of the head, sample, advance
  expect(planned.dispatches).toBe(24 * 8 + 12 + 12);
});

it('binds nothing over 128 MiB', () => {
  for (const { bind } of decodePlan(1, 4096).launches) {
    for (const b of Object.values(bind)) {
      expect('tensor' in b ? b.bytes : byteLength(b)).toBeLessThanOrEqual(DEFAULT_CAPABILITIES.maxStorageBufferBindingSize);
    }
  }
});

/** The cookbook's: attention of all layers, experts of three. */
function cookbookAdapter(): AdapterLayout {
  const lora: LoraSettings = {
    r: 8,
    lora_alpha: 16,
    target_modules: 'all-linear',
    target_parameters: null,
    use_rslora: false,
    rank_pattern: {},
    alpha_pattern: {},
  };
  const chosen = adaptableWeights(config).filter(({ kind, path }) => kind === 'module' || /layers\.(7|15|23)\./.test(path));
  return layoutAdapter(describeTargets(lora, chosen));
}

it('takes one dispatch more for an adapter of attention, and three more for one of experts', () => {
  const plain = byLayer(decodePlan(1, 4096)).map((kernels) => kernels.length);
  const adapted = byLayer(decodePlan(1, 4096, cookbookAdapter())).map((kernels) => kernels.length);
  expect(adapted.map((n, i) => n - plain[i]!)).toEqual(plain.map((_, i) => (i % 8 === 7 ? 4 : 1)));
});

it('takes no dispatch more where rows have adapters of their own, or none', () => {
  const one = cookbookAdapter();
  const two = joinLayouts(adaptableWeights(config), [one, layoutAdapter(one.targets.filter(({ path }) => /layers\.(3|7)\./.test(path)))]);
  const adapted = byLayer(decodePlan(4, 4096, one));
  for (const layout of [besideBase(one), two])
    expect(byLayer(decodePlan(4, 4096, layout)).map((kernels) => kernels.map((name) => name.replace(' own', '')))).toEqual(adapted);
});

it('is priced by its rows: five cost no more than about twice what four do, though they take the way of many', () => {
  const bound = (rows: number): number => decodePlan(rows, 4096).launches.reduce((n, { cost = 0, maxCost = cost }) => n + maxCost, 0);
  expect(bound(5) / bound(4)).toBeGreaterThan(1);
  expect(bound(5) / bound(4)).toBeLessThan(2.5);
});
