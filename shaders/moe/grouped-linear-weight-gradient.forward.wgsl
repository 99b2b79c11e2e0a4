// dW_e += scale * dy_e^T x_e: the gradient of a grouped matmul to its (small, trainable) weight, over the slots of each expert.
//   dy [S, N], x [T, C] (gather) or [S, C] -> dW [E, N, C], added to what is there; C and N are multiples of 4. An expert without slots keeps it.
//   dW_enc = sum over slots s of e of dy_sn x_sc, in the order of the slots.
// 4 rows n x 4 columns c an invocation, over all slots of its expert; no barrier, since barriers are what software adapters are slowest at.
// Invocations go through c first, then n, then e; dispatch ceil(E * N * C / 16 / 32), folded.

struct Params {
  experts: u32,
  width: u32, // C
  outputs: u32, // N
  gather: u32,
  slot_token_at: u32,
  scale: f32,
  first_x: u32, // workgroups before this launch's own: see graph/cut.ts
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> route: array<u32>;
@group(0) @binding(4) var<storage, read_write> d_weight: array<vec4<f32>>;

@compute @workgroup_size(32)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (params.first_x + group.y * groups.x + group.x) * 32u + lane;
  let quads = params.width / 4u;
  let steps = params.outputs / 4u;
  let c = i % quads;
  let n = i / quads % steps;
  let expert = i / quads / steps;
  if (expert >= params.experts) {
    return;
  }
  var d0 = vec4<f32>();
  var d1 = vec4<f32>();
  var d2 = vec4<f32>();
  var d3 = vec4<f32>();
  let end = route[expert + 1u];
  for (var slot = route[expert]; slot < end; slot++) {
    var row = slot;
    if (params.gather != 0u) {
      row = route[params.slot_token_at + slot];
    }
    let v = x[row * quads + c];
    let d = dy[slot * steps + n];
    d0 += v * d.x;
    d1 += v * d.y;
    d2 += v * d.z;
    d3 += v * d.w;
  }
  let at = (expert * params.outputs + n * 4u) * quads + c;
  d_weight[at] += d0 * params.scale;
  d_weight[at + quads] += d1 * params.scale;
  d_weight[at + 2u * quads] += d2 * params.scale;
  d_weight[at + 3u * quads] += d3 * params.scale;
}
