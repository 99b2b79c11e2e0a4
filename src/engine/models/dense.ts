/**
 * Decoders of one build, which differ by the switches of their config: Llama, Mistral, Qwen 2 and 3, SmolLM3, Granite, Gemma 3; and Qwen 3 with experts
 * in the place of MLPs. Which family sets which switch, and how its config.json says so, is in dense-config.ts. Source: transformers 5.18
 * models/{llama,qwen3,gemma3,granite,qwen3_moe}.
 *
 *   h = scale * embed[ids];  per layer: h += m o(attention(norm1(h))); h += m down(act(gate(norm2(h))) * up(norm2(h)));  result: norm(h) / divisor
 *
 * With post norms (Gemma) what a branch gives is normed before it is added: h += norm(o(...)), h += norm(down(...)).
 */
import type { AdaptableWeight } from '../files/adaptable.ts';
import type { Dtype } from '../files/dtypes.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { embedding } from '../ops/embedding.ts';
import { gateUp } from '../ops/gate-up.ts';
import type { Activation } from '../ops/glu.ts';
import { type LinearLayer, linear } from '../ops/linear.ts';
import { moeBlock } from '../ops/moe.ts';
import { type Norm, rmsNorm } from '../ops/rms-norm.ts';
import type { Balance } from '../ops/router-balance.ts';
import { PLAIN_SWIGLU } from '../ops/swiglu.ts';
import type { BaseConfig, ExpectedTensor, Stack, TensorKind } from './family.ts';
import type { Attend, LayerAttention, Stream } from './stream.ts';
import { EMBEDDING, HEAD, type Weights } from './weights.ts';

export interface DenseConfig extends BaseConfig {
  readonly rms_norm_eps: number;
  readonly layers: readonly Pick<LayerAttention, 'window' | 'rope'>[];
  readonly activation: Activation;
  /** Queries and keys are normed head by head. */
  readonly qk_norm: boolean;
  /** Files hold w where 1 + w is meant. */
  readonly norm_plus_one: boolean;
  /** Four norms a block. */
  readonly post_norms: boolean;
  readonly biases: { readonly qkv: boolean; readonly o: boolean; readonly mlp: boolean };
  /** Multiplies q.k. */
  readonly attention_scale: number;
  /** Multiplies what a branch adds to the stream. */
  readonly residual_multiplier: number;
  /** Divides the logits. */
  readonly logits_scaling: number;
  readonly moe: MoeConfig | null;
}

export interface MoeConfig {
  readonly experts: number;
  readonly experts_per_token: number;
  readonly inner: number;
  /** The weights of the chosen sum to 1. */
  readonly normed: boolean;
  /** By layer; the others have an MLP. */
  readonly sparse: readonly boolean[];
}

const FLOATS: readonly Dtype[] = ['BF16', 'F32', 'F16'];

interface Projection {
  /** From the layer on. */
  readonly name: string;
  readonly in: number;
  readonly out: number;
  readonly bias: boolean;
}

/** In the model's own order of modules. */
function projections(c: DenseConfig, layer: number): Projection[] {
  const { hidden_size: hidden, intermediate_size: inner, head_dim, biases } = c;
  const query = c.num_attention_heads * head_dim;
  const key = c.num_key_value_heads * head_dim;
  const attention = [
    { name: 'self_attn.q_proj', in: hidden, out: query, bias: biases.qkv },
    { name: 'self_attn.k_proj', in: hidden, out: key, bias: biases.qkv },
    { name: 'self_attn.v_proj', in: hidden, out: key, bias: biases.qkv },
    { name: 'self_attn.o_proj', in: query, out: hidden, bias: biases.o },
  ];
  if (c.moe?.sparse[layer]) return attention;
  return [
    ...attention,
    { name: 'mlp.gate_proj', in: hidden, out: inner, bias: biases.mlp },
    { name: 'mlp.up_proj', in: hidden, out: inner, bias: biases.mlp },
    { name: 'mlp.down_proj', in: inner, out: hidden, bias: biases.mlp },
  ];
}

