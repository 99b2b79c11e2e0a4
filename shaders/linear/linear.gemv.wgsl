// y = scale * (x W^T + bias + s h B^T) + add for a few rows (decoding): 16 lanes share the width of four columns, four such groups a workgroup; then 16
// lanes each sum one column over its lanes, in order.
//   Shapes, shards and options as in linear.forward; h [T, R] is x A^T of LoRA and B [N, R] lies in `up` (linear-branch; without an
//   adapter no-branch stands in front).
// `keeps` says whether a row keeps a column or has 0 there (all-ranks, own-ranks).
// ROWS rows (1 or 4) go together and read the weights once.
// main: dispatch [ceil(N / 16), ceil(T / ROWS), 1].
// narrow: four columns an invocation and no barrier, for narrow matrices with a branch; dispatch [ceil(N / 64), ceil(T / ROWS), 1].

struct Params {
  rows: u32,
  width: u32,
  columns: u32,
  first_column: u32,
  stride: u32,
  has_bias: u32,
  has_add: u32,
  scale: f32,
  rank: u32, // R, a multiple of 4; 0 without an adapter
  lora_scale: f32,
  first_x: u32, // workgroups before this launch's own: see graph/cut.ts
  first_y: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> add: array<f32>;
@group(0) @binding(7) var<storage, read_write> y: array<f32>;

override ROWS: u32 = 1u;
const LANES = 16u;
const COLUMNS = 16u;
var<workgroup> partial: array<array<vec4<f32>, 64>, ROWS>;

fn input4(quad: u32) -> vec4<f32> {
  return x[quad];
}

// What becomes of the sum of column n of y.
fn finish(row: u32, n: u32, sum: f32) {
  let at = row * params.stride + n;
  var v = sum;
  if (params.has_bias != 0u) {
    v += bias[n];
  }
  v *= params.scale;
  if (!keeps(row, 0u, n / 4u)) {
    v = 0.0;
  }
  if (params.has_add != 0u) {
    v += add[at];
  }
  y[at] = v;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let first = (params.first_x + group.x) * COLUMNS;
  let row = (params.first_y + group.y) * ROWS;
  let steps = params.width / (4u * STEP);
  let lane = index % LANES;
  let column = vec4<u32>(first + index / LANES * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
  let n = min(column, vec4<u32>(params.columns - 1u));
  let c = n * steps;
  if (ROWS == 1u) {
    var sum = vec4<f32>();
    for (var k = lane; k < steps; k += LANES) {
      sum += dots(0u, c + k, row * steps + k);
    }
    partial[0][index] = sum + branch(0u, params.first_column + n, row, lane, LANES);
  } else {
    let four = min(vec4<u32>(row) + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(params.rows - 1u));
    let r = four * steps;
    var sums = mat4x4<f32>();
    for (var k = lane; k < steps; k += LANES) {
      sums += dots4(0u, c + k, r + k);
    }
    sums += branch4(0u, params.first_column + n, four, lane, LANES);
    for (var i = 0u; i < ROWS; i++) {
      partial[i][index] = sums[i];
    }
  }
  workgroupBarrier();
  let i = index / COLUMNS;
  let j = index % COLUMNS;
  if (i >= ROWS || row + i >= params.rows || first + j >= params.columns) {
    return;
  }
  var sum = 0.0;
  for (var l = 0u; l < LANES; l++) {
    sum += partial[i][j / 4u * LANES + l][j % 4u];
  }
  finish(row + i, params.first_column + first + j, sum);
}

@compute @workgroup_size(16)
fn narrow(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let row = (params.first_y + group.y) * ROWS;
  let first = ((params.first_x + group.x) * 16u + index) * 4u;
  if (first >= params.columns) {
    return;
  }
  let steps = params.width / (4u * STEP);
  let n = min(first + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(params.columns - 1u));
  let columns = min(params.columns - first, 4u);
  if (ROWS == 1u) {
    var sum = branch(0u, params.first_column + n, row, 0u, 1u);
    for (var k = 0u; k < steps; k++) {
      sum += dots(0u, n * steps + k, row * steps + k);
    }
    for (var j = 0u; j < columns; j++) {
      finish(row, params.first_column + first + j, sum[j]);
    }
    return;
  }
  let four = min(vec4<u32>(row) + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(params.rows - 1u));
  var sums = branch4(0u, params.first_column + n, four, 0u, 1u);
  for (var k = 0u; k < steps; k++) {
    sums += dots4(0u, n * steps + k, four * steps + k);
  }
  for (var i = 0u; i < min(params.rows - row, 4u); i++) {
    for (var j = 0u; j < columns; j++) {
      finish(row + i, params.first_column + first + j, sums[i][j]);
    }
  }
}
