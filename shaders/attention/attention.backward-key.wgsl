// Gradients of attention to keys and values; notation and ds as derived in attention.backward-query.
//   dv_j = sum_i P_ij dy_i;  dk_j = scale sum_i ds_ij q_i, over i in [j, min(doc_end[j], j + window)) and the query heads of j's group.
//   q, dy [T, H*D], k, v [T, G*D], doc_end [T] (one past the document, never falling), stats [T, H, 2] -> dk, dv [T, G*D], written whole.
// An invocation owns 4 keys of one head and 32 of its D columns and walks the rows of T*H/G (see the forward) that see them, 4 at a time:
// sums in fixed order, no atomics. Dispatch ceil(T/4) * G * ceil(D / 32) invocations.

struct Params {
  tokens: u32,
  kv_heads: u32, // G
  heads_per_kv: u32, // H / G
  quads: u32, // D / 4
  window: u32,
  scale: f32,
  first_x: u32, // workgroups before this launch's own: see graph/cut.ts
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> q: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> k: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> doc_end: array<u32>;
@group(0) @binding(5) var<storage, read> stats: array<vec2<f32>>;
@group(0) @binding(6) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> dk: array<vec4<f32>>;
@group(0) @binding(8) var<storage, read_write> dv: array<vec4<f32>>;

fn last_of(key: u32) -> u32 {
  return last_token(key, doc_end[key]);
}

fn pulls(at: vec4<u32>) -> mat4x4<f32> {
  return mat4x4<f32>(dy[at.x], dy[at.y], dy[at.z], dy[at.w]);
}

/// Of four rows, lse and delta.
fn stats_of(at: vec4<u32>) -> mat2x4<f32> {
  return transpose(mat4x2<f32>(stats[at.x], stats[at.y], stats[at.z], stats[at.w]));
}

/// Weights of four keys (columns) for four rows.
fn weights(s: mat4x4<f32>, lse: vec4<f32>, token: vec4<u32>, key: vec4<u32>, last: vec4<u32>) -> mat4x4<f32> {
  let none = vec4<f32>(0.0);
  return mat4x4<f32>(
    select(none, exp(s[0] * params.scale - lse), visible(token, key.x, last.x)),
    select(none, exp(s[1] * params.scale - lse), visible(token, key.y, last.y)),
    select(none, exp(s[2] * params.scale - lse), visible(token, key.z, last.z)),
    select(none, exp(s[3] * params.scale - lse), visible(token, key.w, last.w)),
  );
}

fn slopes(p: mat4x4<f32>, dp: mat4x4<f32>, delta: vec4<f32>) -> mat4x4<f32> {
  return params.scale * mat4x4<f32>(p[0] * (dp[0] - delta), p[1] * (dp[1] - delta), p[2] * (dp[2] - delta), p[3] * (dp[3] - delta));
}

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let index = (params.first_x + group.y * groups.x + group.x) * SIZE + lane;
  let chunks = (params.quads + CHUNK - 1u) / CHUNK;
  let column = index % chunks * CHUNK;
  let width = min(CHUNK, params.quads - column);
  let kv = index / chunks % params.kv_heads;
  let start = index / chunks / params.kv_heads * 4u;
  if (start >= params.tokens) {
    return;
  }
  let key = min(start + NEXT, vec4<u32>(params.tokens - 1u));
  let key_at = (key * params.kv_heads + kv) * params.quads;
  let last = vec4<u32>(last_of(key.x), last_of(key.y), last_of(key.z), last_of(key.w));
  let rows = (last.w + 1u) * params.heads_per_kv;

  var acc_k: array<mat4x4<f32>, CHUNK>; // by quad of columns; one column of each matrix a key
  var acc_v: array<mat4x4<f32>, CHUNK>;
  for (var i = start * params.heads_per_kv; i < rows; i += 4u) {
    let row = i + NEXT;
    let token = row / params.heads_per_kv; // beyond the last row no key is seen
    let within = (token * params.kv_heads + kv) * params.heads_per_kv + row - token * params.heads_per_kv; // in [T, H]
    let at = min(within, vec4<u32>(params.tokens * params.kv_heads * params.heads_per_kv - 1u));
    let row_at = at * params.quads;
    var s = mat4x4<f32>(); // one column a key, one row a row
    var dp = mat4x4<f32>();
    for (var d = 0u; d < params.quads; d++) {
      s += transpose(queries(row_at + d)) * keys(key_at + d);
      dp += transpose(pulls(row_at + d)) * values(key_at + d);
    }
    let stat = stats_of(at);
    let p = weights(s, stat[0], token, key, last);
    let ds = slopes(p, dp, stat[1]);
    for (var n = 0u; n < width; n++) {
      acc_k[n] += queries(row_at + column + n) * ds;
      acc_v[n] += pulls(row_at + column + n) * p;
    }
  }

  for (var i = 0u; i < min(4u, params.tokens - start); i++) {
    for (var n = 0u; n < width; n++) {
      dk[key_at[i] + column + n] = acc_k[n][i];
      dv[key_at[i] + column + n] = acc_v[n][i];
    }
  }
}
