/**
 * A model family that exists for tests alone: dense, two layers, biases on q, k and v only, tied head, a scale of attention of its own, and a
 * rotary table of its own for each kind of layer. What it needs beside this record is one entry in the table of families.
 */
import type { AdaptableWeight } from '../../src/engine/files/adaptable.ts';
import { decodeFloats } from '../../src/engine/files/dtypes.ts';
import { f32Tensor, type TensorData, writeSafetensors } from '../../src/engine/files/safetensors-write.ts';
import { bytesDirectory, type Directory } from '../../src/engine/files/source.ts';
import { ConfigFields } from '../../src/engine/models/config-fields.ts';
import type { BaseConfig, ExpectedTensor, Family, TensorKind } from '../../src/engine/models/family.ts';
import type { RopeSettings } from '../../src/engine/models/rope.ts';
import { EMBEDDING } from '../../src/engine/models/weights.ts';
import { embedding } from '../../src/engine/ops/embedding.ts';
import { linear } from '../../src/engine/ops/linear.ts';
import { normed } from '../../src/engine/ops/rms-norm.ts';
import { swiglu } from '../../src/engine/ops/swiglu.ts';
import { Random } from '../../src/lib/random.ts';

export interface ToyConfig extends BaseConfig {
  readonly attention_scale: number;
}

const EPS = 1e-6;

const plainRope = (theta: number): RopeSettings => ({
  theta,
  type: 'default',
  factor: 1,
  low_freq_factor: 1,
  high_freq_factor: 4,
  beta_fast: 32,
  beta_slow: 1,
  truncate: true,
  original_max_position_embeddings: 64,
  attention_factor: null,
});

/** Layer 0 slides over three keys and rotates by its own table. */
export const isSliding = (layer: number): boolean => layer === 0;

const projections = (c: ToyConfig): { path: string; in: number; out: number; bias: boolean }[] => {
  const query = c.num_attention_heads * c.head_dim;
  const key = c.num_key_value_heads * c.head_dim;
  return Array.from({ length: c.num_hidden_layers }, (_, i) => [
    { path: `model.layers.${i}.self_attn.q_proj`, in: c.hidden_size, out: query, bias: true },
    { path: `model.layers.${i}.self_attn.k_proj`, in: c.hidden_size, out: key, bias: true },
    { path: `model.layers.${i}.self_attn.v_proj`, in: c.hidden_size, out: key, bias: true },
    { path: `model.layers.${i}.self_attn.o_proj`, in: query, out: c.hidden_size, bias: false },
    { path: `model.layers.${i}.mlp.gate_up_proj`, in: c.hidden_size, out: 2 * c.intermediate_size, bias: false },
    { path: `model.layers.${i}.mlp.down_proj`, in: c.intermediate_size, out: c.hidden_size, bias: false },
  ]).flat();
};

