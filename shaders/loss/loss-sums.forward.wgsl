// Sums over a chunk of rows, added to the stats of a micro-batch:
//   stats[0] += sum loss, [1] += sum correct, [2] += sum entropy, [3] += number of rows with a label; the rest untouched.
//   loss, correct, entropy [M], labels [M] i32 (negative = not trained) -> stats [at least 4], persistent.
// One workgroup of 64: lanes take every 64th row, then a tree; the order is fixed.

struct Params {
  rows: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> loss: array<f32>;
@group(0) @binding(2) var<storage, read> correct: array<f32>;
@group(0) @binding(3) var<storage, read> entropy: array<f32>;
@group(0) @binding(4) var<storage, read> labels: array<i32>;
@group(0) @binding(5) var<storage, read_write> stats: array<f32>;

const SIZE = 64u;
var<workgroup> partial: array<vec4<f32>, SIZE>;

@compute @workgroup_size(SIZE)
fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = vec4<f32>(0.0);
  for (var r = lane; r < params.rows; r += SIZE) {
    sum += vec4<f32>(loss[r], correct[r], entropy[r], f32(labels[r] >= 0));
  }
  partial[lane] = sum;
  workgroupBarrier();
  for (var half = SIZE / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      partial[lane] += partial[lane + half];
    }
    workgroupBarrier();
  }
  if (lane < 4u) {
    stats[lane] += partial[0][lane];
  }
}
