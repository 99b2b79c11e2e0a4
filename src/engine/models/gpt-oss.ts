/**
 * The forward of the gpt_oss family, for training, prefill and decoding alike; what differs between them is how a layer attends, which the
 * caller hands in. Source: transformers 5.18 models/gpt_oss/modular_gpt_oss.py.
 *
 *   h = embed[ids];  per layer: h += attention(norm1(h)); h += experts(norm2(h));  result: norm(h), before the head.
 * Every layer is a block: its input is kept, the rest is recomputed in the backward.
 */
import type { Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { add } from '../ops/add.ts';
import { embedding } from '../ops/embedding.ts';
import { linear } from '../ops/linear.ts';
import { mixture } from '../ops/mixture.ts';
import { rmsNorm } from '../ops/rms-norm.ts';
import { rope } from '../ops/rope.ts';
import type { GptOssConfig } from './gpt-oss-config.ts';
import type { Attend, Stream } from './stream.ts';
import type { Weights } from './weights.ts';

/** [T, C], normed: what `lm_head` multiplies. */
export function gptOssForward(trace: Trace, config: GptOssConfig, weights: Weights, stream: Stream, attend: Attend): Tensor {
  const norm = (x: Tensor, name: string): Tensor =>
    trace.emit(rmsNorm, { x, weight: weights.vector(name) }, { eps: config.rms_norm_eps }).y;
  let h = stream.embedded ?? embedding(trace, stream.ids!, weights.vector('model.embed_tokens.weight'));
  for (let i = 0; i < config.num_hidden_layers; i++) {
    h = trace.block(() => {
      const layer = `model.layers.${i}`;
      const attended = selfAttention(trace, config, weights, stream, attend, i, h, norm(h, `${layer}.input_layernorm.weight`));
      const layers = {
        router: weights.linear(`${layer}.mlp.router`),
        gate_up: weights.experts(`${layer}.mlp.experts.gate_up_proj`),
        down: weights.experts(`${layer}.mlp.experts.down_proj`),
      };
      const normed = norm(attended, `${layer}.post_attention_layernorm.weight`);
      const experts = mixture(trace, normed, layers, config.num_experts_per_tok, stream.balance);
      return add(trace, attended, experts);
    });
  }
  return norm(h, 'model.norm.weight');
}

function selfAttention(
  trace: Trace,
  config: GptOssConfig,
  weights: Weights,
  stream: Stream,
  attend: Attend,
  index: number,
  residual: Tensor,
  x: Tensor,
): Tensor {
  const path = `model.layers.${index}.self_attn`;
  const { num_attention_heads: heads, num_key_value_heads: kv_heads, head_dim } = config;
  const project = (name: string): Tensor => linear(trace, x, weights.linear(`${path}.${name}`));
  const rotate = (y: Tensor, n: number): Tensor =>
    rope(trace, { x: y, table: stream.rope, positions: stream.positions }, { heads: n, head_dim });
  const y = attend(
    index,
    {
      q: rotate(project('q_proj'), heads),
      k: rotate(project('k_proj'), kv_heads),
      v: project('v_proj'),
      sinks: weights.vector(`${path}.sinks`),
    },
    {
      heads,
      kv_heads,
      head_dim,
      window: config.layer_types[index] === 'sliding_attention' ? config.sliding_window : null,
      scale: head_dim ** -0.5,
    },
  );
  return linear(trace, y, weights.linear(`${path}.o_proj`), residual);
}
