// Causal attention over a packed stream, with window, shared key/value heads and a learned sink, by online softmax:
//   s_ij = scale q_i.k_j for max(doc_start[i], i - window + 1) <= j <= i;  L_i = log(sum_j exp s_ij + exp sink_h);  y_i = sum_j exp(s_ij - L_i) v_j
//   q [T, H*D], k, v [T, G*D], sinks [H], doc_start [T] (never falling) -> y [T, H*D], lse [T, H] = L
// The GROUP = H/G query heads of one key/value head make one matrix of T*GROUP rows, row = token*GROUP + head; a workgroup owns 32 of them.
// It walks their visible keys 32 at a time, so longer than one tile nothing is kept. Lane (r, c) of 8 x 8 scores rows 4r.. against keys 4c..,
// then adds to output rows 4r.. at vec4 columns c, c+8, ...  Dispatch ceil(T*GROUP / 32) * G workgroups, folded; D is a multiple of 4 up to 128.

struct Params {
  tokens: u32,
  kv_heads: u32,
  window: u32,
  scale: f32,
  sinks: u32, // 0: no sinks; the binding is a stand-in
}

override QUADS: u32; // D / 4
override GROUP: u32;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> q: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> k: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> v: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> sinks: array<f32>;
@group(0) @binding(5) var<storage, read> doc_start: array<u32>;
@group(0) @binding(6) var<storage, read_write> y: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> lse: array<f32>;

const LOWEST = -3e38;
const MAX_COLUMNS = 4u; // of 32 values: D <= 128
var<workgroup> weights: array<vec4<f32>, 256>; // [row][key quad]
var<workgroup> shared4: array<vec4<f32>, 64>; // [row quad][lane column], one component a row

fn first_visible(token: u32) -> u32 {
  return max(doc_start[token], token + 1u - min(token + 1u, params.window));
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
  var sink = vec4<f32>(LOWEST);
  if (params.sinks != 0u) {
    let head = kv * GROUP + row % GROUP;
    sink = vec4<f32>(sinks[head.x], sinks[head.y], sinks[head.z], sinks[head.w]);
  }
  var peak = sink;
  var sum = vec4<f32>(0.0); // over this lane's keys
  for (var start = first_visible(tile / GROUP); start <= last; start += 32u) {
    let key = vec4<u32>(start + c * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
    let kb = (min(key, vec4<u32>(last)) * params.kv_heads + kv) * QUADS;
    var s0 = vec4<f32>(0.0);
    var s1 = vec4<f32>(0.0);
    var s2 = vec4<f32>(0.0);
    var s3 = vec4<f32>(0.0);
    for (var d = 0u; d < QUADS; d++) {
      let keys = mat4x4<f32>(k[kb.x + d], k[kb.y + d], k[kb.z + d], k[kb.w + d]);
      s0 += q[at.x * QUADS + d] * keys;
      s1 += q[at.y * QUADS + d] * keys;
      s2 += q[at.z * QUADS + d] * keys;
      s3 += q[at.w * QUADS + d] * keys;
    }
    let see0 = (key >= vec4<u32>(first.x)) & (key <= vec4<u32>(token.x));
    let see1 = (key >= vec4<u32>(first.y)) & (key <= vec4<u32>(token.y));
    let see2 = (key >= vec4<u32>(first.z)) & (key <= vec4<u32>(token.z));
    let see3 = (key >= vec4<u32>(first.w)) & (key <= vec4<u32>(token.w));
    s0 = select(vec4<f32>(LOWEST), s0 * params.scale, see0);
    s1 = select(vec4<f32>(LOWEST), s1 * params.scale, see1);
    s2 = select(vec4<f32>(LOWEST), s2 * params.scale, see2);
    s3 = select(vec4<f32>(LOWEST), s3 * params.scale, see3);
    let half0 = max(vec4<f32>(s0.x, s1.x, s2.x, s3.x), vec4<f32>(s0.y, s1.y, s2.y, s3.y));
    let half1 = max(vec4<f32>(s0.z, s1.z, s2.z, s3.z), vec4<f32>(s0.w, s1.w, s2.w, s3.w));
    shared4[lane] = max(half0, half1);
    workgroupBarrier();
    var top = peak;
    for (var n = 0u; n < 8u; n++) {
      top = max(top, shared4[r * 8u + n]);
    }
    let fade = exp(peak - top);
    peak = top;
    let p0 = select(vec4<f32>(0.0), exp(s0 - top.x), see0);
    let p1 = select(vec4<f32>(0.0), exp(s1 - top.y), see1);
    let p2 = select(vec4<f32>(0.0), exp(s2 - top.z), see2);
    let p3 = select(vec4<f32>(0.0), exp(s3 - top.w), see3);
    sum = sum * fade + vec4<f32>(1.0) * mat4x4<f32>(p0, p1, p2, p3);
    let to = r * 32u + c;
    weights[to] = p0;
    weights[to + 8u] = p1;
    weights[to + 16u] = p2;
    weights[to + 24u] = p3;
    workgroupBarrier();
    for (var n = 0u; n * 8u + c < QUADS; n++) {
      var y0 = acc[n * 4u] * fade.x;
      var y1 = acc[n * 4u + 1u] * fade.y;
      var y2 = acc[n * 4u + 2u] * fade.z;
      var y3 = acc[n * 4u + 3u] * fade.w;
      for (var quad = 0u; quad < 8u && start + quad * 4u <= last; quad++) {
        let j = vec4<u32>(start + quad * 4u) + vec4<u32>(0u, 1u, 2u, 3u);
        let vb = min(j, vec4<u32>(last)) * stride + kv * QUADS + n * 8u + c;
        let values = mat4x4<f32>(v[vb.x], v[vb.y], v[vb.z], v[vb.w]);
        y0 += values * weights[r * 32u + quad];
        y1 += values * weights[r * 32u + 8u + quad];
        y2 += values * weights[r * 32u + 16u + quad];
        y3 += values * weights[r * 32u + 24u + quad];
      }
      acc[n * 4u] = y0;
      acc[n * 4u + 1u] = y1;
      acc[n * 4u + 2u] = y2;
      acc[n * 4u + 3u] = y3;
    }
  }

  workgroupBarrier();
  shared4[lane] = sum;
  workgroupBarrier();
  var total = select(vec4<f32>(0.0), exp(sink - peak), vec4<bool>(params.sinks != 0u));
  for (var n = 0u; n < 8u; n++) {
    total += shared4[r * 8u + n];
  }
  let inverse = select(vec4<f32>(0.0), 1.0 / total, total > vec4<f32>(0.0)); // a row may see nothing
  let mine = min(4u, rows - min(rows, tile + r * 4u));
  for (var i = 0u; i < mine; i++) {
    for (var n = 0u; n * 8u + c < QUADS; n++) {
      y[at[i] * QUADS + n * 8u + c] = acc[n * 4u + i] * inverse[i];
    }
    if (c == 0u) {
      lse[at[i]] = peak[i] + log(total[i]);
    }
  }
}
