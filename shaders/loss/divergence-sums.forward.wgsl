// A micro-batch's sums of a divergence, added to its stats, and what the host reads of each row.
//   stats[0] += sum of weight figures[0],  stats[1 .. 7] += sums of figures[0 .. 6] over rows whose weight is not 0, stats[8] += their number; the rest untouched
//   figures [M, 9] (divergence.forward.wgsl), weight [M]  ->  divergence, logps, teacher_logps [M]; stats [at least 9], persistent.
// One workgroup of 64: lanes take every 64th row, then a tree; the order is fixed.

struct Params {
  rows: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> figures: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read_write> divergence: array<f32>;
@group(0) @binding(4) var<storage, read_write> logps: array<f32>;
@group(0) @binding(5) var<storage, read_write> teacher_logps: array<f32>;
@group(0) @binding(6) var<storage, read_write> stats: array<f32>;

const SIZE = 64u;
const FIGURES = 9u;
const STATS = 9u;
var<workgroup> partial: array<array<f32, STATS>, SIZE>;

@compute @workgroup_size(SIZE)
fn main(@builtin(local_invocation_index) lane: u32) {
  var own = array<f32, STATS>();
  for (var r = lane; r < params.rows; r += SIZE) {
    let at = r * FIGURES;
    divergence[r] = figures[at];
    logps[r] = figures[at + 7u];
    teacher_logps[r] = figures[at + 8u];
    let w = weight[r];
    if (w != 0.0) {
      own[0] += w * figures[at];
      for (var s = 0u; s < 7u; s++) {
        own[s + 1u] += figures[at + s];
      }
      own[8] += 1.0;
    }
  }
  partial[lane] = own;
  workgroupBarrier();
  for (var half = SIZE / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      for (var s = 0u; s < STATS; s++) {
        partial[lane][s] += partial[lane + half][s];
      }
    }
    workgroupBarrier();
  }
  if (lane < STATS) {
    stats[lane] += partial[0][lane];
  }
}
