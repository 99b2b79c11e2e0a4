// Gradients of attention to keys and values; notation and ds as derived in attention.backward-query.
//   dv_j = sum_i P_ij dy_i;  dk_j = scale sum_i ds_ij q_i, over i in [j, min(doc_end[j], j + window)) and the query heads of j's group.
//   q, dy [T, H*D], k, v [T, G*D], doc_end [T] (one past the document, never falling), stats [T, H, 2] -> dk, dv [T, G*D], written whole.
// A workgroup owns 32 keys of one head and walks the rows of T*GROUP that see them, 32 at a time: sums in fixed order, no atomics.
// Lane (r, c) of 8 x 8 scores keys 4r.. against rows 4c.., then adds to keys 4r.. at vec4 columns c, c+8, ...
// Dispatch ceil(T / 32) * G workgroups, folded; D is a multiple of 4 up to 128.

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
@group(0) @binding(4) var<storage, read> doc_end: array<u32>;
@group(0) @binding(5) var<storage, read> stats: array<vec2<f32>>;
@group(0) @binding(6) var<storage, read> dy: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> dk: array<vec4<f32>>;
@group(0) @binding(8) var<storage, read_write> dv: array<vec4<f32>>;

const MAX_COLUMNS = 4u; // of 32 values: D <= 128
var<workgroup> p: array<vec4<f32>, 256>; // [key][row quad]
var<workgroup> ds: array<vec4<f32>, 256>;

/// One past the last token that sees this key.
fn end_visible(key: u32) -> u32 {
  return min(min(doc_end[key], params.tokens), key + min(params.window, params.tokens));
}

/// Of a row of T*GROUP, its row of [T, H].
fn locate(row: vec4<u32>, kv: u32) -> vec4<u32> {
  return (row / GROUP * params.kv_heads + kv) * GROUP + row % GROUP;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let index = group.y * groups.x + group.x;
  let tile = index / params.kv_heads * 32u;
  let kv = index % params.kv_heads;
  if (tile >= params.tokens) {
    return;
  }
  let r = lane / 8u;
  let c = lane % 8u;
  let key = vec4<u32>(tile + r * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
  let held = min(key, vec4<u32>(params.tokens - 1u));
  let kb = (held * params.kv_heads + kv) * QUADS;
  let end = vec4<u32>(end_visible(held.x), end_visible(held.y), end_visible(held.z), end_visible(held.w));
  let rows = end_visible(min(tile + 31u, params.tokens - 1u)) * GROUP;

  var acc_k: array<vec4<f32>, 4u * MAX_COLUMNS>;
  var acc_v: array<vec4<f32>, 4u * MAX_COLUMNS>;
  for (var start = tile * GROUP; start < rows; start += 32u) {
    let row = vec4<u32>(start + c * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
    let token = row / GROUP;
    let at = locate(min(row, vec4<u32>(rows - 1u)), kv);
    var s = mat4x4<f32>(); // one column a key
    var dp = mat4x4<f32>();
    for (var d = 0u; d < QUADS; d++) {
      let queries = mat4x4<f32>(q[at.x * QUADS + d], q[at.y * QUADS + d], q[at.z * QUADS + d], q[at.w * QUADS + d]);
      s += mat4x4<f32>(k[kb.x + d] * queries, k[kb.y + d] * queries, k[kb.z + d] * queries, k[kb.w + d] * queries);
      let pulls = mat4x4<f32>(dy[at.x * QUADS + d], dy[at.y * QUADS + d], dy[at.z * QUADS + d], dy[at.w * QUADS + d]);
      dp += mat4x4<f32>(v[kb.x + d] * pulls, v[kb.y + d] * pulls, v[kb.z + d] * pulls, v[kb.w + d] * pulls);
    }
    let stat = mat4x2<f32>(stats[at.x], stats[at.y], stats[at.z], stats[at.w]);
    let lse = vec2<f32>(1.0, 0.0) * stat;
    let delta = vec2<f32>(0.0, 1.0) * stat;
    for (var i = 0u; i < 4u; i++) {
      let seen = (token >= vec4<u32>(key[i])) & (token < vec4<u32>(end[i])) & (row < vec4<u32>(rows));
      let weight = select(vec4<f32>(0.0), exp(s[i] * params.scale - lse), seen);
      p[(r * 4u + i) * 8u + c] = weight;
      ds[(r * 4u + i) * 8u + c] = weight * (dp[i] - delta) * params.scale;
    }
    workgroupBarrier();
    for (var n = 0u; n * 8u + c < QUADS; n++) {
      var k0 = acc_k[n * 4u];
      var k1 = acc_k[n * 4u + 1u];
      var k2 = acc_k[n * 4u + 2u];
      var k3 = acc_k[n * 4u + 3u];
      var v0 = acc_v[n * 4u];
      var v1 = acc_v[n * 4u + 1u];
      var v2 = acc_v[n * 4u + 2u];
      var v3 = acc_v[n * 4u + 3u];
      for (var quad = 0u; quad < 8u && start + quad * 4u < rows; quad++) {
        let i = vec4<u32>(start + quad * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
        let b = locate(min(i, vec4<u32>(rows - 1u)), kv) * QUADS + n * 8u + c;
        let weighed = r * 32u + quad;
        let queries = mat4x4<f32>(q[b.x], q[b.y], q[b.z], q[b.w]);
        k0 += queries * ds[weighed];
        k1 += queries * ds[weighed + 8u];
        k2 += queries * ds[weighed + 16u];
        k3 += queries * ds[weighed + 24u];
        let pulls = mat4x4<f32>(dy[b.x], dy[b.y], dy[b.z], dy[b.w]);
        v0 += pulls * p[weighed];
        v1 += pulls * p[weighed + 8u];
        v2 += pulls * p[weighed + 16u];
        v3 += pulls * p[weighed + 24u];
      }
      acc_k[n * 4u] = k0;
      acc_k[n * 4u + 1u] = k1;
      acc_k[n * 4u + 2u] = k2;
      acc_k[n * 4u + 3u] = k3;
      acc_v[n * 4u] = v0;
      acc_v[n * 4u + 1u] = v1;
      acc_v[n * 4u + 2u] = v2;
      acc_v[n * 4u + 3u] = v3;
    }
    workgroupBarrier();
  }

  let mine = min(4u, params.tokens - min(params.tokens, tile + r * 4u));
  for (var i = 0u; i < mine; i++) {
    for (var n = 0u; n * 8u + c < QUADS; n++) {
      dk[kb[i] + n * 8u + c] = acc_k[n * 4u + i];
      dv[kb[i] + n * 8u + c] = acc_v[n * 4u + i];
    }
  }
}
