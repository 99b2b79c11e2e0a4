// First of the two launches of gradient-norm: sums of squares of equal pieces.
//   gradient [n] -> partial [ceil(n / 16384)]; n a multiple of 4.
// One workgroup of 64 a piece, folded into y: 64 quads a lane, interleaved, then pairs of lanes. The order is fixed by n alone.

struct Params {
  quads: u32, // n / 4
  pieces: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradient: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> partial: array<f32>;

const SIZE = 64u;
const QUADS = 4096u; // a piece, in quads
var<workgroup> sums: array<f32, SIZE>;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let piece = group.y * groups.x + group.x;
  if (piece >= params.pieces) {
    return;
  }
  let end = min((piece + 1u) * QUADS, params.quads);
  var sum = vec4<f32>(0.0);
  for (var i = piece * QUADS + lane; i < end; i += SIZE) {
    sum += gradient[i] * gradient[i];
  }
  sums[lane] = (sum.x + sum.y) + (sum.z + sum.w);
  workgroupBarrier();
  if (lane == 0u) { // one lane instead of six barriers, which software adapters pay for
    for (var half = SIZE / 2u; half > 0u; half /= 2u) {
      for (var l = 0u; l < half; l++) {
        sums[l] += sums[l + half];
      }
    }
    partial[piece] = sums[0];
  }
}
