// Attention of one new token whose queries and keys are normed head by head before they are rotated (formula: rms-norm.forward); no sinks.
//   q_norm, k_norm [D]. Goes in front of attention-step.forward.

@group(0) @binding(4) var<storage, read> q_norm: array<vec2<f32>>;
@group(0) @binding(8) var<storage, read> k_norm: array<vec2<f32>>;

fn sink_of(head: u32) -> f32 {
  return 0.0;
}

// 1 / rms of the head at `at`; each lane sums for itself, which costs less than a barrier.
fn norm_factor(at: u32) -> f32 {
  var sum = vec2<f32>();
  for (var p = 0u; p < 2u * params.quads; p++) {
    sum += qkv[at + p] * qkv[at + p];
  }
  return inverseSqrt((sum.x + sum.y) / f32(4u * params.quads) + params.eps);
}

// Of values 2p and 2p + 1.
fn norm_weight(key: bool, p: u32) -> vec2<f32> {
  if (key) {
    return k_norm[p];
  }
  return q_norm[p];
}
