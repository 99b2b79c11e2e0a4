// Attention of one new token per row where heads are small and rows many: an invocation walks all keys of one row alone, since barriers would cost more
// than the sums (formulas, inputs and places as in attention-step.forward; files in front as there). It does so for HEADS heads of one key head, one or
// two: loading the keys is most of the time.
// The newest key is made by every head that needs it and never read from the cache; the first head of a group puts it there.
// The softmax is kept as it grows: with m' = max(m, s), sum' = sum e^(m - m') + e^(s - m'), likewise for the values.
// Dispatch ceil(B*H / (64 HEADS)), folded. D is a multiple of 4 and at most 64.

override HEADS: u32;

struct Params {
  rows: u32,
  heads: u32,
  kv_heads: u32,
  quads: u32, // D / 4
  capacity: u32, // most tokens of a row
  window: u32,
  scale: f32,
  sinks: u32, // 0: no sinks; the binding is a stand-in
  rotary: u32, // 0: nothing is rotated; the table is a stand-in
  eps: f32, // of the norms
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> qkv: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read> table: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> places: array<vec4<u32>>;
@group(0) @binding(5) var<storage, read_write> k_cache: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> v_cache: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> y: array<vec4<f32>>;

const MOST = 16u; // quads of a head

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  let head = i * HEADS % params.heads; // the first
  let row = i * HEADS / params.heads;
  if (row >= params.rows) {
    return;
  }
  let quads = params.quads;
  let out = i * HEADS * quads;
  let place = places[row];
  let end = min(place.x, params.capacity);
  if (end == 0u) {
    for (var d = 0u; d < HEADS * quads; d++) {
      y[out + d] = vec4<f32>();
    }
    return;
  }
  let each = params.heads / params.kv_heads;
  let kv = head / each;
  let width = params.kv_heads * quads; // of a cache line
  let fresh = row * (params.heads + 2u * params.kv_heads) * 2u * quads; // the row in qkv, in pairs
  let q = fresh + head * 2u * quads;
  let k = fresh + (params.heads + kv) * 2u * quads;
  let v = k + params.kv_heads * 2u * quads;
  let position = end - 1u;
  let newest = line_of(place, position) * width + kv * quads;

  var query: array<vec4<f32>, MOST>;
  var second: array<vec4<f32>, MOST>; // query of the second head
  var sum: array<vec4<f32>, MOST>;
  var other: array<vec4<f32>, MOST>; // sum of the second head
  var peak = vec2<f32>(); // of both heads
  for (var d = 0u; d < quads; d++) {
    query[d] = rotate4(q, d, position, false) * params.scale;
    let key = rotate4(k, d, position, true);
    let value = vec4<f32>(qkv[v + 2u * d], qkv[v + 2u * d + 1u]);
    peak.x += dot(query[d], key);
    sum[d] = value;
    if (HEADS == 2u) {
      second[d] = rotate4(q + 2u * quads, d, position, false) * params.scale;
      peak.y += dot(second[d], key);
      other[d] = value;
    }
    if (head % each == 0u) {
      k_cache[newest + d] = key;
      v_cache[newest + d] = value;
    }
  }
  var total = vec2<f32>(1.0); // the newest key's own
  for (var j = end - min(end, params.window); j < position; j++) {
    let at = line_of(place, j) * width + kv * quads;
    var score = vec2<f32>();
    for (var d = 0u; d < quads; d++) {
      let key = k_cache[at + d];
      score.x += dot(query[d], key);
      if (HEADS == 2u) {
        score.y += dot(second[d], key);
      }
    }
    let top = max(peak, score);
    let fade = exp(peak - top);
    let weight = exp(score - top);
    peak = top;
    total = total * fade + weight;
    for (var d = 0u; d < quads; d++) {
      let value = v_cache[at + d];
      sum[d] = sum[d] * fade.x + weight.x * value;
      if (HEADS == 2u) {
        other[d] = other[d] * fade.y + weight.y * value;
      }
    }
  }
  var fade = vec2<f32>(1.0);
  if (params.sinks != 0u) {
    let sink = vec2<f32>(sink_of(head), sink_of(head + HEADS - 1u));
    let top = max(peak, sink);
    fade = exp(peak - top);
    total = total * fade + exp(sink - top);
  }
  for (var d = 0u; d < quads; d++) {
    y[out + d] = sum[d] * fade.x / total.x;
    if (HEADS == 2u) {
      y[out + quads + d] = other[d] * fade.y / total.y;
    }
  }
}
