// SwiGLU over interleaved gate and up, clamped and shifted as gpt-oss has it: with g = min(gate, limit), u = clamp(up, -limit, limit):
//   y = (u + shift) * g * sigmoid(alpha * g)
//   z [S, 2F], gate = z[0::2], up = z[1::2] -> y [S, F]. One invocation an element of y; dispatch ceil(S * F / 256), folded.

struct Params {
  n: u32, // S * F
  alpha: f32,
  limit: f32,
  shift: f32,
  first_x: u32, // workgroups before this launch's own: see graph/cut.ts
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> z: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (params.first_x + group.y * groups.x + group.x) * 256u + lane;
  if (i >= params.n) {
    return;
  }
  let g = min(z[i].x, params.limit);
  let u = clamp(z[i].y, -params.limit, params.limit);
  // Below -80 the sigmoid is 0 to f32's precision; the bound keeps exp finite, which WGSL does not promise otherwise.
  y[i] = (u + params.shift) * g / (1.0 + exp(-max(params.alpha * g, -80.0)));
}
