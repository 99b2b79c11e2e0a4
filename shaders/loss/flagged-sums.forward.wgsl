// Sums of a column in two classes, added to the stats of a micro-batch:
//   stats[at] += sum of values[m] where flags[m] = 1, stats[at + 1] += sum of those where flags[m] = 0; the rest untouched.
//   values [M] f32, flags [M] u32 (0 or 1) -> stats [more than at + 1], persistent.
// One workgroup of 64: lanes take every 64th row, then a tree; the order is fixed.

struct Params {
  rows: u32,
  at: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read> flags: array<u32>;
@group(0) @binding(3) var<storage, read_write> stats: array<f32>;

const SIZE = 64u;
var<workgroup> partial: array<vec2<f32>, SIZE>;

@compute @workgroup_size(SIZE)
fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = vec2<f32>(0.0);
  for (var r = lane; r < params.rows; r += SIZE) {
    sum += values[r] * select(vec2<f32>(0.0, 1.0), vec2<f32>(1.0, 0.0), flags[r] == 1u);
  }
  partial[lane] = sum;
  workgroupBarrier();
  for (var half = SIZE / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      partial[lane] += partial[lane + half];
    }
    workgroupBarrier();
  }
  if (lane < 2u) {
    stats[params.at + lane] += partial[0][lane];
  }
}
