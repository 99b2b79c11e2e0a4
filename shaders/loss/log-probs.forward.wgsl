// The label's log-probability and the entropy of each row of logits, and what the gradient needs to make a row's softmax again in one walk.
//   top = max z    log_sum = log sum exp(z - top)    logp = z_l - top - log_sum    entropy = log_sum - sum (z - top) exp(z - top) / sum exp(z - top)
//   logits [M, V], labels [M] i32 (negative = no label: zeros) -> logps, entropy, top, log_sum [M]
// One workgroup a row, folded into y; row-softmax.wgsl stands in front.

struct Params {
  rows: u32,
  vocabulary: u32,
  first_x: u32, // workgroups before this launch's own: see graph/cut.ts
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> labels: array<i32>;
@group(0) @binding(2) var<storage, read> logits: array<f32>;
@group(0) @binding(3) var<storage, read_write> logps: array<f32>;
@group(0) @binding(4) var<storage, read_write> entropy: array<f32>;
@group(0) @binding(5) var<storage, read_write> top: array<f32>;
@group(0) @binding(6) var<storage, read_write> log_sum: array<f32>;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let r = params.first_x + group.y * groups.x + group.x;
  if (r >= params.rows) {
    return;
  }
  if (labels[r] < 0) {
    if (lane == 0u) {
      logps[r] = 0.0;
      entropy[r] = 0.0;
      top[r] = 0.0;
      log_sum[r] = 0.0;
    }
    return;
  }
  let base = r * params.vocabulary;
  let row = sums_of_row(base, params.vocabulary, lane);
  if (lane == 0u) {
    let own = log(row.sum);
    logps[r] = -(own + (row.top - logits[base + u32(labels[r])]));
    entropy[r] = own - row.moment / row.sum;
    top[r] = row.top;
    log_sum[r] = own;
  }
}
