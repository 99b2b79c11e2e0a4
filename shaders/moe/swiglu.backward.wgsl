// Gradient of the clamped SwiGLU to gate and up.
//   y = (u + shift) g s with s = sigmoid(alpha g), ds/dg = alpha s (1 - s):
//   dy/dg = (u + shift) s (1 + alpha g (1 - s)),  dy/du = g s;
//   where a clamp cut its argument off (gate > limit, |up| > limit) the gradient is 0; at equality it passes, as torch.clamp does.
//   z [S, 2F], dy [S, F] -> dz [S, 2F], written whole. One invocation a pair of dz; dispatch as in the forward.

struct Params {
  n: u32,
  alpha: f32,
  limit: f32,
  shift: f32,
  first_x: u32, // workgroups before this launch's own: see graph/cut.ts
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> z: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dz: array<vec2<f32>>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (params.first_x + group.y * groups.x + group.x) * 256u + lane;
  if (i >= params.n) {
    return;
  }
  let gate = z[i].x;
  let up = z[i].y;
  let g = min(gate, params.limit);
  let u = clamp(up, -params.limit, params.limit);
  let s = 1.0 / (1.0 + exp(-max(params.alpha * g, -80.0)));
  let dgate = select(dy[i] * (u + params.shift) * s * (1.0 + params.alpha * g * (1.0 - s)), 0.0, gate > params.limit);
  let dup = select(dy[i] * g * s, 0.0, abs(up) > params.limit);
  dz[i] = vec2<f32>(dgate, dup);
}
