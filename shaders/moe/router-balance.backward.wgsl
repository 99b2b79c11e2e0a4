// Gradient of coefficient * aux to one layer's logits, added to what the choice itself sends there.
//   aux = E sum_e f_e P_e, and only P carries a gradient: P_e = (1/n) sum over layers and t of p_te, so with g_e = coefficient E f_e / n
//   d aux / d p_te = g_e, and through the softmax dlogits_te = p_te (g_e - sum_j g_j p_tj). Tokens beyond count[0] get nothing.
//   logits, add [T, E], sums [2, E] -> dlogits [T, E]. One invocation a token; dispatch ceil(T / 64), folded.

struct Params {
  tokens: u32,
  experts: u32,
  layers: u32,
  coefficient: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> sums: array<f32>;
@group(0) @binding(3) var<storage, read> count: array<u32>;
@group(0) @binding(4) var<storage, read> add: array<f32>;
@group(0) @binding(5) var<storage, read_write> dlogits: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let t = (group.y * groups.x + group.x) * 64u + lane;
  if (t >= params.tokens) {
    return;
  }
  let at = t * params.experts;
  let n = f32(count[0] * params.layers);
  let factor = select(0.0, params.coefficient * f32(params.experts) / (n * n), t < count[0]);
  var top = logits[at];
  for (var e = 1u; e < params.experts; e++) {
    top = max(top, logits[at + e]);
  }
  var total = 0.0;
  var mean = 0.0; // sum of exp * f
  for (var e = 0u; e < params.experts; e++) {
    let v = exp(logits[at + e] - top);
    total += v;
    mean += v * sums[e];
  }
  mean /= total;
  for (var e = 0u; e < params.experts; e++) {
    let p = exp(logits[at + e] - top) / total;
    dlogits[at + e] = add[at + e] + factor * p * (sums[e] - mean);
  }
}
