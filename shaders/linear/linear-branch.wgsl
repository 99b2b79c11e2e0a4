// LoRA's way up of a linear layer: h [T, R] is x A^T. Goes behind way-up, in front of linear.gemv.
//   branch(which, n, row, lane, lanes): this lane's part of s (h B^T) in columns n of matrix `which` (there is one);  branch4: of four rows.

@group(0) @binding(6) var<storage, read> h: array<vec4<f32>>;

fn h4(quad: u32) -> vec4<f32> {
  return h[quad];
}

fn way_up() -> Branch {
  return Branch(0u, params.rank / 4u, params.lora_scale);
}

fn branch(which: u32, n: vec4<u32>, row: u32, lane: u32, lanes: u32) -> vec4<f32> {
  return up_dots(way_up(), n, row * params.rank / 4u, lane, lanes);
}

fn branch4(which: u32, n: vec4<u32>, rows: vec4<u32>, lane: u32, lanes: u32) -> mat4x4<f32> {
  return up_dots4(way_up(), n, rows * (params.rank / 4u), lane, lanes);
}