export function tensors(c: DenseConfig): ExpectedTensor[] {
  const { hidden_size: hidden, vocab_size: vocab, head_dim } = c;
  const floats = (kind: TensorKind, name: string, ...shape: number[]): ExpectedTensor => ({ name, kind, shape, dtypes: FLOATS });
  const norm = (name: string, size: number, times = 1): ExpectedTensor => {
    const tensor = floats('vector', `${name}.weight`, size);
    return { ...tensor, ...(c.norm_plus_one && { plus: 1 }), ...(times !== 1 && { times }) };
  };
  const layer = (i: number): ExpectedTensor[] => {
    const path = `model.layers.${i}`;
    return [
      ...normNames(c).map((name) => norm(`${path}.${name}`, hidden)),
      ...(c.moe?.sparse[i] ? expertTensors(c, c.moe, `${path}.mlp`) : []),
      ...projections(c, i).flatMap(({ name, in: input, out, bias }) => [
        floats('matrix', `${path}.${name}.weight`, out, input),
        ...(bias ? [floats('vector', `${path}.${name}.bias`, out)] : []),
      ]),
      ...(c.qk_norm ? [norm(`${path}.self_attn.q_norm`, head_dim), norm(`${path}.self_attn.k_norm`, head_dim)] : []),
    ];
  };
  return [
    floats('matrix', EMBEDDING, vocab, hidden),
    ...c.layers.flatMap((_, i) => layer(i)),
    // The divisor of the logits, which so reaches every gradient.
    norm('model.norm', hidden, 1 / c.logits_scaling),
    ...(c.tie_word_embeddings ? [] : [floats('matrix', HEAD, vocab, hidden)]),
  ];
}

/** On the Hub every expert has matrices of its own; the GPU holds two tensors for all of them. */
function expertTensors(c: DenseConfig, { experts, inner }: MoeConfig, path: string): ExpectedTensor[] {
  const hidden = c.hidden_size;
  const gate_up = { name: `${path}.experts.gate_up_proj`, shape: [experts, 2 * inner, hidden] } as const;
  const down = { name: `${path}.experts.down_proj`, shape: [experts, hidden, inner] } as const;
  const matrix = (name: string, shape: number[], stack?: Stack): ExpectedTensor => ({
    ...{ name: `${path}.${name}.weight`, kind: 'matrix', shape, dtypes: FLOATS },
    ...(stack && { stack }),
  });
  return [
    matrix('gate', [experts, hidden]),
    ...Array.from({ length: experts }, (_, expert) => [
      matrix(`experts.${expert}.gate_proj`, [inner, hidden], { ...gate_up, expert, rows: 'even' }),
      matrix(`experts.${expert}.up_proj`, [inner, hidden], { ...gate_up, expert, rows: 'odd' }),
      matrix(`experts.${expert}.down_proj`, [hidden, inner], { ...down, expert, rows: 'all' }),
    ]).flat(),
  ];
}

/** Before attention, after it, and where there are four, around the MLP. */
function normNames({ post_norms }: DenseConfig): string[] {
  const around = post_norms ? ['pre_feedforward_layernorm', 'post_feedforward_layernorm'] : [];
  return ['input_layernorm', 'post_attention_layernorm', ...around];
}

