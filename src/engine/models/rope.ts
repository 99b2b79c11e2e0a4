/**
 * Rotary frequencies, in float64: inv_freq per pair of dimensions and the factor that multiplies cos and sin. Plain rotary and YaRN
 * (https://arxiv.org/abs/2309.00071) as transformers 5.18 computes them (modeling_rope_utils, `_compute_yarn_parameters`).
 * Tables over positions are made by the kernel; how pairs are laid out (halves, not neighbours) is the kernel's business too.
 */

export interface RopeSettings {
  theta: number;
  type: 'default' | 'yarn';
  factor: number;
  beta_fast: number;
  beta_slow: number;
  /** Round the ends of the ramp to whole dimensions; gpt-oss does not, YaRN's default does. */
  truncate: boolean;
  original_max_position_embeddings: number;
  /** Multiplies cos and sin; null: 0.1 ln(factor) + 1. */
  attention_factor: number | null;
}

export interface RopeFrequencies {
  /** head_dim / 2 values. */
  inv_freq: Float64Array<ArrayBuffer>;
  attention_scaling: number;
}

/**
 * p_i = theta^(-2i/d). YaRN keeps p_i for dimensions that turn often within the original context, divides it by `factor` for those that turn
 * rarely, and ramps between: the dimension that turns `beta` times over L0 positions is d ln(L0 / (2 pi beta)) / (2 ln theta).
 */
export function ropeFrequencies(rope: RopeSettings, headDim: number): RopeFrequencies {
  const plain = Float64Array.from({ length: headDim / 2 }, (_, i) => rope.theta ** ((-2 * i) / headDim));
  if (rope.type === 'default') return { inv_freq: plain, attention_scaling: 1 };
  const [low, high] = yarnRamp(rope, headDim);
  const inv_freq = plain.map((p, i) => {
    const ramp = Math.min(1, Math.max(0, (i - low) / (high - low)));
    return (ramp * p) / rope.factor + (1 - ramp) * p;
  });
  return { inv_freq, attention_scaling: rope.attention_factor ?? (rope.factor <= 1 ? 1 : 0.1 * Math.log(rope.factor) + 1) };
}

/** First and last dimension of the ramp. */
export function yarnRamp(rope: RopeSettings, headDim: number): [number, number] {
  const dimensionOf = (turns: number): number =>
    (headDim * Math.log(rope.original_max_position_embeddings / (turns * 2 * Math.PI))) / (2 * Math.log(rope.theta));
  const low = dimensionOf(rope.beta_fast);
  const high = dimensionOf(rope.beta_slow);
  const first = Math.max(rope.truncate ? Math.floor(low) : low, 0);
  const last = Math.min(rope.truncate ? Math.ceil(high) : high, headDim - 1);
  return [first, first === last ? last + 0.001 : last]; // equal ends would divide by zero
}
