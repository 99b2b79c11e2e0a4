/**
 * The forward of the gpt_oss family, for training, prefill and decoding alike; what differs between them is how a layer attends, which the
 * caller hands in. Source: transformers 5.18 models/gpt_oss/modular_gpt_oss.py.
 *
 *   h = embed[ids];  per layer: h += attention(norm1(h)); h += experts(norm2(h));  result: norm(h), before the head.
 * Every layer is a block: its input is kept, the rest is recomputed in the backward.
 */
import type { Tensor } from '../graph/tensor.ts';
import type { Trace } from '../graph/trace.ts';
import { embedding } from '../ops/embedding.ts';
import { type LinearLayer, linear } from '../ops/linear.ts';
import { normedMixture } from '../ops/mixture.ts';
import { rmsNorm } from '../ops/rms-norm.ts';
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
      const attended = selfAttention(trace, config, weights, attend, i, h, norm(h, `${layer}.input_layernorm.weight`));
      const mlp = {
        norm: { weight: weights.vector(`${layer}.post_attention_layernorm.weight`), eps: config.rms_norm_eps },
        router: weights.linear(`${layer}.mlp.router`),
        gate_up: weights.experts(`${layer}.mlp.experts.gate_up_proj`),
        down: weights.experts(`${layer}.mlp.experts.down_proj`),
      };
      return normedMixture(trace, attended, mlp, config.num_experts_per_tok, stream.balance);
    }, h);
  }
  return norm(h, 'model.norm.weight');
}

function selfAttention(
  trace: Trace,
  config: GptOssConfig,
  weights: Weights,
  attend: Attend,
  index: number,
  residual: Tensor,
  x: Tensor,
): Tensor {
  const path = `model.layers.${index}.self_attn`;
  const { num_attention_heads: heads, num_key_value_heads: kv_heads, head_dim } = config;
  const layer = (name: string): LinearLayer => weights.linear(`${path}.${name}`);
  const y = attend(
    index,
    x,
    { q: layer('q_proj'), k: layer('k_proj'), v: layer('v_proj'), sinks: weights.vector(`${path}.sinks`) },
    {
      heads,
      kv_heads,
      head_dim,
      window: config.layer_types[index] === 'sliding_attention' ? config.sliding_window : null,
      scale: head_dim ** -0.5,
    },
  );
  return linear(trace, y, layer('o_proj'), residual);
}