/** PEFT takes the names of an MLP beside experts for those of the experts, so such an MLP cannot be adapted. */
export function adaptable(c: DenseConfig): AdaptableWeight[] {
  const { hidden_size: hidden, moe } = c;
  return c.layers.flatMap((_, i): AdaptableWeight[] => {
    const modules = projections(c, i)
      .filter(({ name }) => !moe || name.startsWith('self_attn.'))
      .map(({ name, in: input, out }): AdaptableWeight => {
        return { path: `model.layers.${i}.${name}`, kind: 'module', in: input, out, experts: 1 };
      });
    if (!moe?.sparse[i]) return modules;
    const expert = { kind: 'expert', experts: moe.experts } as const;
    const path = `model.layers.${i}.mlp.experts`;
    return [
      ...modules,
      { path: `${path}.gate_up_proj`, ...expert, in: hidden, out: 2 * moe.inner, interleaved: true },
      { path: `${path}.down_proj`, ...expert, in: moe.inner, out: hidden },
    ];
  });
}

/** Every layer is a block: its input is kept, the rest is recomputed in the backward. */
export function forward(trace: Trace, c: DenseConfig, weights: Weights, stream: Stream, attend: Attend): Tensor {
  let h = stream.embedded ?? embedding(trace, stream.ids!, weights.vector(EMBEDDING), c.embedding_scale);
  for (let i = 0; i < c.num_hidden_layers; i++)
    h = trace.block(() => layerForward(trace, c, weights, { attend, balance: stream.balance }, i, h), h);
  return norm(trace, c, weights, h, 'model.norm');
}

function norm(trace: Trace, c: DenseConfig, weights: Weights, x: Tensor, name: string, add?: Tensor): Tensor {
  return trace.emit(rmsNorm, { x, weight: weights.vector(`${name}.weight`), ...(add && { add }) }, { eps: c.rms_norm_eps }).y;
}

function layerForward(
  trace: Trace,
  c: DenseConfig,
  weights: Weights,
  { attend, balance }: { readonly attend: Attend; readonly balance: Balance | undefined },
  i: number,
  h: Tensor,
): Tensor {
  const path = `model.layers.${i}`;
  const normOf = (name: string): Norm => ({ weight: weights.vector(`${path}.${name}.weight`), eps: c.rms_norm_eps });
  const layer = (name: string): LinearLayer => weights.linear(`${path}.${name}`);
  /** What a branch gives, added to the stream. */
  const join = (x: Tensor, last: string, postNorm: string, residual: Tensor): Tensor =>
    c.post_norms
      ? norm(trace, c, weights, linear(trace, x, layer(last)), `${path}.${postNorm}`, residual)
      : linear(trace, x, layer(last), residual, c.residual_multiplier);

  const y = attend(
    i,
    h,
    {
      norm: normOf('input_layernorm'),
      q: layer('self_attn.q_proj'),
      k: layer('self_attn.k_proj'),
      v: layer('self_attn.v_proj'),
      ...(c.qk_norm && {
        norms: {
          q: weights.vector(`${path}.self_attn.q_norm.weight`),
          k: weights.vector(`${path}.self_attn.k_norm.weight`),
          eps: c.rms_norm_eps,
        },
      }),
    },
    { heads: c.num_attention_heads, kv_heads: c.num_key_value_heads, head_dim: c.head_dim, scale: c.attention_scale, ...c.layers[i]! },
  );
  const attended = join(y, 'self_attn.o_proj', 'post_attention_layernorm', h);
  if (c.moe?.sparse[i]) {
    const mlp = {
      norm: normOf('post_attention_layernorm'),
      router: layer('mlp.gate'),
      gate_up: weights.experts(`${path}.mlp.experts.gate_up_proj`),
      down: weights.experts(`${path}.mlp.experts.down_proj`),
    };
    const form = { experts_per_token: c.moe.experts_per_token, swiglu: PLAIN_SWIGLU, over_all: !c.moe.normed };
    return moeBlock(trace, attended, mlp, form, balance);
  }
  const before = normOf(c.post_norms ? 'pre_feedforward_layernorm' : 'post_attention_layernorm');
  const inner = gateUp(trace, attended, { norm: before, gate: layer('mlp.gate_proj'), up: layer('mlp.up_proj') }, c.activation);
  return join(inner, 'mlp.down_proj', 'post_feedforward_layernorm', attended);
}
