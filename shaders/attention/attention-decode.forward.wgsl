// Attention of one new token per row over its cache, with window, shared key/value heads and a learned sink (formula as in attention.forward).
//   q [B, H*D], k, v [B, P, G*D] (caches), sinks [H], lengths [B] (tokens in the cache, the new one included) -> y [B, H*D]
// One workgroup of 64 a (row, head). Visible keys come in chunks of 512: every lane scores its keys and the chunk's weights go to workgroup
// memory; then lane (part, column) sums its share of the keys into one vec4 of the output. Parts are added at the end, in order.
// Dispatch B*H workgroups, folded; D is a multiple of 4 up to 128.

struct Params {
  rows: u32,
  heads: u32,
  share: u32, // H / G
  quads: u32, // D / 4
  capacity: u32, // P
  window: u32,
  scale: f32,
  sinks: u32, // 0: no sinks; the binding is a stand-in
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> q: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> k_cache: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> v_cache: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> sinks: array<f32>;
@group(0) @binding(5) var<storage, read> lengths: array<u32>;
@group(0) @binding(6) var<storage, read_write> y: array<vec4<f32>>;

const LOWEST = -3e38;
const SIZE = 64u;
const CHUNK = 512u;
var<workgroup> weights: array<f32, CHUNK>;
var<workgroup> partial: array<f32, SIZE>;
var<workgroup> sums: array<vec4<f32>, SIZE>;

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let at = group.y * groups.x + group.x; // in [B, H]
  let row = at / params.heads;
  if (row >= params.rows) {
    return;
  }
  let head = at % params.heads;
  let stride = params.heads / params.share * params.quads;
  let base = row * params.capacity * stride + head / params.share * params.quads;
  let end = min(lengths[row], params.capacity);
  let column = lane % params.quads;
  let parts = SIZE / params.quads;
  let part = lane / params.quads;

  var peak = LOWEST;
  var sum = 0.0; // over this lane's keys; the sink is lane 0's
  if (params.sinks != 0u) {
    peak = sinks[head];
    sum = select(0.0, 1.0, lane == 0u);
  }
  var acc = vec4<f32>(0.0);
  for (var start = end - min(end, params.window); start < end; start += CHUNK) {
    let keys = min(CHUNK, end - start);
    var top = peak;
    for (var j = lane; j < keys; j += SIZE) {
      let key = base + (start + j) * stride;
      var score = 0.0;
      for (var d = 0u; d < params.quads; d++) {
        score += dot(q[at * params.quads + d], k_cache[key + d]);
      }
      weights[j] = score * params.scale;
      top = max(top, score * params.scale);
    }
    partial[lane] = top;
    workgroupBarrier();
    for (var n = 0u; n < SIZE; n++) {
      top = max(top, partial[n]);
    }
    let fade = exp(peak - top);
    peak = top;
    sum *= fade;
    for (var j = lane; j < keys; j += SIZE) {
      let p = exp(weights[j] - top);
      weights[j] = p;
      sum += p;
    }
    workgroupBarrier();
    acc *= fade;
    for (var j = part; j < keys; j += parts) {
      acc += weights[j] * v_cache[base + (start + j) * stride + column];
    }
    workgroupBarrier();
  }

  partial[lane] = sum;
  sums[lane] = acc;
  workgroupBarrier();
  if (lane < params.quads) {
    var total = 0.0;
    for (var n = 0u; n < SIZE; n++) {
      total += partial[n];
    }
    for (var n = 1u; n < parts; n++) {
      acc += sums[n * params.quads + lane];
    }
    y[at * params.quads + lane] = select(vec4<f32>(0.0), acc / total, total > 0.0);
  }
}
