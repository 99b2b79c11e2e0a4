// Queries, keys and values with an adapter: a row of x is [x | hq hk hv | bq bk bv] as norm-down.gemv writes it, since with the matrices and the
// adapter three biases more would be too many buffers. Goes behind way-up, in front of qkv.gemv.
//   branch, branch4: as in linear-branch; matrices 0, 1, 2 are queries, keys, values.

fn h4(quad: u32) -> vec4<f32> {
  return x[quad];
}

fn bias_of(row: u32, which: u32, n: u32) -> f32 {
  if (params.has_bias == 0u) {
    return 0.0;
  }
  let ranks = params.q_rank + params.k_rank + params.v_rank;
  let before = select(0u, params.q_columns + (which - 1u) * params.kv_columns, which > 0u);
  let at = row * params.stride + params.width + ranks + before + n;
  return x[at / 4u][at % 4u];
}

// Rank, place of B and scale of one of the three.
fn way_up(which: u32) -> Branch {
  if (which == 0u) {
    return Branch(params.q_up_at, params.q_rank / 4u, params.q_scale);
  }
  if (which == 1u) {
    return Branch(params.k_up_at, params.k_rank / 4u, params.k_scale);
  }
  return Branch(params.v_up_at, params.v_rank / 4u, params.v_scale);
}

// The quad of x where h of this matrix begins, in rows that begin at 0.
fn h_of(which: u32) -> u32 {
  let before = select(0u, params.q_rank, which > 0u) + select(0u, params.k_rank, which > 1u);
  return (params.width + before) / 4u;
}

fn branch(which: u32, n: vec4<u32>, row: u32, lane: u32, lanes: u32) -> vec4<f32> {
  return up_dots(way_up(which), n, row * params.stride / 4u + h_of(which), lane, lanes);
}

fn branch4(which: u32, n: vec4<u32>, rows: vec4<u32>, lane: u32, lanes: u32) -> mat4x4<f32> {
  return up_dots4(way_up(which), n, rows * (params.stride / 4u) + h_of(which), lane, lanes);
}
