// RMSNorm of narrow rows (formula: rms-norm.forward): one invocation a row, no barrier; C is a multiple of 4.
// Dispatch ceil(T / 64), folded.

struct Params {
  rows: u32,
  width: u32,
  eps: f32,
  has_add: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> add: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = (group.y * groups.x + group.x) * 64u + lane;
  if (row >= params.rows) {
    return;
  }
  let quads = params.width / 4u;
  let base = row * quads;
  var sum = vec4<f32>();
  for (var i = 0u; i < quads; i++) {
    sum += x[base + i] * x[base + i];
  }
  let scale = inverseSqrt(dot(sum, vec4<f32>(1.0)) / f32(params.width) + params.eps);
  for (var i = 0u; i < quads; i++) {
    var v = x[base + i] * scale * weight[i];
    if (params.has_add != 0u) {
      v += add[base + i];
    }
    y[base + i] = v;
  }
}
