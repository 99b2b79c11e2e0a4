// Gradient of attention to the queries.
//   P_ij = exp(scale q_i.k_j - lse_i) (the sink is inside lse), y_i = sum_j P_ij v_j, so dP_ij = dy_i . v_j.
//   dP_ij/ds_in = P_ij (1[j=n] - P_in), so ds_ij = P_ij (dP_ij - sum_n P_in dP_in) = P_ij (dP_ij - delta_i), delta_i = dy_i . y_i;
//   the sink's column has no value row, so it enters only through lse. dq_i = scale sum_j ds_ij k_j.
//   q, dy [T, H*D], k, v [T, G*D], doc_start [T], stats [T, H, 2] = (lse, delta) -> dq [T, H*D], written whole.
// Rows, columns, walk and dispatch as in the forward.

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
@group(0) @binding(4) var<storage, read> doc_start: array<u32>;
@group(0) @binding(5) var<storage, read> stats: array<vec2<f32>>;
@group(0) @binding(6) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> dq: array<vec4<f32>>;

fn first_of(token: u32) -> u32 {
  return first_key(token, doc_start[token]);
}

fn pulls(at: vec4<u32>) -> mat4x4<f32> {
  return mat4x4<f32>(dy[at.x], dy[at.y], dy[at.z], dy[at.w]);
}

/// scale * ds of one row and four keys.
fn slope(s: vec4<f32>, dp: vec4<f32>, stat: vec2<f32>, key: vec4<u32>, first: u32, token: u32) -> vec4<f32> {
  let ds = exp(s * params.scale - stat.x) * (dp - stat.y) * params.scale;
  return select(vec4<f32>(0.0), ds, visible(key, first, token));
}

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let index = (params.first_x + group.y * groups.x + group.x) * SIZE + lane;
  let chunks = (params.quads + CHUNK - 1u) / CHUNK;
  let column = index % chunks * CHUNK;
  let width = min(CHUNK, params.quads - column);
  let kv = index / chunks % params.kv_heads;
  let start = index / chunks / params.kv_heads * 4u;
  let rows = params.tokens * params.heads_per_kv;
  if (start >= rows) {
    return;
  }
  let row = min(start + NEXT, vec4<u32>(rows - 1u));
  let token = row / params.heads_per_kv;
  let at = (token * params.kv_heads + kv) * params.heads_per_kv + row - token * params.heads_per_kv; // in [T, H]
  let first = vec4<u32>(first_of(token.x), first_of(token.y), first_of(token.z), first_of(token.w));
  let stat = mat4x2<f32>(stats[at.x], stats[at.y], stats[at.z], stats[at.w]);

  var acc: array<mat4x4<f32>, CHUNK>; // by quad of columns; one column of each matrix a row
  for (var j = first.x; j <= token.w; j += 4u) {
    let key_at = (min(j + NEXT, token.wwww) * params.kv_heads + kv) * params.quads;
    var s = mat4x4<f32>(); // one column a row, one row a key
    var dp = mat4x4<f32>();
    for (var d = 0u; d < params.quads; d++) {
      s += transpose(keys(key_at + d)) * queries(at * params.quads + d);
      dp += transpose(values(key_at + d)) * pulls(at * params.quads + d);
    }
    let ds = mat4x4<f32>(
      slope(s[0], dp[0], stat[0], j + NEXT, first.x, token.x),
      slope(s[1], dp[1], stat[1], j + NEXT, first.y, token.y),
      slope(s[2], dp[2], stat[2], j + NEXT, first.z, token.z),
      slope(s[3], dp[3], stat[3], j + NEXT, first.w, token.w),
    );
    for (var n = 0u; n < width; n++) {
      acc[n] += keys(key_at + column + n) * ds;
    }
  }

  for (var i = 0u; i < min(4u, rows - start); i++) {
    for (var n = 0u; n < width; n++) {
      dq[at[i] * params.quads + column + n] = acc[n][i];
    }
  }
}
