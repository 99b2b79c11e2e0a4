// Gradient of the router's choice to the logits.
//   With w = softmax over the K chosen logits: dw_k/dl_j = w_k (1[k = j] - w_j), so
//   dl_{e_k} = w_k (dw_k - sum_j w_j dw_j); a logit that was not chosen gets 0 (the choice itself has no gradient).
//   With w = softmax over all: dw_k/dl_j = w_k (1[k = j] - p_j) also for those not chosen, so dl_j = p_j (dw_j - sum_k w_k dw_k), dw_j = 0 where
//   j was not chosen; p_j follows from the first chosen: p_j = w_0 e^(l_j - l_{e_0}).
//   weights, experts, dweights [T, K], logits [T, E] (read where the softmax is over all) -> dlogits [T, E], written whole.
// One invocation an element of dlogits; dispatch ceil(T * E / 256), folded.

struct Params {
  tokens: u32,
  experts: u32,
  per_token: u32,
  over_all: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> experts: array<u32>;
@group(0) @binding(3) var<storage, read> dweights: array<f32>;
@group(0) @binding(4) var<storage, read> logits: array<f32>;
@group(0) @binding(5) var<storage, read_write> dlogits: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 256u + lane;
  if (i >= params.tokens * params.experts) {
    return;
  }
  let t = i / params.experts;
  let e = i - t * params.experts;
  var mean = 0.0; // sum of w_j dw_j
  var w = 0.0;
  if (params.over_all != 0u) {
    let first = t * params.per_token;
    w = weights[first] * exp(logits[i] - logits[t * params.experts + experts[first]]);
  }
  var dw = 0.0;
  for (var k = t * params.per_token; k < (t + 1u) * params.per_token; k++) {
    mean += weights[k] * dweights[k];
    if (experts[k] == e) {
      w = weights[k];
      dw = dweights[k];
    }
  }
  dlogits[i] = w * (dw - mean);
}
