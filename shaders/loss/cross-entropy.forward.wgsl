// A loss of the label's log-probability with its gradient: the root of the backward pass. A file in front of this one defines
//   weigh(row, log_p) -> (loss, factor)    with    d loss / d z_i = factor * (p_i - [i == l]).
// Per row, with label l, m = max z and S = sum exp(z - m):
//   log_p = z_l - m - log S    entropy = -sum p log p = log S - sum (z - m) exp(z - m) / S    correct = (first argmax z == l)
//   dz_i = factor * (exp(z_i - m) / S - [i == l]) * inverse_count,
// since the loss of an optimizer step is the sum over its rows times inverse_count = 1 / N, the labels in all its micro-batches.
//   labels [M] i32 (negative = not trained: zeros everywhere), inverse_count [1] -> loss, correct, entropy [M]
//   logits [M, V] are overwritten with their gradient: two such arrays of a long vocabulary would be the largest things of a step.
// One workgroup a row, folded into y. Logits are read twice: the first walk keeps a running maximum and rescales its sums whenever that
// rises (row-softmax.wgsl, in front of this). V need not be a multiple of 4.

struct Params {
  rows: u32,
  vocabulary: u32,
  first_x: u32, // workgroups before this launch's own: see graph/cut.ts
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> labels: array<i32>;
@group(0) @binding(2) var<storage, read> inverse_count: array<f32>;
@group(0) @binding(3) var<storage, read_write> logits: array<f32>;
@group(0) @binding(4) var<storage, read_write> loss: array<f32>;
@group(0) @binding(5) var<storage, read_write> correct: array<f32>;
@group(0) @binding(6) var<storage, read_write> entropy: array<f32>;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let r = params.first_x + group.y * groups.x + group.x;
  if (r >= params.rows) {
    return;
  }
  let width = params.vocabulary;
  let quads = width / 4u;
  let rest = width % 4u;
  let base = r * width;
  if (labels[r] < 0) {
    for (var i = lane; i < width; i += SIZE) {
      logits[base + i] = 0.0;
    }
    if (lane == 0u) {
      loss[r] = 0.0;
      correct[r] = 0.0;
      entropy[r] = 0.0;
    }
    return;
  }

  let label = u32(labels[r]);
  let z_label = logits[base + label]; // before anyone writes
  let row = sums_of_row(base, width, lane);
  let log_sum = log(row.sum);
  let weighed = weigh(r, -(log_sum + (row.top - z_label)));
  let factor = weighed.y * inverse_count[0];
  let scale = factor / row.sum;
  for (var q = lane; q < quads; q += SIZE) {
    let at = base + 4u * q;
    let d = exp(quad(at) - row.top) * scale;
    logits[at] = d.x;
    logits[at + 1u] = d.y;
    logits[at + 2u] = d.z;
    logits[at + 3u] = d.w;
  }
  if (rest > 0u && lane == quads % SIZE) {
    for (var i = 4u * quads; i < width; i++) {
      logits[base + i] = exp(logits[base + i] - row.top) * scale;
    }
  }
  if (lane == label / 4u % SIZE) { // the lane that wrote the label's own quad
    logits[base + label] = (exp(z_label - row.top) / row.sum - 1.0) * factor;
  }
  if (lane == 0u) {
    loss[r] = weighed.x;
    correct[r] = f32(row.at == label);
    entropy[r] = log_sum - row.moment / row.sum;
  }
}
