// A few slots through matrices of their experts: y[s] = W_e x[row(s)], e = experts[s], row(s) = s / per_row (LoRA's A, in front of expert-swiglu and
// expert-sum).
// `keeps` says whether a token keeps four columns or has 0 there (all-ranks, own-ranks).
//   x [S / per_row, C], W [E, N, C], experts [S] -> y [S, N]; C is whole steps. main: lanes as in linear.gemv; dispatch [ceil(N / 16), S, 1].
// narrow: four columns an invocation and no barrier, for narrow matrices; dispatch [ceil(N / 64), S, 1].

struct Params {
  width: u32, // C
  columns: u32, // N
  per_row: u32, // slots that read the same row of x
  per_token: u32, // K
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> experts: array<u32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;

const LANES = 16u;
const COLUMNS = 16u;
var<workgroup> partial: array<vec4<f32>, 64>;

fn input4(quad: u32) -> vec4<f32> {
  return x[quad];
}

// Sums of four columns of a slot, of every `lanes`-th step from `lane` on; columns past the end are the last.
fn sums(slot: u32, column: u32, lane: u32, lanes: u32) -> vec4<f32> {
  let steps = params.width / (4u * STEP);
  let columns = min(column + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(params.columns - 1u));
  let c = (experts[slot] * params.columns + columns) * steps;
  let row = slot / params.per_row * steps;
  var sum = vec4<f32>();
  for (var k = lane; k < steps; k += lanes) {
    sum += dots(0u, c + k, row + k);
  }
  return sum;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let slot = group.y;
  let first = group.x * COLUMNS;
  partial[index] = sums(slot, first + index / LANES * 4u, index % LANES, LANES);
  workgroupBarrier();
  let n = first + index;
  if (index >= COLUMNS || n >= params.columns) {
    return;
  }
  var v = 0.0;
  for (var l = 0u; l < LANES; l++) {
    v += partial[index / 4u * LANES + l][index % 4u];
  }
  y[slot * params.columns + n] = select(0.0, v, keeps(slot / params.per_token, 0u, n / 4u));
}

@compute @workgroup_size(16)
fn narrow(@builtin(global_invocation_id) id: vec3<u32>) {
  let sum = sums(id.y, 4u * id.x, 0u, 1u);
  let kept = keeps(id.y / params.per_token, 0u, id.x);
  for (var i = 0u; i < 4u && 4u * id.x + i < params.columns; i++) {
    y[id.y * params.columns + 4u * id.x + i] = select(0.0, sum[i], kept);
  }
}
