// Queries, keys and values without an adapter: [bq bk bv] as three vectors. Goes in front of qkv.gemv.

@group(0) @binding(5) var<storage, read> q_bias: array<f32>;
@group(0) @binding(6) var<storage, read> k_bias: array<f32>;
@group(0) @binding(7) var<storage, read> v_bias: array<f32>;

fn bias_of(row: u32, which: u32, n: u32) -> f32 {
  if (params.has_bias == 0u) {
    return 0.0;
  }
  if (which == 0u) {
    return q_bias[n];
  }
  if (which == 1u) {
    return k_bias[n];
  }
  return v_bias[n];
}
