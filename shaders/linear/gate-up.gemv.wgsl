// The first half of a gated MLP for a few rows in one launch: y = act(g) * u, g = x Wg^T + bg + sg hg Bg^T, u alike (activations: glu.act).
//   x [T, C], Wg, Wu [F, C], biases [F] or none -> y [T, F]; C is whole steps, F a multiple of 4. Rows of x are `stride_x` long, whole steps.
//   With an adapter gate-up-branches stands in front and rows of x hold h too, without one no-branch.
// A shard of the weights writes its own columns: column n of the shard is column first_column + n of y, whose rows are `stride` long.
// main: lanes as in linear.gemv; a workgroup has 16 columns of both; dispatch [ceil(F / 16), ceil(T / ROWS), 1].
// narrow: four columns of a row an invocation and no barrier, for narrow matrices; dispatch [ceil(F / 64), T, 1].

struct Params {
  rows: u32,
  width: u32, // C
  columns: u32, // F of this shard
  first_column: u32,
  stride: u32, // F of y
  kind: u32, // of activation
  has_bias: u32,
  stride_x: u32, // C without an adapter
  gate_rank: u32, // multiples of 4; 0: no branch
  up_rank: u32,
  gate_up_at: u32, // the first quad of B
  up_up_at: u32,
  gate_scale: f32,
  up_scale: f32,
  first_x: u32, // workgroups before this launch's own: see graph/cut.ts
  first_y: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> gate_bias: array<f32>;
@group(0) @binding(5) var<storage, read> up_bias: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;

override ROWS: u32 = 1u;
const LANES = 16u;
const COLUMNS = 16u;
var<workgroup> partial: array<array<mat2x4<f32>, 64>, ROWS>; // gate, up

fn input4(quad: u32) -> vec4<f32> {
  return x[quad];
}

// What becomes of the sums of column n of the shard.
fn finish(row: u32, n: u32, gate: f32, linear: f32) {
  let column = params.first_column + n;
  var z = vec2<f32>(gate, linear);
  if (params.has_bias != 0u) {
    z += vec2<f32>(gate_bias[column], up_bias[column]);
  }
  y[row * params.stride + column] = act(vec4<f32>(z.x)).x * z.y;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let first = (params.first_x + group.x) * COLUMNS;
  let row = (params.first_y + group.y) * ROWS;
  let steps = params.width / (4u * STEP);
  let row_steps = params.stride_x / (4u * STEP);
  let lane = index % LANES;
  let column = vec4<u32>(first + index / LANES * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
  let inside = min(column, vec4<u32>(params.columns - 1u));
  let c = inside * steps;
  let n = params.first_column + inside;
  if (ROWS == 1u) {
    var sum = mat2x4<f32>(branch(0u, n, row, lane, LANES), branch(1u, n, row, lane, LANES));
    for (var k = lane; k < steps; k += LANES) {
      sum += mat2x4<f32>(dots(0u, c + k, row * row_steps + k), dots(1u, c + k, row * row_steps + k));
    }
    partial[0][index] = sum;
  } else {
    let four = min(vec4<u32>(row) + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(params.rows - 1u));
    let r = four * row_steps;
    var gates = branch4(0u, n, four, lane, LANES);
    var ups = branch4(1u, n, four, lane, LANES);
    for (var k = lane; k < steps; k += LANES) {
      gates += dots4(0u, c + k, r + k);
      ups += dots4(1u, c + k, r + k);
    }
    for (var i = 0u; i < ROWS; i++) {
      partial[i][index] = mat2x4<f32>(gates[i], ups[i]);
    }
  }
  workgroupBarrier();
  let i = index / COLUMNS;
  let j = index % COLUMNS;
  if (i >= ROWS || row + i >= params.rows || first + j >= params.columns) {
    return;
  }
  var sum = vec2<f32>();
  for (var l = 0u; l < LANES; l++) {
    let both = partial[i][j / 4u * LANES + l];
    sum += vec2<f32>(both[0][j % 4u], both[1][j % 4u]);
  }
  finish(row + i, first + j, sum.x, sum.y);
}

@compute @workgroup_size(16)
fn narrow(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let row = params.first_y + group.y;
  let n = ((params.first_x + group.x) * 16u + index) * 4u;
  if (n >= params.columns) {
    return;
  }
  let steps = params.width / (4u * STEP);
  let row_steps = params.stride_x / (4u * STEP);
  let inside = n + vec4<u32>(0u, 1u, 2u, 3u);
  let c = inside * steps;
  var gate = branch(0u, params.first_column + inside, row, 0u, 1u);
  var linear = branch(1u, params.first_column + inside, row, 0u, 1u);
  for (var k = 0u; k < steps; k++) {
    gate += dots(0u, c + k, row * row_steps + k);
    linear += dots(1u, c + k, row * row_steps + k);
  }
  for (var i = 0u; i < 4u; i++) {
    finish(row, n + i, gate[i], linear[i]);
  }
}
