// A gated MLP's middle: y = act(gate) * up (activations: glu.act).
//   gate, up [T, F] -> y [T, F]; T*F is a multiple of 4. One invocation a quad; dispatch ceil(T*F/4 / 64), folded.

struct Params {
  n: u32, // quads
  kind: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gate: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> up: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.n) {
    return;
  }
  y[i] = act(gate[i]) * up[i];
}
