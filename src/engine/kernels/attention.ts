/**
 * Kernels of attention, of its key/value cache and of the rotary embedding before it. Head sizes are parameters and not overrides:
 * one pipeline serves every model, and software adapters take seconds to compile what they unroll.
 */
import deltaSource from '../../../shaders/attention/attention.backward-delta.wgsl?raw';
import keySource from '../../../shaders/attention/attention.backward-key.wgsl?raw';
import querySource from '../../../shaders/attention/attention.backward-query.wgsl?raw';
import forwardSource from '../../../shaders/attention/attention.forward.wgsl?raw';
import stepSource from '../../../shaders/attention/attention-step.forward.wgsl?raw';
import mergeSource from '../../../shaders/attention/attention-step.merge.wgsl?raw';
import cacheSource from '../../../shaders/attention/cache-write.forward.wgsl?raw';
import qkvSource from '../../../shaders/attention/qkv.few-rows.wgsl?raw';
import qkvLoraSource from '../../../shaders/attention/qkv-lora.few-rows.wgsl?raw';
import ropeSource from '../../../shaders/attention/rope.forward.wgsl?raw';
import threeMatrices from '../../../shaders/weights/three-matrices.wgsl?raw';
import { type Kernel, LINE, PLANE, storage } from '../gpu/kernel.ts';
import { alone, dotsOver } from './weights.ts';

const params = { tokens: 'u32', kv_heads: 'u32', share: 'u32', quads: 'u32', window: 'u32', scale: 'f32' } as const;

export const attentionForward: Kernel = {
  name: 'attention.forward',
  source: forwardSource,
  entry: 'main',
  bindings: storage({ q: 'read', k: 'read', v: 'read', sinks: 'read', doc_start: 'read', y: 'read_write', lse: 'read_write' }),
  params: { ...params, sinks: 'u32', ...LINE },
};

export const attentionBackwardDelta: Kernel = {
  name: 'attention.backward-delta',
  source: deltaSource,
  entry: 'main',
  bindings: storage({ y: 'read', dy: 'read', lse: 'read', stats: 'read_write' }),
  params: { rows: 'u32', quads: 'u32' },
};

export const attentionBackwardQuery: Kernel = {
  name: 'attention.backward-query',
  source: querySource,
  entry: 'main',
  bindings: storage({ q: 'read', k: 'read', v: 'read', doc_start: 'read', stats: 'read', dy: 'read', dq: 'read_write' }),
  params: { ...params, ...LINE },
};

export const attentionBackwardKey: Kernel = {
  name: 'attention.backward-key',
  source: keySource,
  entry: 'main',
  bindings: storage({ q: 'read', k: 'read', v: 'read', doc_end: 'read', stats: 'read', dy: 'read', dk: 'read_write', dv: 'read_write' }),
  params: { ...params, ...LINE },
};

export const attentionStepForward: Kernel = {
  name: 'attention-step.forward',
  source: stepSource,
  entry: 'main',
  bindings: storage({
    qkv: 'read',
    table: 'read',
    lengths: 'read',
    sinks: 'read',
    k_cache: 'read_write',
    v_cache: 'read_write',
    y: 'read_write',
  }),
  params: {
    heads: 'u32',
    kv_heads: 'u32',
    quads: 'u32',
    capacity: 'u32',
    window: 'u32',
    span: 'u32',
    spans: 'u32',
    scale: 'f32',
    sinks: 'u32',
  },
  overrides: ['SIZE'],
};

export const attentionStepMerge: Kernel = {
  name: 'attention-step.merge',
  source: mergeSource,
  entry: 'main',
  bindings: storage({ partial: 'read', sinks: 'read', y: 'read_write' }),
  params: { rows: 'u32', heads: 'u32', quads: 'u32', spans: 'u32', sinks: 'u32' },
};

const qkvBase = {
  entry: 'main',
  bindings: storage({
    q_weight: 'read',
    k_weight: 'read',
    v_weight: 'read',
    x: 'read',
    q_bias: 'read',
    k_bias: 'read',
    v_bias: 'read',
    y: 'read_write',
  }),
  params: { rows: 'u32', width: 'u32', q_columns: 'u32', kv_columns: 'u32', has_bias: 'u32', ...PLANE },
  overrides: ['ROWS'],
} as const;

export const qkvFewRows = {
  f32: { ...qkvBase, name: 'qkv.few-rows f32', source: threeMatrices + dotsOver('f32') + qkvSource },
  bf16: { ...qkvBase, name: 'qkv.few-rows bf16', source: threeMatrices + dotsOver('bf16') + qkvSource },
} satisfies Record<string, Kernel>;
export const qkvAlone = alone(qkvFewRows);

export const qkvLoraFewRows: Kernel = {
  name: 'qkv-lora.few-rows',
  source: qkvLoraSource,
  entry: 'main',
  bindings: storage({ base: 'read', h: 'read', q_up: 'read', k_up: 'read', v_up: 'read', y: 'read_write' }),
  params: { n: 'u32', q_columns: 'u32', kv_columns: 'u32', rank: 'u32', q_scale: 'f32', k_scale: 'f32', v_scale: 'f32' },
};

export const cacheWriteForward: Kernel = {
  name: 'cache-write.forward',
  source: cacheSource,
  entry: 'main',
  bindings: storage({ k: 'read', v: 'read', row: 'read', position: 'read', k_cache: 'read_write', v_cache: 'read_write' }),
  params: { tokens: 'u32', quads: 'u32', rows: 'u32', capacity: 'u32' },
};

export const ropeForward: Kernel = {
  name: 'rope.forward',
  source: ropeSource,
  entry: 'main',
  bindings: storage({ x: 'read', table: 'read', positions: 'read', y: 'read_write' }),
  params: { pairs2: 'u32', heads: 'u32', quads: 'u32', sign: 'f32' },
};
