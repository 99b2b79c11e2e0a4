// Thresholds in a row of `logits`, of which the first `params.text` count. "Among the k largest" is: fewer than k values lie strictly above; "in the top p"
// is: the mass strictly above is less than p. Both need the smallest key t (key.wgsl, in front of this) with measure(key > t) < limit, which `threshold`
// finds three bits a walk. All sums have a fixed order. All lanes of a workgroup call it.

override SIZE: u32 = 64u;

struct Eight {
  low: vec4<f32>,
  high: vec4<f32>,
}

var<workgroup> terms: array<f32, 8u * SIZE>;
var<workgroup> groups: array<f32, SIZE>;
var<workgroup> sums: array<f32, 8>;

// Eight sums over the workgroup: lanes take groups of eight terms of one of the eight, then eight lanes the groups.
// Scalars in small loops, because software adapters compile this into every lane.
fn total(x: Eight, lane: u32) -> Eight {
  for (var c = 0u; c < 4u; c++) {
    terms[c * SIZE + lane] = x.low[c];
    terms[(c + 4u) * SIZE + lane] = x.high[c];
  }
  workgroupBarrier();
  let first = lane % 8u * SIZE + lane / 8u * 8u;
  var sum = 0.0;
  for (var l = 0u; l < 8u; l++) {
    sum += terms[first + l];
  }
  groups[lane] = sum;
  workgroupBarrier();
  if (lane < 8u) {
    sum = 0.0;
    for (var l = lane; l < SIZE; l += 8u) {
      sum += groups[l];
    }
    sums[lane] = sum;
  }
  workgroupBarrier();
  return Eight(vec4<f32>(sums[0], sums[1], sums[2], sums[3]), vec4<f32>(sums[4], sums[5], sums[6], sums[7]));
}

// What a value weighs once its key is at least `floor`: its unnormalised probability, or 1 when counting (`heat` = 0).
fn weight(x: f32, floor: u32, top: f32, heat: f32) -> f32 {
  return select(0.0, exp((x - top) * heat), key(x) >= floor);
}

// The smallest t with sum of weights of values whose key > t less than a limit: `count` plus `ratio` of the weight of all.
// One walk tries the seven inner borders of eight equal ranges of t; how many of them fail is the next three bits. The eighth sum is all.
fn threshold(base: u32, lane: u32, floor: u32, top: f32, heat: f32, count: f32, ratio: f32) -> u32 {
  var prefix = 0u;
  for (var walk = 0u; walk < 11u; walk++) {
    let shift = 30u - 3u * walk;
    let border = vec4<u32>(0u, 1u, 2u, 3u) + (prefix << select(3u, 2u, walk == 0u));
    var sum = Eight(vec4<f32>(0.0), vec4<f32>(0.0));
    for (var i = lane; i < params.text; i += SIZE) {
      let x = logits[base + i];
      let at = vec4<u32>(key(x) >> shift);
      let w = vec4<f32>(weight(x, floor, top, heat));
      sum.low += select(vec4<f32>(0.0), w, at > border);
      sum.high += select(vec4<f32>(0.0), w, vec4<bool>((at > border + vec4<u32>(4u)).xyz, true));
    }
    sum = total(sum, lane);
    let limit = vec4<f32>(max(count + ratio * sum.high.w, 1e-30)); // above 0: the first always stays
    let fails = vec4<f32>(sum.low >= limit) + vec4<f32>(vec3<f32>((sum.high >= limit).xyz), 0.0);
    prefix = border.x + u32(dot(fails, vec4<f32>(1.0)));
  }
  return prefix;
}
