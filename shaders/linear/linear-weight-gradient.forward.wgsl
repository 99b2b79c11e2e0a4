// dW += scale * dy^T x: the gradient of a linear layer to its (small, trainable) weight.
//   dy [T, N], x [T, K] -> dW [N, K], added to what is there; K is a multiple of 4.
//   dW_nk = sum_t dy_tn x_tk. One workgroup of 64 computes 4 rows n x 4 columns k: each lane takes every 64th token, then a tree sum in
//   fixed order, so that results are the same bit for bit on every run.
// Dispatch [K / 4, ceil(N / 4), 1].

struct Params {
  rows: u32, // T
  outputs: u32, // N
  width: u32, // K
  scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> d_weight: array<vec4<f32>>;

const LANES = 64u;
var<workgroup> partial: array<mat4x4<f32>, LANES>; // column i is row n + i of dW

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let quads = params.width / 4u;
  let n = group.y * 4u;
  let last = params.outputs - 1u;
  let n1 = min(n + 1u, last);
  let n2 = min(n + 2u, last);
  let n3 = min(n + 3u, last);
  var sums = mat4x4<f32>();
  for (var t = lane; t < params.rows; t += LANES) {
    let v = x[t * quads + group.x];
    let at = t * params.outputs;
    sums += mat4x4<f32>(v * dy[at + n], v * dy[at + n1], v * dy[at + n2], v * dy[at + n3]);
  }
  partial[lane] = sums;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      partial[lane] += partial[lane + half];
    }
    workgroupBarrier();
  }
  if (lane < 4u && n + lane < params.outputs) {
    d_weight[(n + lane) * quads + group.x] += partial[0][lane] * params.scale;
  }
}
