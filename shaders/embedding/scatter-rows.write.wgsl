// Gradient of gather-rows. With y_m = x[rows_m]:
//   dx_t = sum over m with rows_m = t of dy_m.
// Rows below T are distinct, so each sum has at most one term: a plain write, in any order, after dx was cleared. Rows >= T are padding.
//   dy [M, C], rows [M] u32 -> dx [T, C], overwritten.
// One invocation a quad of dy; dispatch ceil(M * C / 4 / 64), folded into y.

struct Params {
  rows_in: u32, // M
  rows_out: u32, // T
  quads: u32, // C / 4
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> rows: array<u32>;
@group(0) @binding(3) var<storage, read_write> dx: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  let m = i / params.quads;
  if (m >= params.rows_in) {
    return;
  }
  let row = rows[m];
  if (row < params.rows_out) {
    dx[row * params.quads + i % params.quads] = dy[i];
  }
}
