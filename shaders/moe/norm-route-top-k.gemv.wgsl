// What comes between the residual stream and the experts, for a few rows in one launch: RMSNorm, the router's logits, the K largest and their softmax
// (formulas as in rms-norm.forward and route-top-k.forward).
//   h [T, C], norm_weight [C], router W [E, C], bias [E] -> x [T, C] normed, experts [T, K] u32, weights [T, K]; C is whole steps, E at most 256.
// One workgroup of 128 a row: 16 lanes share the width of four experts, 32 experts at a time. An expert's rank among all is its place among the chosen.
// Dispatch [T, 1, 1].

struct Params {
  width: u32, // C
  experts: u32, // E
  per_token: u32, // K
  has_bias: u32,
  eps: f32,
  over_all: u32, // the softmax
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read> h: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> norm_weight: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> bias: array<f32>;
@group(0) @binding(6) var<storage, read_write> x: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> experts: array<u32>;
@group(0) @binding(8) var<storage, read_write> weights: array<f32>;

const SIZE = 128u;
const LANES = 16u;
const COLUMNS = 32u;
const MAX_EXPERTS = 256u;
var<workgroup> partial: array<vec4<f32>, SIZE>;
var<workgroup> logits: array<f32, MAX_EXPERTS>;
var<workgroup> chosen: array<u32, MAX_EXPERTS>;

fn input4(quad: u32) -> vec4<f32> {
  return x[quad];
}

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let row = group.x;
  let quads = params.width / 4u;
  var squares = vec4<f32>();
  for (var i = index; i < quads; i += SIZE) {
    let v = h[row * quads + i];
    squares += v * v;
  }
  partial[index] = squares;
  workgroupBarrier();
  for (var half = SIZE / 2u; half > 0u; half /= 2u) {
    if (index < half) {
      partial[index] += partial[index + half];
    }
    workgroupBarrier();
  }
  let scale = inverseSqrt(dot(partial[0], vec4<f32>(1.0)) / f32(params.width) + params.eps);
  for (var i = index; i < quads; i += SIZE) {
    x[row * quads + i] = h[row * quads + i] * scale * norm_weight[i];
  }
  storageBarrier();
  workgroupBarrier();

  let steps = params.width / (4u * STEP);
  for (var first = 0u; first < params.experts; first += COLUMNS) {
    let column = vec4<u32>(first + index / LANES * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
    let c = min(column, vec4<u32>(params.experts - 1u)) * steps;
    var sum = vec4<f32>();
    for (var k = index % LANES; k < steps; k += LANES) {
      sum += dots(0u, c + k, row * steps + k);
    }
    partial[index] = sum;
    workgroupBarrier();
    let e = first + index;
    if (index < COLUMNS && e < params.experts) {
      var v = 0.0;
      for (var l = 0u; l < LANES; l++) {
        v += partial[index / 4u * LANES + l][index % 4u];
      }
      if (params.has_bias != 0u) {
        v += bias[e];
      }
      logits[e] = v;
      chosen[e] = e; // stays a valid index when logits are not numbers
    }
    workgroupBarrier();
  }

  for (var e = index; e < params.experts; e += SIZE) {
    let own = logits[e];
    var rank = 0u;
    for (var j = 0u; j < params.experts; j++) {
      rank += select(0u, 1u, logits[j] > own || (logits[j] == own && j < e));
    }
    if (rank < params.per_token) {
      chosen[rank] = e;
    }
  }
  workgroupBarrier();
  if (index < params.per_token) {
    let top = logits[chosen[0]];
    var sum = 0.0;
    for (var k = 0u; k < params.per_token; k++) {
      sum += exp(logits[chosen[k]] - top);
    }
    if (params.over_all != 0u) {
      sum = 0.0;
      for (var e = 0u; e < params.experts; e++) {
        sum += exp(logits[e] - top);
      }
    }
    experts[row * params.per_token + index] = chosen[index];
    weights[row * params.per_token + index] = exp(logits[chosen[index]] - top) / sum;
  }
}
