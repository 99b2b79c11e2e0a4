// The grouped matmul for a few slots of a small width (decoding a small model, LoRA's B): one slot x 4 columns an invocation and no barrier, which
// would cost more than the whole sum.
//   Formula, shapes and options as in grouped-linear.forward. Dispatch [ceil(N / 4 / 16), S, 1].

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
@group(0) @binding(5) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read> add: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(16)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let slot = id.y;
  let expert = route[params.slot_expert_at + slot];
  let quad = id.x;
  if (expert - params.first_expert >= params.expert_count || quad >= params.columns / 4u) {
    return;
  }
  var row = slot;
  if (params.gather != 0u) {
    row = route[params.slot_token_at + slot];
  }
  let quads = params.width / 4u;
  let r = row * quads;
  let c0 = ((expert - params.first_expert) * params.columns + quad * 4u) * quads;
  let c1 = c0 + quads;
  let c2 = c1 + quads;
  let c3 = c2 + quads;
  var sum = vec4<f32>();
  for (var k = 0u; k < quads; k++) {
    sum += x[r + k] * mat4x4<f32>(weight4(c0 + k), weight4(c1 + k), weight4(c2 + k), weight4(c3 + k));
  }
  let at = slot * (params.columns / 4u) + quad;
  var v = sum * params.scale;
  if (params.has_bias != 0u) {
    v += bias[expert * (params.columns / 4u) + quad];
  }
  if (!keeps(route[params.slot_token_at + slot], 0u, quad)) {
    v = vec4<f32>();
  }
  if (params.has_add != 0u) {
    v += add[at];
  }
  y[at] = v;
}
