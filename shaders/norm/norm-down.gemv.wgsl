// RMSNorm and LoRA's ways down behind it, of a few rows in one launch: z = [n | n Aq^T | n Ak^T | n Av^T | bq bk bv], n = norm(x) (formula:
// rms-norm.forward). Up to three layers that read the same input; a rank of 0: no branch. The biases go along to where they are added (qkv-branches).
//   x [T, C], weight [C], A [R, C] each from a quad of `down` on, biases or none -> z [T, stride], its last values 0; C and ranks multiples of 4.
// `keeps` says whether a row keeps a quad of a branch (all-ranks, own-ranks).
// The sum of squares comes out of the same pass as the products, which are scaled at the end. Each workgroup of a row writes its share of the rest.
// main: 16 lanes share the width of four rows of A, four such groups a workgroup; dispatch [ceil(ranks / 16), T, 1].
// narrow: four rows of A an invocation and no barrier, for narrow rows; dispatch [ceil(ranks / 64), T, 1].

struct Params {
  quads: u32, // C / 4
  stride: u32, // of z, in quads, like all below
  q_rank: u32,
  k_rank: u32,
  v_rank: u32,
  q_down_at: u32,
  k_down_at: u32,
  v_down_at: u32,
  q_biases: u32, // 0: no biases
  kv_biases: u32,
  eps: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> down: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> q_bias: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> k_bias: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read> v_bias: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> z: array<vec4<f32>>;

const LANES = 16u;
var<workgroup> partial: array<mat2x4<f32>, 64>; // products, squares

// The first quad of row 4 * quad of all A together.
fn row_of(quad: u32) -> u32 {
  if (quad < params.q_rank) {
    return params.q_down_at + 4u * quad * params.quads;
  }
  if (quad < params.q_rank + params.k_rank) {
    return params.k_down_at + 4u * (quad - params.q_rank) * params.quads;
  }
  return params.v_down_at + 4u * (quad - params.q_rank - params.k_rank) * params.quads;
}

// Products with the same rows of A, where the row of x keeps them.
fn kept(row: u32, quad: u32, products: vec4<f32>) -> vec4<f32> {
  let past_q = quad >= params.q_rank;
  let past_k = quad >= params.q_rank + params.k_rank;
  let before = select(0u, params.q_rank, past_q) + select(0u, params.k_rank, past_k);
  return select(vec4<f32>(), products, keeps(row, u32(past_q) + u32(past_k), quad - before));
}

// Products with four rows of A from quad `a` on, and squares, over every `lanes`-th quad of a row of x.
fn sums(row: u32, a: u32, lane: u32, lanes: u32) -> mat2x4<f32> {
  var products = vec4<f32>();
  var squares = vec4<f32>();
  let c = a + vec4<u32>(0u, 1u, 2u, 3u) * params.quads;
  for (var k = lane; k < params.quads; k += lanes) {
    let v = x[row * params.quads + k];
    squares += v * v;
    products += (v * weight[k]) * mat4x4<f32>(down[c.x + k], down[c.y + k], down[c.z + k], down[c.w + k]);
  }
  return mat2x4<f32>(products, squares);
}

fn factor(squares: vec4<f32>) -> f32 {
  return inverseSqrt(dot(squares, vec4<f32>(1.0)) / f32(4u * params.quads) + params.eps);
}

fn bias4(i: u32) -> vec4<f32> {
  if (i < params.q_biases) {
    return q_bias[i];
  }
  let past = i - params.q_biases;
  if (past < params.kv_biases) {
    return k_bias[past];
  }
  if (past < 2u * params.kv_biases) {
    return v_bias[past - params.kv_biases];
  }
  return vec4<f32>();
}

// The normed row, the biases and what fills the row, every `step`-th quad.
fn write_rest(row: u32, scale: f32, first: u32, step: u32) {
  for (var i = first; i < params.quads; i += step) {
    z[row * params.stride + i] = x[row * params.quads + i] * scale * weight[i];
  }
  let tail = params.quads + params.q_rank + params.k_rank + params.v_rank;
  for (var i = first; i < params.stride - tail; i += step) {
    z[row * params.stride + tail + i] = bias4(i);
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let row = group.y;
  let ranks = params.q_rank + params.k_rank + params.v_rank;
  let quad = min(group.x * 4u + index / LANES, ranks - 1u);
  partial[index] = sums(row, row_of(quad), index % LANES, LANES);
  workgroupBarrier();
  var squares = vec4<f32>();
  for (var l = 0u; l < LANES; l++) {
    squares += partial[l][1];
  }
  let scale = factor(squares);
  write_rest(row, scale, group.x * 64u + index, groups.x * 64u);
  let own = group.x * 4u + index;
  if (index >= 4u || own >= ranks) {
    return;
  }
  var products = vec4<f32>();
  for (var l = 0u; l < LANES; l++) {
    products += partial[index * LANES + l][0];
  }
  z[row * params.stride + params.quads + own] = kept(row, own, products * scale);
}

@compute @workgroup_size(16)
fn narrow(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let row = group.y;
  let quad = group.x * 16u + index;
  let ranks = params.q_rank + params.k_rank + params.v_rank;
  if (quad >= ranks) {
    return;
  }
  let both = sums(row, row_of(quad), 0u, 1u);
  let scale = factor(both[1]);
  z[row * params.stride + params.quads + quad] = kept(row, quad, both[0] * scale);
  write_rest(row, scale, quad, ranks);
}
