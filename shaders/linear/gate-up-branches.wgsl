// Gate and up with an adapter: a row of x is [x | hg hu] as norm-down.gemv writes it. Goes behind way-up, in front of gate-up.gemv.
//   branch, branch4: as in linear-branch; matrix 0 is gate, 1 is up.

fn h4(quad: u32) -> vec4<f32> {
  return x[quad];
}

fn way_up(which: u32) -> Branch {
  if (which == 0u) {
    return Branch(params.gate_up_at, params.gate_rank / 4u, params.gate_scale);
  }
  return Branch(params.up_up_at, params.up_rank / 4u, params.up_scale);
}

// The quad of a row where h of this matrix begins.
fn h_of(which: u32) -> u32 {
  return (params.width + select(0u, params.gate_rank, which == 1u)) / 4u;
}

fn branch(which: u32, n: vec4<u32>, row: u32, lane: u32, lanes: u32) -> vec4<f32> {
  return up_dots(way_up(which), n, row * params.stride_x / 4u + h_of(which), lane, lanes);
}

fn branch4(which: u32, n: vec4<u32>, rows: vec4<u32>, lane: u32, lanes: u32) -> mat4x4<f32> {
  return up_dots4(way_up(which), n, rows * (params.stride_x / 4u) + h_of(which), lane, lanes);
}
