// Which entries of a row are its k largest: those whose key is above `key`, and those at it whose index is below `bound`, so that of values that tie the first
// ones are taken and there are exactly k. And the softmax of these entries alone, or of all others (`rest`): the logarithm of a tail comes from the tail
// itself, since 1 - sum p_k is 0 for a certain teacher.
//   logits [M, V] (of which the largest are taken), other [M, V], labels [M] i32 (negative = no label: untouched)
//   -> border [M, 3, 2] u32: (key, bound), bits of (top, log_sum) of the student, and of the teacher.    0 < k < V
// One workgroup a row, folded into y; threshold.wgsl stands in front.

struct Params {
  rows: u32,
  text: u32, // V
  k: u32,
  of_teacher: u32, // `logits` are the teacher's
  rest: u32,
  first_x: u32, // workgroups before this launch's own: see graph/cut.ts
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> labels: array<i32>;
@group(0) @binding(2) var<storage, read> logits: array<f32>;
@group(0) @binding(3) var<storage, read> other: array<f32>;
@group(0) @binding(4) var<storage, read_write> border: array<vec2<u32>>;

const LOWEST = -3.4e38;
var<workgroup> counts: array<vec2<u32>, SIZE>; // above the key, and at it
var<workgroup> bound: u32;
// Running sums of exp(z - top) as (top, sum), of `logits` and of `other`.
var<workgroup> running: array<vec4<f32>, SIZE>;

// The index from which on values that tie are left out.
fn first_left_out(base: u32, at: u32, length: u32) -> u32 {
  var all = vec2<u32>();
  for (var l = 0u; l < SIZE; l++) {
    all += counts[l];
  }
  let needed = params.k - all.x;
  if (all.y <= needed) {
    return params.text;
  }
  var l = 0u;
  var taken = 0u;
  while (taken + counts[l].y < needed) {
    taken += counts[l].y;
    l++;
  }
  var i = l * length;
  while (taken < needed) {
    taken += u32(key(logits[base + i]) == at);
    i++;
  }
  return i;
}

fn absorb(part: vec2<f32>, z: f32) -> vec2<f32> {
  let top = max(part.x, z);
  return vec2<f32>(top, part.y * exp(part.x - top) + exp(z - top));
}

fn join(a: vec4<f32>, b: vec4<f32>) -> vec4<f32> {
  let top = max(a.xz, b.xz);
  let sum = a.yw * exp(a.xz - top) + b.yw * exp(b.xz - top);
  return vec4<f32>(top.x, sum.x, top.y, sum.y);
}

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let r = params.first_x + group.y * workgroups.x + group.x;
  if (r >= params.rows) {
    return;
  }
  if (labels[r] < 0) {
    return;
  }
  let base = r * params.text;
  // Half below k, because exp(0) need not be 1 to the last bit.
  let at = threshold(base, lane, 0u, 0.0, 0.0, f32(params.k) - 0.5, 0.0);
  let length = (params.text + SIZE - 1u) / SIZE;
  var own = vec2<u32>();
  for (var i = lane * length; i < min((lane + 1u) * length, params.text); i++) {
    let k = key(logits[base + i]);
    own += vec2<u32>(u32(k > at), u32(k == at));
  }
  counts[lane] = own;
  workgroupBarrier();
  if (lane == 0u) {
    bound = first_left_out(base, at, length);
  }
  workgroupBarrier();
  var part = vec4<f32>(LOWEST, 0.0, LOWEST, 0.0);
  for (var i = lane; i < params.text; i += SIZE) {
    let z = logits[base + i];
    let k = key(z);
    if ((k > at || (k == at && i < bound)) == (params.rest == 0u)) {
      part = vec4<f32>(absorb(part.xy, z), absorb(part.zw, other[base + i]));
    }
  }
  running[lane] = part;
  workgroupBarrier();
  if (lane == 0u) {
    for (var l = 1u; l < SIZE; l++) {
      part = join(part, running[l]);
    }
    let first = bitcast<vec2<u32>>(vec2<f32>(part.x, log(part.y)));
    let second = bitcast<vec2<u32>>(vec2<f32>(part.z, log(part.w)));
    border[3u * r] = vec2<u32>(at, bound);
    border[3u * r + 1u] = select(first, second, params.of_teacher == 1u);
    border[3u * r + 2u] = select(second, first, params.of_teacher == 1u);
  }
}
