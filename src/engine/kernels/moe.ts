/** Kernels of the mixture of experts: routing, grouped matmuls (one body over three weight encodings), activation, weighted sum. */

import expertRowsSource from '../../../shaders/moe/expert-rows.few-slots.wgsl?raw';
import expertSumSource from '../../../shaders/moe/expert-sum.few-rows.wgsl?raw';
import expertSwigluSource from '../../../shaders/moe/expert-swiglu.few-slots.wgsl?raw';
import combineBackward from '../../../shaders/moe/moe-combine.backward.wgsl?raw';
import combineForward from '../../../shaders/moe/moe-combine.forward.wgsl?raw';
import gatherSum from '../../../shaders/moe/moe-gather-sum.forward.wgsl?raw';
import fewSlots from '../../../shaders/moe/moe-linear.few-slots.wgsl?raw';
import fewSlotsNarrow from '../../../shaders/moe/moe-linear.few-slots-narrow.wgsl?raw';
import linearForward from '../../../shaders/moe/moe-linear.forward.wgsl?raw';
import linearTransposed from '../../../shaders/moe/moe-linear-transposed.forward.wgsl?raw';
import route from '../../../shaders/moe/moe-route.forward.wgsl?raw';
import routeTiles from '../../../shaders/moe/moe-route-tiles.forward.wgsl?raw';
import weightGradient from '../../../shaders/moe/moe-weight-gradient.forward.wgsl?raw';
import pickExpertsSource from '../../../shaders/moe/pick-experts.few-rows.wgsl?raw';
import balanceBackward from '../../../shaders/moe/router-balance.backward.wgsl?raw';
import balanceLoss from '../../../shaders/moe/router-balance.loss.wgsl?raw';
import balanceSums from '../../../shaders/moe/router-balance.sums.wgsl?raw';
import topKBackward from '../../../shaders/moe/router-top-k.backward.wgsl?raw';
import topKForward from '../../../shaders/moe/router-top-k.forward.wgsl?raw';
import swigluBackwardSource from '../../../shaders/moe/swiglu.backward.wgsl?raw';
import swigluForwardSource from '../../../shaders/moe/swiglu.forward.wgsl?raw';
import { type Kernel, LINE, PLANE, storage } from '../gpu/kernel.ts';
import { alone, overDots, overWeights, type WeightFormat } from './weights.ts';

const topKParams = { tokens: 'u32', experts: 'u32', per_token: 'u32' } as const;

export const routerTopKForward: Kernel = {
  name: 'router-top-k.forward',
  source: topKForward,
  entry: 'main',
  bindings: storage({ logits: 'read', experts: 'read_write', weights: 'read_write' }),
  params: topKParams,
};

export const routerTopKBackward: Kernel = {
  name: 'router-top-k.backward',
  source: topKBackward,
  entry: 'main',
  bindings: storage({ weights: 'read', experts: 'read', dweights: 'read', dlogits: 'read_write' }),
  params: topKParams,
};

export const routerBalanceSums: Kernel = {
  name: 'router-balance.sums',
  source: balanceSums,
  entry: 'main',
  bindings: storage({ logits: 'read', count: 'read', sums: 'read_write' }),
  params: { experts: 'u32', per_token: 'u32' },
};

export const routerBalanceLoss: Kernel = {
  name: 'router-balance.loss',
  source: balanceLoss,
  entry: 'main',
  bindings: storage({ sums: 'read', count: 'read', metrics: 'read_write' }),
  params: { experts: 'u32', layers: 'u32' },
};

export const routerBalanceBackward: Kernel = {
  name: 'router-balance.backward',
  source: balanceBackward,
  entry: 'main',
  bindings: storage({ logits: 'read', sums: 'read', count: 'read', add: 'read', dlogits: 'read_write' }),
  params: { tokens: 'u32', experts: 'u32', layers: 'u32', coefficient: 'f32' },
};

export const moeRouteForward: Kernel = {
  name: 'moe-route.forward',
  source: route,
  entry: 'main',
  bindings: storage({ experts: 'read', route: 'read_write' }),
  params: { slots: 'u32', per_token: 'u32', slot_token_at: 'u32', slot_expert_at: 'u32', token_slot_at: 'u32' },
  overrides: ['LANES'],
};

export const moeRouteTilesForward: Kernel = {
  name: 'moe-route-tiles.forward',
  source: routeTiles,
  entry: 'main',
  bindings: storage({ route: 'read_write' }),
  params: { experts: 'u32', tiles: 'u32', tile: 'u32', tile_expert_at: 'u32', tile_start_at: 'u32' },
};

const linearBindings = { x: 'read', route: 'read', bias: 'read', add: 'read', y: 'read_write' } as const;

export const moeLinearForward = withColumns(
  overWeights('moe-linear.forward', linearForward, linearBindings, {
    width: 'u32',
    columns: 'u32',
    first_expert: 'u32',
    expert_count: 'u32',
    gather: 'u32',
    slot_token_at: 'u32',
    tile_expert_at: 'u32',
    tile_start_at: 'u32',
    has_bias: 'u32',
    has_add: 'u32',
    scale: 'f32',
    ...PLANE,
  }),
);

