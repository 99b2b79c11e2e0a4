// y = scale * (x W^T) + bias + add for a few rows (decoding): one workgroup a tile of 4 rows x 4 columns, the 32 lanes share the width.
//   Shapes, shards and options as in linear.forward. Weights are read once for every four rows.
// Dispatch [ceil(N / 4), ceil(T / 4), 1], the columns folded into z beyond 65,535.

struct Params {
  rows: u32,
  width: u32,
  columns: u32,
  first_column: u32,
  stride: u32,
  has_bias: u32,
  has_add: u32,
  scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> add: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;

const LANES = 32u;
var<workgroup> partial: array<mat4x4<f32>, LANES>; // one column of the matrix a row of x

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let column = (group.z * groups.x + group.x) * 4u;
  let row = group.y * 4u;
  let quads = params.width / 4u;
  let last_row = params.rows - 1u;
  let last_column = params.columns - 1u;
  let r0 = row * quads;
  let r1 = min(row + 1u, last_row) * quads;
  let r2 = min(row + 2u, last_row) * quads;
  let r3 = min(row + 3u, last_row) * quads;
  let c0 = min(column, last_column) * quads;
  let c1 = min(column + 1u, last_column) * quads;
  let c2 = min(column + 2u, last_column) * quads;
  let c3 = min(column + 3u, last_column) * quads;
  var sums = mat4x4<f32>();
  for (var k = lane; k < quads; k += LANES) {
    let w = mat4x4<f32>(weight4(c0 + k), weight4(c1 + k), weight4(c2 + k), weight4(c3 + k));
    sums += mat4x4<f32>(x[r0 + k] * w, x[r1 + k] * w, x[r2 + k] * w, x[r3 + k] * w);
  }
  partial[lane] = sums;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      partial[lane] += partial[lane + half];
    }
    workgroupBarrier();
  }
  let i = lane / 4u;
  let j = lane % 4u;
  if (lane >= 16u || row + i >= params.rows || column + j >= params.columns) {
    return;
  }
  let n = params.first_column + column + j;
  let at = (row + i) * params.stride + n;
  var v = partial[0][i][j] * params.scale;
  if (params.has_bias != 0u) {
    v += bias[n];
  }
  if (params.has_add != 0u) {
    v += add[at];
  }
  y[at] = v;
}
