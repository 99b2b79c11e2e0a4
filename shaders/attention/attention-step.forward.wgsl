// Attention of one new token per row: rotates its queries and its key, puts key and value into the cache, and attends over the cache (formulas as in
// rope.forward and attention.forward). Files in front give sinks or norms (step-sinks, step-norms), rotation and lines (step-position).
//   qkv [B, (H + 2G)*D], table [P', D/2, 2], places [B, 4]: tokens in the cache, the new one included (0: the row rests and y is 0); the line of the
//   first key of a prompt that rows share; how many keys that prompt has; the line of the row's own first key, which is the next position;
//   k_cache, v_cache [lines, G*D], changed at the line of the newest position alone -> y [B, H*D].
// A workgroup takes the heads of one key/value head over one span of the visible keys, so that keys and values are read once (heads that are too
// many or too large go in groups, which each write the same key and value). With several spans
// y is partial [B, spans, H, D + 4], sums not yet divided and behind each (peak, sum, -, -); attention-step.merge joins them. The span that holds the
// new position writes it, and nobody else reads it.
// Keys come in chunks: lane (head quad, part) scores its keys for four heads; then lane (head quad, part, column) sums its share of the values.
// Dispatch [spans, G * groups, B]; D is a multiple of 4, and ceil(heads of a group / 4) * D at most 256.

struct Params {
  heads: u32,
  kv_heads: u32,
  quads: u32, // D / 4
  capacity: u32, // P: most tokens of a row
  window: u32,
  span: u32, // keys of a workgroup, unless there is one span
  spans: u32,
  scale: f32,
  sinks: u32, // 0: no sinks; the binding is a stand-in
  groups: u32, // of the query heads of a key/value head
  group_heads: u32, // in a group, unless it is the last
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

const LOWEST = -3e38;
override SIZE: u32 = 64u; // lanes: at least ceil(heads of a group / 4) * D / 4
const SCORES = 256u;
var<workgroup> queries: array<vec4<f32>, 256>; // [head quad, D / 4, 4 heads]
var<workgroup> scores: array<vec4<f32>, SCORES>; // [head quad, key of the chunk], a value a head
var<workgroup> peaks: array<vec4<f32>, SIZE>;
var<workgroup> fades: array<vec4<f32>, SIZE>; // by head quad
var<workgroup> sums: array<mat4x4<f32>, SIZE>;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = group.z;
  let kv = group.y / params.groups;
  let quads = params.quads;
  let heads_per_kv = params.heads / params.kv_heads;
  let before = group.y % params.groups * params.group_heads; // heads of earlier groups
  let heads = min(params.group_heads, heads_per_kv - before);
  let head_quads = (heads + 3u) / 4u;
  let first_head = kv * heads_per_kv + before;
  let width = params.kv_heads * quads; // of a cache line
  let place = places[row];
  let fresh = row * (params.heads + 2u * params.kv_heads) * 2u * quads; // the row in qkv, in pairs
  let end = min(place.x, params.capacity);
  let position = max(end, 1u) - 1u;
  let start = end - min(end, params.window);
  let first = min(end, start + group.x * params.span);
  let last = select(min(end, first + params.span), end, params.spans == 1u);

  for (var t = lane; t < 4u * head_quads * quads; t += SIZE) {
    let head = t / quads;
    var rotated = vec4<f32>();
    if (head < heads) {
      rotated = rotate4(fresh + (first_head + head) * 2u * quads, t % quads, position, false) * params.scale;
    }
    queries[(head / 4u * quads + t % quads) * 4u + head % 4u] = rotated;
  }
  if (first < last && last == end) {
    let k = fresh + (params.heads + kv) * 2u * quads;
    let v = k + params.kv_heads * 2u * quads;
    let line = line_of(place, position) * width + kv * quads;
    for (var i = lane; i < quads; i += SIZE) {
      k_cache[line + i] = rotate4(k, i, position, true);
      v_cache[line + i] = vec4<f32>(qkv[v + 2u * i], qkv[v + 2u * i + 1u]);
    }
  }
  storageBarrier();
  workgroupBarrier();

