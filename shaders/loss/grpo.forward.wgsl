// The loss of group-relative policy optimisation (TRL 1.13's GRPOTrainer, all its loss types) with its gradient to each token's log-probability and entropy.
// A file in front of this one (policy.*.wgsl) defines what a ratio costs: policy(r, drift, a, logp) and clips(r, a).
// Tokens of a completion lie together: first <= t < last, n = last - first, with its advantage a and its weight w. With l = logps, o = old, e = ref - l:
//   d = l - o;  r = exp(d), or with `sequence` exp(mean of d over the completion);  drift = sum of d, each within 20
//   kl = (exp(e) - e - 1) (r with `correct_kl`)
//   loss = sum_t w (keep_t policy + beta kl) - bonus / (tokens that reach the threshold) sum_t reach_t H_t
//   reach_t = H_t >= threshold;  keep_t = reach_t, and a >= 0 or the mean of o - l at most off_policy
// The gradient to l_t: w (keep_t by_logp + beta (1 - exp(e)) (r)) directly, and through r: dr / dl_t = r, or with `sequence` r / n from every token of the
// completion. No gradient goes to o, ref, a or the threshold.
//   logps, old, ref, entropy [M], threshold [3] (entropy-threshold), completions [M, 4] u32: first, last, bits of a, bits of w; first == last ends the list
//   -> gradients [M, 2] (to logp, to entropy; zeros behind the last completion), and stats, added:
//   [0] loss [1] sum of entropy [2] sum of kl [3] [4] [5] low, high and either clips: tokens, or completions with `sequence` [6] least share of low clips
//   of a completion [7] largest of high ones [8] sum over completions of the policy's own weight
// One workgroup, a lane a completion: a micro-batch has few, and sums have a fixed order.

const SIZE = 64u;
const STATS = 9u;

struct Params {
  tokens: u32,
  sequence: u32,
  correct_kl: u32,
  beta: f32,
  low: f32,
  high: f32,
  delta: f32,
  positive: f32,
  negative: f32,
  k_positive: f32,
  k_negative: f32,
  off_policy: f32,
  bonus: f32,
}

struct Policy {
  loss: f32,
  by_ratio: f32,
  by_logp: f32,
  weight: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logps: array<f32>;
@group(0) @binding(2) var<storage, read> old: array<f32>;
@group(0) @binding(3) var<storage, read> ref_logps: array<f32>;
@group(0) @binding(4) var<storage, read> entropy: array<f32>;
@group(0) @binding(5) var<storage, read> threshold: array<f32>;
@group(0) @binding(6) var<storage, read> completions: array<vec4<u32>>;
@group(0) @binding(7) var<storage, read_write> gradients: array<vec2<f32>>;
@group(0) @binding(8) var<storage, read_write> stats: array<f32>;

var<workgroup> partial: array<array<f32, STATS>, SIZE>;

@compute @workgroup_size(SIZE)
fn main(@builtin(local_invocation_index) lane: u32) {
  var own = array<f32, STATS>();
  own[6] = 2.0; // above every share
  let bonus = params.bonus / max(1.0, threshold[1]);
  for (var c = lane; c < params.tokens; c += SIZE) {
    let completion = completions[c];
    let first = completion.x;
    let last = completion.y;
    if (first == last) {
      break;
    }
    let a = bitcast<f32>(completion.z);
    let w = bitcast<f32>(completion.w);
    let n = f32(last - first);
    var drift = 0.0;
    var mean = 0.0;
    for (var t = first; t < last; t++) {
      let d = logps[t] - old[t];
      mean += d;
      drift += clamp(d, -20.0, 20.0);
    }
    mean /= n;
    let on_policy = a >= 0.0 || -mean <= params.off_policy;
    var by_mean = 0.0;
    var clipped = vec3<f32>();
    var weight = 0.0;
    for (var t = first; t < last; t++) {
      let l = logps[t];
      let r = exp(select(l - old[t], mean, params.sequence == 1u));
      let reach = f32(entropy[t] >= threshold[0]);
      let keep = select(0.0, reach, on_policy);
      let cost = policy(r, drift, a, l);
      let e = ref_logps[t] - l;
      let kl = exp(e) - e - 1.0;
      let correction = select(1.0, r, params.correct_kl == 1u);
      let by_ratio = w * (keep * cost.by_ratio + select(0.0, params.beta * kl, params.correct_kl == 1u)) * r;
      let by_logp = w * (keep * cost.by_logp + params.beta * (1.0 - exp(e)) * correction);
      gradients[t] = vec2<f32>(select(by_logp + by_ratio, by_logp, params.sequence == 1u), -bonus * reach);
      by_mean += by_ratio;
      own[0] += w * (keep * cost.loss + params.beta * kl * correction) - bonus * reach * entropy[t];
      own[1] += entropy[t];
      own[2] += kl * correction;
      let side = clips(r, a);
      clipped += vec3<f32>(f32(side.x), f32(side.y), f32(side.x || side.y));
      weight = cost.weight;
    }
    if (params.sequence == 1u) {
      for (var t = first; t < last; t++) {
        gradients[t].x += by_mean / n;
      }
      clipped /= n; // all tokens have the one ratio
    }
    let share = select(clipped / n, clipped, params.sequence == 1u);
    own[3] += clipped.x;
    own[4] += clipped.y;
    own[5] += clipped.z;
    own[6] = min(own[6], share.x);
    own[7] = max(own[7], share.y);
    own[8] += weight;
  }
  for (var t = u32(threshold[2]) + lane; t < params.tokens; t += SIZE) {
    gradients[t] = vec2<f32>();
  }
  partial[lane] = own;
  workgroupBarrier();
  if (lane == 0u) {
    for (var l = 1u; l < SIZE; l++) {
      for (var s = 0u; s < STATS; s++) {
        own[s] = select(select(own[s] + partial[l][s], min(own[s], partial[l][s]), s == 6u), max(own[s], partial[l][s]), s == 7u);
      }
    }
    own[6] = select(own[6], 0.0, own[6] > 1.0); // no completion
    for (var s = 0u; s < STATS; s++) {
      stats[s] += own[s];
    }
  }
}
