// What the load-balancing loss needs of one layer: how often each expert is chosen, and the sum of its probability over tokens.
//   logits [T, E]; the first count[0] tokens are real -> sums [2, E], added: sums[0, e] += picks of e among the K largest (equal logits:
//   lowest index first), sums[1, e] += sum over t of softmax(logits[t])_e.
// One workgroup of 64 an expert, each lane every 64th token, then a tree sum in fixed order. Dispatch [E, 1, 1].

struct Params {
  experts: u32,
  per_token: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> count: array<u32>;
@group(0) @binding(3) var<storage, read_write> sums: array<f32>;

const LANES = 64u;
var<workgroup> partial: array<vec2<f32>, LANES>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let e = group.x;
  var sum = vec2<f32>();
  for (var t = lane; t < count[0]; t += LANES) {
    let at = t * params.experts;
    let own = logits[at + e];
    var rank = 0u;
    var total = 0.0; // relative to this expert's own logit, so that only a hopeless expert overflows, to probability 0
    for (var j = 0u; j < params.experts; j++) {
      let other = logits[at + j];
      rank += select(0u, 1u, other > own || (other == own && j < e));
      total += exp(other - own);
    }
    sum += vec2<f32>(select(0.0, 1.0, rank < params.per_token), 1.0 / total);
  }
  partial[lane] = sum;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      partial[lane] += partial[lane + half];
    }
    workgroupBarrier();
  }
  if (lane == 0u) {
    sums[e] += partial[0].x;
    sums[params.experts + e] += partial[0].y;
  }
}
