// RMSNorm: y = (x * rsqrt(mean(x^2) + eps)) * weight + add, all in f32.
//   x [T, C], weight [C], add [T, C] optional -> y [T, C]
// Wide rows: one workgroup of 64 a row; dispatch [T, 1, 1], folded into y beyond 65,535 rows. Narrow rows: rms-norm.forward-narrow.

struct Params {
  rows: u32,
  width: u32,
  eps: f32,
  has_add: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> add: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;

const SIZE = 64u;
var<workgroup> partial: array<f32, SIZE>;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= params.rows) {
    return;
  }
  let base = row * params.width;
  var sum = 0.0;
  for (var i = lane; i < params.width; i += SIZE) {
    sum += x[base + i] * x[base + i];
  }
  partial[lane] = sum;
  workgroupBarrier();
  for (var half = SIZE / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      partial[lane] += partial[lane + half];
    }
    workgroupBarrier();
  }
  let scale = inverseSqrt(partial[0] / f32(params.width) + params.eps);
  for (var i = lane; i < params.width; i += SIZE) {
    var v = x[base + i] * scale * weight[i];
    if (params.has_add != 0u) {
      v += add[base + i];
    }
    y[base + i] = v;
  }
}
