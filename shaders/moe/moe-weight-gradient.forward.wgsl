// dW_e += scale * dy_e^T x_e: the gradient of a grouped matmul to its (small, trainable) weight, over the slots of each expert.
//   dy [S, N], x [T, C] (gather) or [S, C] -> dW [E, N, C], added to what is there; C and N are multiples of 4. An expert without slots keeps it.
//   dW_enc = sum over slots s of e of dy_sn x_sc. One workgroup of 64 computes 4 rows n x 4 columns c of one expert: each lane takes every
//   64th slot, then a tree sum in fixed order, so that results are the same bit for bit on every run.
// Dispatch [C / 4, N / 4, E].

struct Params {
  width: u32, // C
  outputs: u32, // N
  gather: u32,
  slot_token_at: u32,
  scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> route: array<u32>;
@group(0) @binding(4) var<storage, read_write> d_weight: array<vec4<f32>>;

const LANES = 64u;
var<workgroup> partial: array<mat4x4<f32>, LANES>; // column i is row n + i of dW

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let expert = group.z;
  let end = route[expert + 1u];
  let quads = params.width / 4u;
  var sums = mat4x4<f32>();
  for (var slot = route[expert] + lane; slot < end; slot += LANES) {
    var row = slot;
    if (params.gather != 0u) {
      row = route[params.slot_token_at + slot];
    }
    let v = x[row * quads + group.x];
    let d = dy[slot * (params.outputs / 4u) + group.y];
    sums += mat4x4<f32>(v * d.x, v * d.y, v * d.z, v * d.w);
  }
  partial[lane] = sums;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      partial[lane] += partial[lane + half];
    }
    workgroupBarrier();
  }
  if (lane < 4u) {
    d_weight[(expert * params.outputs + group.y * 4u + lane) * quads + group.x] += partial[0][lane] * params.scale;
  }
}
