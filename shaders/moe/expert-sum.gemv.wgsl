// down, the weighted sum over a token's experts and the residual of a few rows in one launch:
//   y[t] = add[t] + sum over k of weights[t, k] * (scale * W_e x[t*K + k] + bias_e), e = experts[t, k]
//   x [T*K, F], W [E', C, F] of experts first_expert .. + expert_count - 1, bias [E, C], experts, weights [T, K], add [T, C] -> y [T, C]; F is whole steps.
// Launches after the first (`more`) add their experts' share to y. main: lanes as in linear.gemv; dispatch [ceil(C / 16), T, 1]. narrow: four columns
// an invocation and no barrier, for narrow matrices; dispatch [ceil(C / 64), T, 1].

struct Params {
  width: u32, // F
  columns: u32, // C
  per_token: u32, // K
  first_expert: u32,
  expert_count: u32,
  has_bias: u32,
  more: u32,
  scale: f32,
  first_x: u32, // workgroups before this launch's own: see graph/cut.ts
  first_y: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> experts: array<u32>;
@group(0) @binding(6) var<storage, read> weights: array<f32>;
@group(0) @binding(7) var<storage, read> add: array<f32>;
@group(0) @binding(8) var<storage, read_write> y: array<f32>;

const LANES = 16u;
const COLUMNS = 16u;
var<workgroup> partial: array<vec4<f32>, 64>;

fn input4(quad: u32) -> vec4<f32> {
  return x[quad];
}

// The weighted sums of four columns over the token's experts, of every `lanes`-th step from `lane` on.
fn weighted(token: u32, columns: vec4<u32>, lane: u32, lanes: u32) -> vec4<f32> {
  let steps = params.width / (4u * STEP);
  var sum = vec4<f32>();
  for (var slot = token * params.per_token; slot < (token + 1u) * params.per_token; slot++) {
    let local = experts[slot] - params.first_expert;
    if (local < params.expert_count) {
      let c = (local * params.columns + columns) * steps;
      var part = vec4<f32>();
      for (var k = lane; k < steps; k += lanes) {
        part += dots(0u, c + k, slot * steps + k);
      }
      sum += weights[slot] * part;
    }
  }
  return sum;
}

// What becomes of the sum of column n.
fn finish(token: u32, n: u32, sum: f32) {
  let at = token * params.columns + n;
  var v = sum * params.scale;
  if (params.has_bias != 0u) {
    for (var slot = token * params.per_token; slot < (token + 1u) * params.per_token; slot++) {
      if (experts[slot] - params.first_expert < params.expert_count) {
        v += weights[slot] * bias[experts[slot] * params.columns + n];
      }
    }
  }
  if (params.more != 0u) {
    y[at] += v;
  } else {
    y[at] = add[at] + v;
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let first = (params.first_x + group.x) * COLUMNS;
  let token = params.first_y + group.y;
  let column = vec4<u32>(first + index / LANES * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
  partial[index] = weighted(token, min(column, vec4<u32>(params.columns - 1u)), index % LANES, LANES);
  workgroupBarrier();
  let n = first + index;
  if (index >= COLUMNS || n >= params.columns) {
    return;
  }
  var v = 0.0;
  for (var l = 0u; l < LANES; l++) {
    v += partial[index / 4u * LANES + l][index % 4u];
  }
  finish(token, n, v);
}

@compute @workgroup_size(16)
fn narrow(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let token = params.first_y + group.y;
  let n = ((params.first_x + group.x) * 16u + index) * 4u;
  if (n >= params.columns) {
    return;
  }
  let sum = weighted(token, n + vec4<u32>(0u, 1u, 2u, 3u), 0u, 1u);
  for (var i = 0u; i < 4u; i++) {
    finish(token, n + i, sum[i]);
  }
}
