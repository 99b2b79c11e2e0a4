// The grouped matmul for a few slots of a large width (decoding): the 32 lanes of a workgroup share the width, then 16 of them each sum one
// output over the lanes, in order.
//   Formula, shapes and options as in grouped-linear.forward.
// A workgroup takes 4 columns and up to four neighbouring slots of one expert, whose weights it reads once: of the workgroups of an expert's
// slots, every fourth works and the others end at once, so no tile map is needed. A lone slot has a loop of its own.
// Dispatch [ceil(N / 4), S, 1].

struct Params {
  width: u32, // C
  columns: u32, // N
  first_expert: u32,
  expert_count: u32,
  gather: u32,
  slot_token_at: u32,
  slot_expert_at: u32,
  has_bias: u32,
  has_add: u32,
  scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> route: array<u32>;
@group(0) @binding(5) var<storage, read> bias: array<f32>;
@group(0) @binding(6) var<storage, read> add: array<f32>;
@group(0) @binding(7) var<storage, read_write> y: array<f32>;

const LANES = 32u;
var<workgroup> partial: array<mat4x4<f32>, LANES>; // one column of the matrix a slot

fn row_of(slot: u32) -> u32 {
  var row = slot;
  if (params.gather != 0u) {
    row = route[params.slot_token_at + slot];
  }
  return row * (params.width / 4u);
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let slot = group.y;
  let expert = route[params.slot_expert_at + slot];
  if (expert - params.first_expert >= params.expert_count || (slot - route[expert]) % 4u != 0u) {
    return;
  }
  let last = route[expert + 1u] - 1u;
  let quads = params.width / 4u;
  let c0 = ((expert - params.first_expert) * params.columns + group.x * 4u) * quads;
  let c1 = c0 + quads;
  let c2 = c1 + quads;
  let c3 = c2 + quads;
  let r0 = row_of(slot);
  var sums = mat4x4<f32>();
  if (slot == last) {
    var sum = vec4<f32>();
    for (var k = lane; k < quads; k += LANES) {
      sum += x[r0 + k] * mat4x4<f32>(weight4(c0 + k), weight4(c1 + k), weight4(c2 + k), weight4(c3 + k));
    }
    sums[0] = sum;
  } else {
    let r1 = row_of(slot + 1u);
    let r2 = row_of(min(slot + 2u, last));
    let r3 = row_of(min(slot + 3u, last));
    for (var k = lane; k < quads; k += LANES) {
      let w = mat4x4<f32>(weight4(c0 + k), weight4(c1 + k), weight4(c2 + k), weight4(c3 + k));
      sums += mat4x4<f32>(x[r0 + k] * w, x[r1 + k] * w, x[r2 + k] * w, x[r3 + k] * w);
    }
  }
  partial[lane] = sums;
  workgroupBarrier();
  let i = lane / 4u;
  if (lane >= 16u || slot + i > last) {
    return;
  }
  let n = group.x * 4u + lane % 4u;
  let at = (slot + i) * params.columns + n;
  var sum = 0.0;
  for (var l = 0u; l < LANES; l++) {
    sum += partial[l][i][lane % 4u];
  }
  var v = sum * params.scale;
  if (params.has_bias != 0u) {
    v += bias[expert * params.columns + n];
  }
  if (!keeps(route[params.slot_token_at + slot + i], 0u, n / 4u)) {
    v = 0.0;
  }
  if (params.has_add != 0u) {
    v += add[at];
  }
  y[at] = v;
}
