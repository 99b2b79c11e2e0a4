// Gradient of RMSNorm for narrow rows (derivation: rms-norm.backward): one invocation a row, no barrier; C is a multiple of 4.
// Dispatch ceil(T / 64), folded.

struct Params {
  rows: u32,
  width: u32,
  eps: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> dx: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = (group.y * groups.x + group.x) * 64u + lane;
  if (row >= params.rows) {
    return;
  }
  let quads = params.width / 4u;
  let base = row * quads;
  var squares = vec4<f32>();
  var products = vec4<f32>(); // dy * weight * x
  for (var i = 0u; i < quads; i++) {
    let v = x[base + i];
    squares += v * v;
    products += dy[base + i] * weight[i] * v;
  }
  let width = f32(params.width);
  let scale = inverseSqrt(dot(squares, vec4<f32>(1.0)) / width + params.eps);
  let pull = scale * scale * dot(products, vec4<f32>(1.0)) / width;
  for (var i = 0u; i < quads; i++) {
    dx[base + i] = scale * (dy[base + i] * weight[i] - x[base + i] * pull);
  }
}
