// Gradient of attention to the queries.
//   P_ij = exp(scale q_i.k_j - lse_i) (the sink is inside lse), y_i = sum_j P_ij v_j, so dP_ij = dy_i . v_j.
//   dP_ij/ds_in = P_ij (1[j=n] - P_in), so ds_ij = P_ij (dP_ij - sum_n P_in dP_in) = P_ij (dP_ij - delta_i), delta_i = dy_i . y_i;
//   the sink's column has no value row, so it enters only through lse. dq_i = scale sum_j ds_ij k_j.
//   q, dy [T, H*D], k, v [T, G*D], doc_start [T], stats [T, H, 2] = (lse, delta) -> dq [T, H*D], written whole.
// Tiles, lanes and dispatch as in the forward: 32 rows of T*GROUP a workgroup, their visible keys 32 at a time.

struct Params {
  tokens: u32,
  kv_heads: u32,
  window: u32,
  scale: f32,
}

override QUADS: u32; // D / 4
override GROUP: u32;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> q: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> k: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> doc_start: array<u32>;
@group(0) @binding(5) var<storage, read> stats: array<vec2<f32>>;
@group(0) @binding(6) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> dq: array<vec4<f32>>;

const MAX_COLUMNS = 4u; // of 32 values: D <= 128
var<workgroup> ds: array<vec4<f32>, 256>; // [row][key quad]

fn first_visible(token: u32) -> u32 {
  return max(doc_start[token], token + 1u - min(token + 1u, params.window));
}

/// scale * ds of one row and four keys.
fn slope(score: vec4<f32>, dp: vec4<f32>, stat: vec2<f32>, key: vec4<u32>, first: u32, token: u32) -> vec4<f32> {
  let p = exp(score * params.scale - stat.x);
  return select(vec4<f32>(0.0), p * (dp - stat.y) * params.scale, (key >= vec4<u32>(first)) & (key <= vec4<u32>(token)));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let rows = params.tokens * GROUP;
  let index = group.y * groups.x + group.x;
  let tile = index / params.kv_heads * 32u;
  let kv = index % params.kv_heads;
  if (tile >= rows) {
    return;
  }
  let r = lane / 8u;
  let c = lane % 8u;
  let row = min(vec4<u32>(tile + r * 4u) + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(rows - 1u));
  let token = row / GROUP;
  let at = (token * params.kv_heads + kv) * GROUP + row % GROUP; // in [T, H]
  let first = vec4<u32>(first_visible(token.x), first_visible(token.y), first_visible(token.z), first_visible(token.w));
  let last = min(tile + 31u, rows - 1u) / GROUP;
  let stride = params.kv_heads * QUADS;

  var acc: array<vec4<f32>, 4u * MAX_COLUMNS>;
  for (var start = first_visible(tile / GROUP); start <= last; start += 32u) {
    let key = vec4<u32>(start + c * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
    let kb = (min(key, vec4<u32>(last)) * params.kv_heads + kv) * QUADS;
    var s0 = vec4<f32>(0.0);
    var s1 = vec4<f32>(0.0);
    var s2 = vec4<f32>(0.0);
    var s3 = vec4<f32>(0.0);
    var dp0 = vec4<f32>(0.0);
    var dp1 = vec4<f32>(0.0);
    var dp2 = vec4<f32>(0.0);
    var dp3 = vec4<f32>(0.0);
    for (var d = 0u; d < QUADS; d++) {
      let keys = mat4x4<f32>(k[kb.x + d], k[kb.y + d], k[kb.z + d], k[kb.w + d]);
      s0 += q[at.x * QUADS + d] * keys;
      s1 += q[at.y * QUADS + d] * keys;
      s2 += q[at.z * QUADS + d] * keys;
      s3 += q[at.w * QUADS + d] * keys;
      let values = mat4x4<f32>(v[kb.x + d], v[kb.y + d], v[kb.z + d], v[kb.w + d]);
      dp0 += dy[at.x * QUADS + d] * values;
      dp1 += dy[at.y * QUADS + d] * values;
      dp2 += dy[at.z * QUADS + d] * values;
      dp3 += dy[at.w * QUADS + d] * values;
    }
    let to = r * 32u + c;
    ds[to] = slope(s0, dp0, stats[at.x], key, first.x, token.x);
    ds[to + 8u] = slope(s1, dp1, stats[at.y], key, first.y, token.y);
    ds[to + 16u] = slope(s2, dp2, stats[at.z], key, first.z, token.z);
    ds[to + 24u] = slope(s3, dp3, stats[at.w], key, first.w, token.w);
    workgroupBarrier();
    for (var n = 0u; n * 8u + c < QUADS; n++) {
      var d0 = acc[n * 4u];
      var d1 = acc[n * 4u + 1u];
      var d2 = acc[n * 4u + 2u];
      var d3 = acc[n * 4u + 3u];
      for (var quad = 0u; quad < 8u && start + quad * 4u <= last; quad++) {
        let j = vec4<u32>(start + quad * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
        let b = min(j, vec4<u32>(last)) * stride + kv * QUADS + n * 8u + c;
        let keys = mat4x4<f32>(k[b.x], k[b.y], k[b.z], k[b.w]);
        d0 += keys * ds[r * 32u + quad];
        d1 += keys * ds[r * 32u + 8u + quad];
        d2 += keys * ds[r * 32u + 16u + quad];
        d3 += keys * ds[r * 32u + 24u + quad];
      }
      acc[n * 4u] = d0;
      acc[n * 4u + 1u] = d1;
      acc[n * 4u + 2u] = d2;
      acc[n * 4u + 3u] = d3;
    }
    workgroupBarrier();
  }

  let mine = min(4u, rows - min(rows, tile + r * 4u));
  for (var i = 0u; i < mine; i++) {
    for (var n = 0u; n * 8u + c < QUADS; n++) {
      dq[at[i] * QUADS + n * 8u + c] = acc[n * 4u + i];
    }
  }
}
