// The router's choice: the K largest logits of every token and a softmax over those K alone, or over all experts.
//   logits [T, E] -> experts [T, K] u32 in falling order of logit (equal logits: lowest index first), weights [T, K]
// Pick k is the first in order among those after pick k - 1, so no mask of taken experts is kept and E is not limited.
// One invocation a token; dispatch ceil(T / 64), folded.

struct Params {
  tokens: u32,
  experts: u32,
  per_token: u32,
  over_all: u32, // the softmax
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read_write> experts: array<u32>;
@group(0) @binding(3) var<storage, read_write> weights: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let t = (group.y * groups.x + group.x) * 64u + lane;
  if (t >= params.tokens) {
    return;
  }
  let row = t * params.experts;
  let out = t * params.per_token;
  var top = 0.0; // the largest logit
  var sum = 0.0;
  var last = 0.0;
  var last_index = 0u;
  for (var k = 0u; k < params.per_token; k++) {
    var best = 0.0;
    var best_index = params.experts;
    for (var e = 0u; e < params.experts; e++) {
      let v = logits[row + e];
      let after = k == 0u || v < last || (v == last && e > last_index);
      if (after && (best_index == params.experts || v > best)) {
        best = v;
        best_index = e;
      }
    }
    best_index = min(best_index, params.experts - 1u); // stays a valid index when logits are not numbers
    if (k == 0u) {
      top = best;
    }
    let p = exp(best - top);
    sum += p;
    experts[out + k] = best_index;
    weights[out + k] = p;
    last = best;
    last_index = best_index;
  }
  if (params.over_all != 0u) {
    sum = 0.0;
    for (var e = 0u; e < params.experts; e++) {
      sum += exp(logits[row + e] - top);
    }
  }
  for (var k = 0u; k < params.per_token; k++) {
    weights[out + k] /= sum;
  }
}
