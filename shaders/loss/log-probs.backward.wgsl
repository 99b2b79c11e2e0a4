// Gradient of a row's log-probability and entropy to its logits, in the place of the logits.
//   logp = z_l - log sum exp z    d logp / d z_i = [i == l] - p_i
//   H = -sum_j p_j log p_j, and sum_j p_j d log p_j = 0, so d H / d z_i = -sum_j log p_j p_j ([i == j] - p_i) = -p_i (log p_i + H)
//   dz_i = [i == l] c - p_i (c + e (log p_i + H)),  c, e = gradients[r],  log p_i = z_i - top - log_sum
//   labels [M] i32 (negative = no label: zeros), top, log_sum, entropy [M], gradients [M, 2]; logits [M, V] are overwritten.
// One workgroup a row, folded into y; lanes take every SIZE-th value.

override SIZE: u32 = 32u;

struct Params {
  rows: u32,
  vocabulary: u32,
  first_x: u32, // workgroups before this launch's own: see graph/cut.ts
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> labels: array<i32>;
@group(0) @binding(2) var<storage, read> top: array<f32>;
@group(0) @binding(3) var<storage, read> log_sum: array<f32>;
@group(0) @binding(4) var<storage, read> entropy: array<f32>;
@group(0) @binding(5) var<storage, read> gradients: array<vec2<f32>>;
@group(0) @binding(6) var<storage, read_write> logits: array<f32>;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let r = params.first_x + group.y * groups.x + group.x;
  if (r >= params.rows) {
    return;
  }
  let base = r * params.vocabulary;
  if (labels[r] < 0) {
    for (var i = lane; i < params.vocabulary; i += SIZE) {
      logits[base + i] = 0.0;
    }
    return;
  }
  let label = u32(labels[r]);
  let d = gradients[r];
  let high = top[r];
  let sum = log_sum[r];
  let own = entropy[r];
  for (var i = lane; i < params.vocabulary; i += SIZE) {
    let log_p = (logits[base + i] - high) - sum;
    logits[base + i] = select(0.0, d.x, i == label) - exp(log_p) * (d.x + d.y * (log_p + own));
  }
}
