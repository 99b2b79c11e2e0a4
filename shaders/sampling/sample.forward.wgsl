// The next id of every row, on the GPU. Order as in transformers: temperature, top-k, top-p, min-p, draw.
//   logits [B, V], sampling [B, 8] (words below), step [1] u32 -> next_id [B] u32. One workgroup a row.
//   sampling: [0] temperature f32, 0 = the first maximum  [1] top_k u32, 0 = off  [2] top_p f32, 1 = off  [3] min_p f32, 0 = off
//             [4] seed u32  [5] salt u32, different for rows that must differ
//             [6] the step at which the row began u32, so that its draws do not depend on it (may wrap below 0)  [7] unused
// Ids from `text` on have no text and are never chosen.
// Nothing is sorted: thresholds are found by walks over the row (threshold.wgsl, in front of this). Values that tie at a threshold stay together.
// The draw is the inverse of the cumulative mass in the order of ids, from a hash of (seed, salt, steps of the row). All sums have a fixed order.

struct Params {
  vocabulary: u32,
  text: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> logits: array<f32>;
@group(0) @binding(2) var<storage, read> sampling: array<u32>;
@group(0) @binding(3) var<storage, read> step: array<u32>;
@group(0) @binding(4) var<storage, read_write> next_id: array<u32>;

struct Best {
  value: f32,
  at: u32,
}

const STAGE = 16u;
const LOWEST = -3.4e38;
var<workgroup> best: array<Best, SIZE>;
var<workgroup> best_stage: array<Best, STAGE>;
var<workgroup> mass: array<f32, SIZE>;
var<workgroup> chosen: u32;
var<workgroup> rest: f32;

fn better(a: Best, b: Best) -> Best {
  if (b.value > a.value || (b.value == a.value && b.at < a.at)) {
    return b;
  }
  return a;
}

fn maximum(base: u32, lane: u32) -> Best {
  var b = Best(LOWEST, 0u);
  for (var i = lane; i < params.text; i += SIZE) {
    if (logits[base + i] > b.value) {
      b = Best(logits[base + i], i);
    }
  }
  best[lane] = b;
  workgroupBarrier();
  if (lane < STAGE) {
    for (var l = lane + STAGE; l < SIZE; l += STAGE) {
      b = better(b, best[l]);
    }
    best_stage[lane] = b;
  }
  workgroupBarrier();
  b = best_stage[0];
  for (var l = 1u; l < STAGE; l++) {
    b = better(b, best_stage[l]);
  }
  return b;
}

// pcg3d (Jarzynski and Olano, Hash Functions for GPU Rendering, JCGT 2020); 24 bits of its first word as a number in [0, 1).
fn uniform01(seed: vec3<u32>) -> f32 {
  var v = seed * 1664525u + 1013904223u;
  v.x += v.y * v.z;
  v.y += v.z * v.x;
  v.z += v.x * v.y;
  v ^= v >> vec3<u32>(16u);
  v.x += v.y * v.z;
  return f32(v.x >> 8u) / 16777216.0;
}

// The first part of `mass` whose running sum exceeds `goal` (the last one with any mass if rounding lets none), into `chosen`;
// what of the goal lies inside it, into `rest`. One lane, so the order is the order of parts.
fn choose(goal: f32) {
  var run = 0.0;
  for (var l = 0u; l < SIZE; l++) {
    if (mass[l] > 0.0) {
      chosen = l;
      rest = goal - run;
      run += mass[l];
      if (run > goal) {
        break;
      }
    }
  }
}

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let row = group.x;
  let base = row * params.vocabulary;
  let temperature = bitcast<f32>(sampling[row * 8u]);
  let top_k = sampling[row * 8u + 1u];
  let top_p = bitcast<f32>(sampling[row * 8u + 2u]);
  let min_p = bitcast<f32>(sampling[row * 8u + 3u]);
  let high = maximum(base, lane);
  if (temperature == 0.0) {
    if (lane == 0u) {
      next_id[row] = high.at;
    }
    return;
  }
  let heat = 1.0 / temperature;
  var floor = 0u;
  for (var rule = 0u; rule < 2u; rule++) { // a loop for its single call: inlined twice it takes twice as long to compile
    let counting = rule == 0u;
    if (select((top_p < 1.0), (top_k > 0u && top_k < params.text), counting)) {
      // Half below k, because exp(0) need not be 1 to the last bit.
      let count = select(0.0, f32(top_k) - 0.5, counting);
      floor = threshold(base, lane, floor, high.value, select(heat, 0.0, counting), count, select(top_p, 0.0, counting));
    }
  }

  // Parts of equal length, then parts of the chosen part, then its values one by one.
  let length = (params.text + SIZE - 1u) / SIZE;
  var sum = 0.0;
  for (var i = lane * length; i < min((lane + 1u) * length, params.text); i++) {
    let w = weight(logits[base + i], floor, high.value, heat);
    sum += select(0.0, w, w >= min_p);
  }
  mass[lane] = sum;
  workgroupBarrier();
  if (lane == 0u) {
    var all = 0.0;
    for (var l = 0u; l < SIZE; l++) {
      all += mass[l];
    }
    chosen = 0u;
    choose(all * uniform01(vec3<u32>(sampling[row * 8u + 4u], sampling[row * 8u + 5u], step[0] - sampling[row * 8u + 6u])));
  }
  workgroupBarrier();
  let first = chosen * length;
  let end = min(first + length, params.text);
  let piece = (length + SIZE - 1u) / SIZE;
  sum = 0.0;
  for (var i = first + lane * piece; i < min(first + (lane + 1u) * piece, end); i++) {
    let w = weight(logits[base + i], floor, high.value, heat);
    sum += select(0.0, w, w >= min_p);
  }
  mass[lane] = sum;
  workgroupBarrier();
  if (lane == 0u) {
    chosen = 0u;
    choose(rest);
    var id = high.at;
    var run = 0.0;
    let begin = first + chosen * piece;
    for (var i = begin; i < min(begin + piece, end); i++) {
      let w = weight(logits[base + i], floor, high.value, heat);
      if (w > 0.0 && w >= min_p) {
        id = i;
        run += w;
        if (run > rest) {
          break;
        }
      }
    }
    next_id[row] = id;
  }
}
