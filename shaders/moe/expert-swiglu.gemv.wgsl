// gate_up and the clamped SwiGLU (formula: swiglu.forward) of a few slots in one launch; slot s = (token, k) reads its expert e in experts[s].
//   z = W_e x[token] + bias_e + lora_scale * up_e h[s], gate and up interleaved;  y[s, f] = swiglu(z[2f], z[2f + 1])
//   h [T*K, R] is LoRA's A_e x (expert-rows), up [E, 2F, R] its B; R = 0: none, and the bindings are stand-ins.
//   x [T, C], W [E', 2F, C] of experts first_expert .. + expert_count - 1, bias [E, 2F], experts [T, K] -> y [T*K, F]; C is whole steps, F even.
// main: lanes as in linear.gemv; dispatch [ceil(2F / 16), T*K, 1]. narrow: four columns an invocation and no barrier, for narrow matrices; dispatch
// [ceil(2F / 64), T*K, 1]. Slots of other experts are left alone: another launch has them.

struct Params {
  width: u32, // C
  columns: u32, // 2F
  per_token: u32, // K
  first_expert: u32,
  expert_count: u32,
  has_bias: u32,
  alpha: f32,
  limit: f32,
  shift: f32,
  rank: u32, // R
  lora_scale: f32,
  first_x: u32, // workgroups before this launch's own: see graph/cut.ts
  first_y: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> experts: array<u32>;
@group(0) @binding(6) var<storage, read> h: array<f32>;
@group(0) @binding(7) var<storage, read> up: array<f32>;
@group(0) @binding(8) var<storage, read_write> y: array<f32>;

const LANES = 16u;
const COLUMNS = 16u;
var<workgroup> partial: array<vec4<f32>, 64>;

fn input4(quad: u32) -> vec4<f32> {
  return x[quad];
}

// What becomes of the sums of columns n and n + 1.
fn finish(slot: u32, expert: u32, n: u32, sums: vec2<f32>) {
  var z = sums;
  if (params.has_bias != 0u) {
    z += vec2<f32>(bias[expert * params.columns + n], bias[expert * params.columns + n + 1u]);
  }
  let at = (expert * params.columns + n) * params.rank;
  var branch = vec2<f32>();
  for (var r = 0u; r < params.rank; r++) {
    branch += h[slot * params.rank + r] * vec2<f32>(up[at + r], up[at + params.rank + r]);
  }
  z += params.lora_scale * branch;
  let g = min(z.x, params.limit);
  let u = clamp(z.y, -params.limit, params.limit);
  y[(slot * params.columns + n) / 2u] = (u + params.shift) * g / (1.0 + exp(-max(params.alpha * g, -80.0)));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let slot = params.first_y + group.y;
  let expert = experts[slot];
  if (expert - params.first_expert >= params.expert_count) {
    return;
  }
  let first = (params.first_x + group.x) * COLUMNS;
  let steps = params.width / (4u * STEP);
  let column = vec4<u32>(first + index / LANES * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
  let c = ((expert - params.first_expert) * params.columns + min(column, vec4<u32>(params.columns - 1u))) * steps;
  let row = slot / params.per_token * steps;
  var sum = vec4<f32>();
  for (var k = index % LANES; k < steps; k += LANES) {
    sum += dots(0u, c + k, row + k);
  }
  partial[index] = sum;
  workgroupBarrier();
  let n = first + 2u * index;
  if (index >= COLUMNS / 2u || n >= params.columns) {
    return;
  }
  var z = vec2<f32>();
  for (var l = 0u; l < LANES; l++) {
    let v = partial[index / 2u * LANES + l];
    z += select(v.xy, v.zw, index % 2u == 1u);
  }
  finish(slot, expert, n, z);
}

@compute @workgroup_size(16)
fn narrow(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let slot = params.first_y + group.y;
  let expert = experts[slot];
  let n = ((params.first_x + group.x) * 16u + index) * 4u;
  if (expert - params.first_expert >= params.expert_count || n >= params.columns) {
    return;
  }
  let steps = params.width / (4u * STEP);
  let c = ((expert - params.first_expert) * params.columns + n + vec4<u32>(0u, 1u, 2u, 3u)) * steps;
  let row = slot / params.per_token * steps;
  var sum = vec4<f32>();
  for (var k = 0u; k < steps; k++) {
    sum += dots(0u, c + k, row + k);
  }
  finish(slot, expert, n, sum.xy);
  finish(slot, expert, n + 2u, sum.zw);
}
