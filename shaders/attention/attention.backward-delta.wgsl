// First step of attention's backward: per row the two numbers that both other steps need.
//   y, dy [T, H*D], lse [T, H] -> stats [T, H, 2] = (lse, delta), delta_i = dy_i . y_i = sum_j P_ij dP_ij (softmax's backward; holds with a sink).
// One invocation a row of T*H; dispatch ceil(T*H / 64), folded.

struct Params {
  rows: u32,
  quads: u32, // D / 4
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> lse: array<f32>;
@group(0) @binding(4) var<storage, read_write> stats: array<vec2<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = (group.y * groups.x + group.x) * 64u + lane;
  if (row >= params.rows) {
    return;
  }
  var delta = 0.0;
  for (var i = row * params.quads; i < (row + 1u) * params.quads; i++) {
    delta += dot(y[i], dy[i]);
  }
  stats[row] = vec2<f32>(lse[row], delta);
}
