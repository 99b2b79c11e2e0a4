// Gradient of y = act(gate) * up. With s = s(t(g)), act = g s and ds/dt = s (1 - s):
//   dgate = dy up (s + g s (1 - s) t'(g)),  dup = dy g s.
//   gate, up, dy [T, F] -> dgate, dup [T, F], written whole. One invocation a quad; dispatch as in the forward.

struct Params {
  n: u32, // quads
  kind: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gate: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> up: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> dgate: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> dup: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.n) {
    return;
  }
  let g = gate[i];
  let t = inner(g);
  let s = logistic(t[0]);
  dgate[i] = dy[i] * up[i] * s * (1.0 + g * (1.0 - s) * t[1]);
  dup[i] = dy[i] * g * s;
}
