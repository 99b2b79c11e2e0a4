// Gather rows: y_m = x[rows_m]; zeros where rows_m >= T (padding).
//   x [T, C], rows [M] u32 -> y [M, C]; C a multiple of 4.
// One invocation a quad of y; dispatch ceil(M * C / 4 / 64), folded into y.

struct Params {
  rows_in: u32, // T
  rows_out: u32, // M
  quads: u32, // C / 4
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> rows: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  let m = i / params.quads;
  if (m >= params.rows_out) {
    return;
  }
  let row = rows[m];
  var value = vec4<f32>(0.0);
  if (row < params.rows_in) {
    value = x[row * params.quads + i % params.quads];
  }
  y[i] = value;
}
