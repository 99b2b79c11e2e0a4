// Causal attention over a packed stream, with window, shared key/value heads and a learned sink, by online softmax:
//   s_ij = scale q_i.k_j for max(doc_start[i], i - window + 1) <= j <= i;  L_i = log(sum_j exp s_ij + exp sink_h);  y_i = sum_j exp(s_ij - L_i) v_j
//   q [T, H*D], k, v [T, G*D], sinks [H], doc_start [T] (never falling) -> y [T, H*D], lse [T, H] = L
// The H/G query heads of one key/value head make a matrix of T*H/G rows, row = token*H/G + head. An invocation owns 4 rows and 32 of their D
// columns (longer heads score again per 32) and walks the visible keys 4 at a time: 4x4 matrices all through, no barrier, no workgroup memory.
// Neighbouring invocations are heads of the same tokens, so they walk the same keys. Dispatch ceil(T*H/G / 4) * G * ceil(D / 32) invocations.

struct Params {
  tokens: u32,
  kv_heads: u32, // G
  heads_per_kv: u32, // H / G
  quads: u32, // D / 4
  window: u32,
  scale: f32,
  sinks: u32, // 0: no sinks; the binding is a stand-in
  first_x: u32, // workgroups before this launch's own: see graph/cut.ts
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> q: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> k: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> sinks: array<f32>;
@group(0) @binding(5) var<storage, read> doc_start: array<u32>;
@group(0) @binding(6) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> lse: array<f32>;

const LOWEST = -3e38;

fn first_of(token: u32) -> u32 {
  return first_key(token, doc_start[token]);
}

/// Scaled scores of four rows (columns) and four keys, the lowest number where a row does not see the key.
fn masked(s: mat4x4<f32>, key: vec4<u32>, first: vec4<u32>, token: vec4<u32>) -> mat4x4<f32> {
  let none = vec4<f32>(LOWEST);
  return mat4x4<f32>(
    select(none, s[0] * params.scale, visible(key, first.x, token.x)),
    select(none, s[1] * params.scale, visible(key, first.y, token.y)),
    select(none, s[2] * params.scale, visible(key, first.z, token.z)),
    select(none, s[3] * params.scale, visible(key, first.w, token.w)),
  );
}

fn highest(s: mat4x4<f32>) -> vec4<f32> {
  let t = transpose(s);
  return max(max(t[0], t[1]), max(t[2], t[3]));
}

fn weights(s: mat4x4<f32>, top: vec4<f32>) -> mat4x4<f32> {
  return mat4x4<f32>(exp(s[0] - top.x), exp(s[1] - top.y), exp(s[2] - top.z), exp(s[3] - top.w));
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

  var peak = vec4<f32>(LOWEST);
  var total = vec4<f32>(0.0);
  if (params.sinks != 0u) {
    let head = kv * params.heads_per_kv + row - token * params.heads_per_kv;
    peak = vec4<f32>(sinks[head.x], sinks[head.y], sinks[head.z], sinks[head.w]);
    total = vec4<f32>(1.0);
  }
  var acc: array<mat4x4<f32>, CHUNK>; // by quad of columns; one column of each matrix a row
  for (var j = first.x; j <= token.w; j += 4u) {
    let key_at = (min(j + NEXT, token.wwww) * params.kv_heads + kv) * params.quads;
    var s = mat4x4<f32>(); // one column a row, one row a key
    for (var d = 0u; d < params.quads; d++) {
      s += transpose(keys(key_at + d)) * queries(at * params.quads + d);
    }
    s = masked(s, j + NEXT, first, token);
    let top = max(peak, highest(s));
    let fade = exp(peak - top);
    peak = top;
    // A row that has seen nothing yet and has no sink weighs unseen keys by 1; its fade is 0 as soon as it sees one.
    let p = weights(s, top);
    total = total * fade + vec4<f32>(1.0) * p;
    for (var n = 0u; n < width; n++) {
      let old = acc[n];
      let faded = mat4x4<f32>(old[0] * fade.x, old[1] * fade.y, old[2] * fade.z, old[3] * fade.w);
      acc[n] = faded + values(key_at + column + n) * p;
    }
  }

  for (var i = 0u; i < min(4u, rows - start); i++) {
    for (var n = 0u; n < width; n++) {
      y[at[i] * params.quads + column + n] = acc[n][i] / total[i];
    }
    if (column == 0u) {
      lse[at[i]] = peak[i] + log(total[i]);
    }
  }
}
