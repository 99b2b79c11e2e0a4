// Queries, keys and values of a few rows in one launch: y = x [Wq Wk Wv]^T + [bq bk bv], and s h B^T of each where an adapter is (qkv-branches stands
// in front; without one no-branch and qkv-biases).
//   x [T, C], Wq [H*D, C], Wk, Wv [G*D, C], biases [H*D], [G*D], [G*D] -> y [T, (H + 2G)*D]; C is whole steps, H*D and G*D multiples of 4.
//   Rows of x are `stride` long, whole steps.
// main: lanes as in linear.gemv; a workgroup has 16 columns of one of the matrices; dispatch [ceil(H*D / 16) + 2 ceil(G*D / 16), ceil(T / ROWS), 1].
// narrow: four columns of a row an invocation and no barrier, for narrow matrices; dispatch [ceil((H + 2G)*D / 64), T, 1].

struct Params {
  rows: u32,
  width: u32, // C
  q_columns: u32, // H*D
  kv_columns: u32, // G*D
  has_bias: u32,
  stride: u32, // of x; C without an adapter
  q_rank: u32, // multiples of 4; 0: no branch
  k_rank: u32,
  v_rank: u32,
  q_up_at: u32, // the first quad of B
  k_up_at: u32,
  v_up_at: u32,
  q_scale: f32,
  k_scale: f32,
  v_scale: f32,
  first_x: u32, // workgroups before this launch's own: see graph/cut.ts
  first_y: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(4) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(8) var<storage, read_write> y: array<f32>;

override ROWS: u32 = 1u;
const LANES = 16u;
const COLUMNS = 16u;
var<workgroup> partial: array<array<vec4<f32>, 64>, ROWS>;

fn input4(quad: u32) -> vec4<f32> {
  return x[quad];
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let q_tiles = (params.q_columns + COLUMNS - 1u) / COLUMNS;
  let kv_tiles = (params.kv_columns + COLUMNS - 1u) / COLUMNS;
  var tile = params.first_x + group.x;
  var columns = params.q_columns;
  var base = 0u; // first column of this matrix in y
  var which = 0u;
  if (tile >= q_tiles) {
    let past = tile - q_tiles;
    which = 1u + past / kv_tiles;
    tile = past % kv_tiles;
    columns = params.kv_columns;
    base = params.q_columns + (which - 1u) * columns;
  }
  let first = tile * COLUMNS;
  let row = (params.first_y + group.y) * ROWS;
  let steps = params.width / (4u * STEP);
  let row_steps = params.stride / (4u * STEP);
  let lane = index % LANES;
  let column = vec4<u32>(first + index / LANES * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
  let inside = min(column, vec4<u32>(columns - 1u));
  let c = inside * steps;
  if (ROWS == 1u) {
    var sum = vec4<f32>();
    if (which == 0u) {
      for (var k = lane; k < steps; k += LANES) {
        sum += dots(0u, c + k, row * row_steps + k);
      }
    } else if (which == 1u) {
      for (var k = lane; k < steps; k += LANES) {
        sum += dots(1u, c + k, row * row_steps + k);
      }
    } else {
      for (var k = lane; k < steps; k += LANES) {
        sum += dots(2u, c + k, row * row_steps + k);
      }
    }
    partial[0][index] = sum + branch(which, inside, row, lane, LANES);
  } else {
    let four = min(vec4<u32>(row) + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(params.rows - 1u));
    let r = four * row_steps;
    var sums = mat4x4<f32>();
    if (which == 0u) {
      for (var k = lane; k < steps; k += LANES) {
        sums += dots4(0u, c + k, r + k);
      }
    } else if (which == 1u) {
      for (var k = lane; k < steps; k += LANES) {
        sums += dots4(1u, c + k, r + k);
      }
    } else {
      for (var k = lane; k < steps; k += LANES) {
        sums += dots4(2u, c + k, r + k);
      }
    }
    sums += branch4(which, inside, four, lane, LANES);
    for (var i = 0u; i < ROWS; i++) {
      partial[i][index] = sums[i];
    }
  }
  workgroupBarrier();
  let i = index / COLUMNS;
  let n = first + index % COLUMNS;
  if (i >= ROWS || row + i >= params.rows || n >= columns) {
    return;
  }
  var sum = 0.0;
  for (var l = 0u; l < LANES; l++) {
    sum += partial[i][index % COLUMNS / 4u * LANES + l][index % 4u];
  }
  y[(row + i) * (params.q_columns + 2u * params.kv_columns) + base + n] = sum + bias_of(row + i, which, n);
}

@compute @workgroup_size(16)
fn narrow(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let row = params.first_y + group.y;
  let all = params.q_columns + 2u * params.kv_columns;
  let column = ((params.first_x + group.x) * 16u + index) * 4u; // of all three
  if (column >= all) {
    return;
  }
  var which = 0u;
  var n = column;
  if (column >= params.q_columns) {
    which = 1u + (column - params.q_columns) / params.kv_columns;
    n = (column - params.q_columns) % params.kv_columns;
  }
  let steps = params.width / (4u * STEP);
  let row_steps = params.stride / (4u * STEP);
  let four = n + vec4<u32>(0u, 1u, 2u, 3u);
  let c = four * steps;
  var sum = branch(which, four, row, 0u, 1u);
  for (var k = 0u; k < steps; k++) {
    sum += dots(which, c + k, row * row_steps + k);
  }
  for (var i = 0u; i < 4u; i++) {
    y[row * all + column + i] = sum[i] + bias_of(row, which, n + i);
  }
}
