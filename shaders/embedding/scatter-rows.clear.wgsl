// First of the two launches of scatter-rows: dx = 0.
//   dx [T, C]; quads = T * C / 4. One invocation a quad; dispatch ceil(quads / 64), folded into y.

struct Params {
  quads: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> dx: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i < params.quads) {
    dx[i] = vec4<f32>(0.0);
  }
}