  let chunk = SCORES / head_quads;
  let key_parts = SIZE / head_quads;
  let key_quad = lane / key_parts; // this lane scores keys for these four heads
  let key_part = lane % key_parts;
  let value_parts = SIZE / (head_quads * quads);
  let value_quad = lane / (value_parts * quads); // and sums values for these
  let value_part = lane / quads % value_parts;
  let column = lane % quads;
  let head = vec4<u32>(4u * key_quad) + vec4<u32>(0u, 1u, 2u, 3u);

  var peak = vec4<f32>(LOWEST);
  var sum = vec4<f32>(); // over this lane's keys; the sink is the first lane's
  if (params.sinks != 0u && params.spans == 1u && key_quad < head_quads) {
    let h = min(vec4<u32>(first_head) + head, vec4<u32>(params.heads - 1u));
    peak = vec4<f32>(sink_of(h.x), sink_of(h.y), sink_of(h.z), sink_of(h.w));
    sum = vec4<f32>(select(0.0, 1.0, key_part == 0u));
  }
  var acc = mat4x4<f32>(); // a head a column
  for (var begin = first; begin < last; begin += chunk) {
    let keys = min(chunk, last - begin);
    var top = peak;
    if (key_quad < head_quads) {
      for (var j = key_part; j < keys; j += key_parts) {
        let at = line_of(place, begin + j) * width + kv * quads;
        var score = vec4<f32>();
        for (var d = 0u; d < quads; d++) {
          let q = (key_quad * quads + d) * 4u;
          score += k_cache[at + d] * mat4x4<f32>(queries[q], queries[q + 1u], queries[q + 2u], queries[q + 3u]);
        }
        scores[key_quad * chunk + j] = score;
        top = max(top, score);
      }
    }
    peaks[lane] = top;
    workgroupBarrier();
    if (key_quad < head_quads) {
      for (var n = 0u; n < key_parts; n++) {
        top = max(top, peaks[key_quad * key_parts + n]);
      }
      let fade = exp(peak - top);
      peak = top;
      sum *= fade;
      if (key_part == 0u) {
        fades[key_quad] = fade;
      }
      for (var j = key_part; j < keys; j += key_parts) {
        let p = exp(scores[key_quad * chunk + j] - top);
        scores[key_quad * chunk + j] = p;
        sum += p;
      }
    }
    workgroupBarrier();
    if (value_quad < head_quads) {
      let fade = fades[value_quad];
      acc = mat4x4<f32>(acc[0] * fade.x, acc[1] * fade.y, acc[2] * fade.z, acc[3] * fade.w);
      for (var j = value_part; j < keys; j += value_parts) {
        let v = v_cache[line_of(place, begin + j) * width + kv * quads + column];
        let p = scores[value_quad * chunk + j];
        acc += mat4x4<f32>(v * p.x, v * p.y, v * p.z, v * p.w);
      }
    }
    workgroupBarrier();
  }

  peaks[lane] = sum;
  sums[lane] = acc;
  if (key_part == 0u && key_quad < head_quads) {
    fades[key_quad] = peak;
  }
  workgroupBarrier();
  let quad = lane / quads;
  if (quad >= head_quads) {
    return;
  }
  var total = vec4<f32>();
  for (var n = 0u; n < key_parts; n++) {
    total += peaks[quad * key_parts + n];
  }
  var out = mat4x4<f32>();
  for (var n = 0u; n < value_parts; n++) {
    out += sums[(quad * value_parts + n) * quads + column];
  }
  for (var i = 0u; i < 4u && 4u * quad + i < heads; i++) {
    let h = first_head + 4u * quad + i;
    if (params.spans == 1u) {
      y[(row * params.heads + h) * quads + column] = select(vec4<f32>(), out[i] / total[i], total[i] > 0.0);
    } else {
      let at = ((row * params.spans + group.x) * params.heads + h) * (quads + 1u);
      y[at + column] = out[i];
      if (column == 0u) {
        y[at + quads] = vec4<f32>(fades[quad][i], total[i], 0.0, 0.0);
      }
    }
  }
}