export const toy: Family<ToyConfig> = {
  parse(json) {
    const fields = new ConfigFields(json);
    return {
      model_type: 'toy',
      hidden_size: fields.integer('hidden_size'),
      intermediate_size: fields.integer('intermediate_size'),
      num_hidden_layers: fields.integer('num_hidden_layers'),
      num_attention_heads: fields.integer('num_attention_heads'),
      num_key_value_heads: fields.integer('num_key_value_heads'),
      head_dim: fields.integer('head_dim'),
      vocab_size: fields.integer('vocab_size'),
      sliding_window: fields.integer('sliding_window'),
      ropes: { sliding: plainRope(fields.positive('rope_local_base_freq')), full: plainRope(fields.positive('rope_theta')) },
      max_position_embeddings: 64,
      attention_scale: fields.positive('attention_scale'),
      tie_word_embeddings: true,
      eos_token_ids: [],
      pad_token_id: null,
    };
  },
  tensors(c) {
    const tensor = (kind: TensorKind, name: string, ...shape: number[]): ExpectedTensor => ({ name, kind, shape, dtypes: ['F32', 'F16'] });
    const norms = ['input_layernorm', 'post_attention_layernorm'].flatMap((norm) =>
      Array.from({ length: c.num_hidden_layers }, (_, i) => tensor('vector', `model.layers.${i}.${norm}.weight`, c.hidden_size)),
    );
    const layers = projections(c).flatMap(({ path, in: input, out, bias }) => [
      tensor('matrix', `${path}.weight`, out, input),
      ...(bias ? [tensor('vector', `${path}.bias`, out)] : []),
    ]);
    return [
      tensor('matrix', EMBEDDING, c.vocab_size, c.hidden_size),
      ...norms,
      ...layers,
      tensor('vector', 'model.norm.weight', c.hidden_size),
    ];
  },
  adaptable: (c) =>
    projections(c).map(({ path, in: input, out }): AdaptableWeight => ({ path, kind: 'module', in: input, out, experts: 1 })),
  forward(trace, c, weights, stream, attend) {
    const { num_attention_heads: heads, num_key_value_heads: kv_heads, head_dim } = c;
    let h = stream.embedded ?? embedding(trace, stream.ids!, weights.vector(EMBEDDING));
    for (let i = 0; i < c.num_hidden_layers; i++) {
      h = trace.block(() => {
        const layer = (name: string) => weights.linear(`model.layers.${i}.${name}`);
        const normOf = (name: string) => ({ weight: weights.vector(`model.layers.${i}.${name}.weight`), eps: EPS });
        const norm = normOf('input_layernorm');
        const qkv = { norm, q: layer('self_attn.q_proj'), k: layer('self_attn.k_proj'), v: layer('self_attn.v_proj') };
        const kind = isSliding(i) ? { window: c.sliding_window, rope: 'sliding' } : { window: null, rope: 'full' };
        const y = attend(i, h, qkv, { heads, kv_heads, head_dim, scale: c.attention_scale, ...kind });
        const attended = linear(trace, y, layer('self_attn.o_proj'), h);
        const inner = swiglu(trace, linear(trace, normed(trace, attended, normOf('post_attention_layernorm')), layer('mlp.gate_up_proj')));
        return linear(trace, inner, layer('mlp.down_proj'), attended);
      }, h);
    }
    return normed(trace, h, { weight: weights.vector('model.norm.weight'), eps: EPS });
  },
};

export const toyJson = {
  model_type: 'toy',
  hidden_size: 16,
  intermediate_size: 12,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 8,
  vocab_size: 31,
  sliding_window: 3,
  rope_local_base_freq: 100,
  rope_theta: 10_000,
  attention_scale: 0.5,
};

/** Random tensors as the file has them: f32, but o_proj and the norms are f16. */
export function toyTensors(): Map<string, TensorData> {
  const random = new Random('toy');
  return new Map(
    toy.tensors(toy.parse(toyJson, 'toy')).map(({ name, shape }): [string, TensorData] => {
      const length = shape.reduce((n, d) => n * d, 1);
      const mean = name.includes('norm') ? 1 : 0;
      const values = Float32Array.from({ length }, () => mean + (2 * random.uniform() - 1) * 0.8);
      const half = name.includes('norm') || name.includes('o_proj');
      return [name, half ? { dtype: 'F16', shape, data: Uint16Array.from(values, toHalf) } : f32Tensor(values, ...shape)];
    }),
  );
}

/** The bits of a half-precision number, rounded towards zero. */
function toHalf(x: number): number {
  const exponent = Math.floor(Math.log2(Math.abs(x)));
  if (exponent < -14) return 0;
  return (x < 0 ? 0x8000 : 0) + ((exponent + 15) << 10) + Math.floor((Math.abs(x) / 2 ** exponent - 1) * 1024);
}

/** The same as numbers, for a forward in float64. */
export function toyWeights(): Map<string, { shape: readonly number[]; data: Float32Array }> {
  const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView<ArrayBuffer>) => new Uint8Array(buffer, byteOffset, byteLength);
  return new Map(
    [...toyTensors()].map(([name, { dtype, shape, data }]) => [name, { shape, data: decodeFloats(name, dtype, bytesOf(data)) }]),
  );
}

/** The model's folder, in memory. */
export function toyFolder(tensors = toyTensors()): Directory {
  const files = new Map([
    ['config.json', new TextEncoder().encode(JSON.stringify(toyJson))],
    ['model.safetensors', writeSafetensors(tensors)],
  ]);
  return bytesDirectory('toy', files);
}