const fewSlotsParams = {
  width: 'u32',
  columns: 'u32',
  first_expert: 'u32',
  expert_count: 'u32',
  gather: 'u32',
  slot_token_at: 'u32',
  slot_expert_at: 'u32',
  has_bias: 'u32',
  has_add: 'u32',
  scale: 'f32',
} as const;

export const moeLinearFewSlots = overWeights('moe-linear.few-slots', fewSlots, linearBindings, fewSlotsParams);
export const moeLinearFewSlotsNarrow = overWeights('moe-linear.few-slots-narrow', fewSlotsNarrow, linearBindings, fewSlotsParams);

const picking = overDots(
  'pick-experts.few-rows',
  pickExpertsSource,
  { h: 'read', norm_weight: 'read', bias: 'read', x: 'read_write', experts: 'read_write', weights: 'read_write' },
  { width: 'u32', experts: 'u32', per_token: 'u32', has_bias: 'u32', eps: 'f32' },
);
/** Routers are never MXFP4. */
export const pickExpertsFewRows = { f32: picking.f32, bf16: picking.bf16 };

export const expertSwigluFewSlots = overDots(
  'expert-swiglu.few-slots',
  expertSwigluSource,
  { x: 'read', bias: 'read', experts: 'read', h: 'read', up: 'read', y: 'read_write' },
  {
    width: 'u32',
    columns: 'u32',
    per_token: 'u32',
    first_expert: 'u32',
    expert_count: 'u32',
    has_bias: 'u32',
    alpha: 'f32',
    limit: 'f32',
    rank: 'u32',
    lora_scale: 'f32',
    ...PLANE,
  },
);

export const expertSwigluAlone = alone(expertSwigluFewSlots);

export const expertSumFewRows = overDots(
  'expert-sum.few-rows',
  expertSumSource,
  { x: 'read', bias: 'read', experts: 'read', weights: 'read', add: 'read', y: 'read_write' },
  {
    width: 'u32',
    columns: 'u32',
    per_token: 'u32',
    first_expert: 'u32',
    expert_count: 'u32',
    has_bias: 'u32',
    more: 'u32',
    scale: 'f32',
    ...PLANE,
  },
);

export const expertSumAlone = alone(expertSumFewRows);

/** LoRA's A of experts, which is f32. */
export const expertRowsFewSlots: Kernel = overDots(
  'expert-rows.few-slots',
  expertRowsSource,
  { x: 'read', experts: 'read', y: 'read_write' },
  { width: 'u32', columns: 'u32', per_row: 'u32' },
).f32;
export const expertRowsAlone = alone({ f32: expertRowsFewSlots }).f32;

export const moeLinearTransposed = withColumns(
  overWeights(
    'moe-linear-transposed.forward',
    linearTransposed,
    { x: 'read', route: 'read', y: 'read_write' },
    {
      inner: 'u32',
      width: 'u32',
      first_expert: 'u32',
      expert_count: 'u32',
      tile_expert_at: 'u32',
      tile_start_at: 'u32',
      scale: 'f32',
      ...PLANE,
    },
  ),
);

export const moeWeightGradientForward: Kernel = {
  name: 'moe-weight-gradient.forward',
  source: weightGradient,
  entry: 'main',
  bindings: storage({ dy: 'read', x: 'read', route: 'read', d_weight: 'read_write' }),
  params: { experts: 'u32', width: 'u32', outputs: 'u32', gather: 'u32', slot_token_at: 'u32', scale: 'f32', ...LINE },
};

const perTokenParams = { tokens: 'u32', per_token: 'u32', width: 'u32', token_slot_at: 'u32' } as const;

export const moeGatherSumForward: Kernel = {
  name: 'moe-gather-sum.forward',
  source: gatherSum,
  entry: 'main',
  bindings: storage({ x: 'read', route: 'read', y: 'read_write' }),
  params: perTokenParams,
};

export const moeCombineForward: Kernel = {
  name: 'moe-combine.forward',
  source: combineForward,
  entry: 'main',
  bindings: storage({ y: 'read', weights: 'read', route: 'read', out: 'read_write' }),
  params: perTokenParams,
};

export const moeCombineBackward: Kernel = {
  name: 'moe-combine.backward',
  source: combineBackward,
  entry: 'main',
  bindings: storage({ y: 'read', weights: 'read', route: 'read', dout: 'read', dy: 'read_write', dweights: 'read_write' }),
  params: { slots: 'u32', per_token: 'u32', width: 'u32', token_slot_at: 'u32' },
};

const swigluParams = { n: 'u32', alpha: 'f32', limit: 'f32', ...LINE } as const;

export const swigluForward: Kernel = {
  name: 'swiglu.forward',
  source: swigluForwardSource,
  entry: 'main',
  bindings: storage({ z: 'read', y: 'read_write' }),
  params: swigluParams,
};

export const swigluBackward: Kernel = {
  name: 'swiglu.backward',
  source: swigluBackwardSource,
  entry: 'main',
  bindings: storage({ z: 'read', dy: 'read', dz: 'read_write' }),
  params: swigluParams,
};

function withColumns(table: Readonly<Record<WeightFormat, Kernel>>): Readonly<Record<WeightFormat, Kernel>> {
  const overrides = ['COLUMNS'];
  return { f32: { ...table.f32, overrides }, bf16: { ...table.bf16, overrides }, mxfp4: { ...table.mxfp4, overrides } };
}
