// Gradient of RMSNorm to its input; the weight is frozen.
//   With s = rsqrt(mean(x^2) + eps), y_i = x_i s w_i and g_i = dy_i w_i:
//   ds/dx_j = -s^3 x_j / C, so dx_j = s g_j + (sum_i g_i x_i) * (-s^3 x_j / C) = s * (g_j - x_j * s^2 * dot(g, x) / C).
//   x, dy [T, C], weight [C] -> dx [T, C], written whole.
// Wide rows: one workgroup of 64 a row; dispatch as in the forward. Narrow rows: rms-norm.backward-narrow.

struct Params {
  rows: u32,
  width: u32,
  eps: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

const SIZE = 64u;
var<workgroup> partial: array<vec2<f32>, SIZE>;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= params.rows) {
    return;
  }
  let base = row * params.width;
  var sums = vec2<f32>(0.0, 0.0); // sum of x^2, sum of dy * weight * x
  for (var i = lane; i < params.width; i += SIZE) {
    let v = x[base + i];
    sums += vec2<f32>(v * v, dy[base + i] * weight[i] * v);
  }
  partial[lane] = sums;
  workgroupBarrier();
  for (var half = SIZE / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      partial[lane] += partial[lane + half];
    }
    workgroupBarrier();
  }
  let width = f32(params.width);
  let scale = inverseSqrt(partial[0].x / width + params.eps);
  let pull = scale * scale * partial[0].y / width;
  for (var i = lane; i < params.width; i += SIZE) {
    dx[base + i] = scale * (dy[base + i] * weight[i] - x[base + i] * pull);
  }
}
