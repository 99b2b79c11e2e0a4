// LoRA's branches of queries, keys and values on top of the base: y = base + [sq hq Bq^T | sk hk Bk^T | sv hv Bv^T].
//   base [T, (H + 2G)*D], h [T, 3R] = x [Aq Ak Av]^T, Bq [H*D, R], Bk, Bv [G*D, R] -> y [T, (H + 2G)*D].
// One invocation a value; dispatch ceil(T * (H + 2G)*D / 64), folded.

struct Params {
  n: u32, // values of y
  q_columns: u32, // H*D
  kv_columns: u32, // G*D
  rank: u32, // R
  q_scale: f32,
  k_scale: f32,
  v_scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> base: array<f32>;
@group(0) @binding(2) var<storage, read> h: array<f32>;
@group(0) @binding(3) var<storage, read> q_up: array<f32>;
@group(0) @binding(4) var<storage, read> k_up: array<f32>;
@group(0) @binding(5) var<storage, read> v_up: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.n) {
    return;
  }
  let width = params.q_columns + 2u * params.kv_columns;
  let column = i % width;
  let at = i / width * 3u * params.rank;
  var sum = 0.0;
  if (column < params.q_columns) {
    for (var r = 0u; r < params.rank; r++) {
      sum += h[at + r] * q_up[column * params.rank + r];
    }
    sum *= params.q_scale;
  } else if (column < params.q_columns + params.kv_columns) {
    for (var r = 0u; r < params.rank; r++) {
      sum += h[at + params.rank + r] * k_up[(column - params.q_columns) * params.rank + r];
    }
    sum *= params.k_scale;
  } else {
    for (var r = 0u; r < params.rank; r++) {
      sum += h[at + 2u * params.rank + r] * v_up[(column - params.q_columns - params.kv_columns) * params.rank + r];
    }
    sum *= params.v_scale;
  }
  y[i] = base[i] + sum;
}
