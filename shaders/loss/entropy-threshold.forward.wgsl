// The entropy from which on a token counts (TRL's top_entropy_quantile), as torch.quantile has it, and how many tokens reach it.
//   sorted entropies s_0 <= s_1 <= ... of the n rows with a label; threshold = lerp(s_k, s_k+1, fraction), k = rank[0], fraction = fraction[0]
//   entropy [M], labels [M] i32 (negative = no label) -> threshold [3] = (threshold - tolerance, tokens that reach it, n)
// First tokens of completions of one prompt have one distribution: their entropies are equal but for rounding, and a threshold can fall on them, so it
// is lowered by a few units of rounding. One workgroup: s_k is found bit by bit, from the highest, by counting what lies below.

const SIZE = 64u;
const ROUNDING = 4e-6;

struct Params {
  rows: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> entropy: array<f32>;
@group(0) @binding(2) var<storage, read> labels: array<i32>;
@group(0) @binding(3) var<storage, read> rank: array<u32>;
@group(0) @binding(4) var<storage, read> fraction: array<f32>;
@group(0) @binding(5) var<storage, read_write> threshold: array<f32>;

var<workgroup> partial: array<u32, SIZE>;
var<workgroup> total: u32;

// Whole numbers in the order of the values.
fn key(value: f32) -> u32 {
  let bits = bitcast<u32>(value);
  return select(bits | 0x80000000u, ~bits, (bits & 0x80000000u) != 0u);
}

fn value_of(key: u32) -> f32 {
  return bitcast<f32>(select(~key, key & 0x7fffffffu, (key & 0x80000000u) != 0u));
}

// The sum of what all lanes bring, for every lane.
fn sum_of(own: u32, lane: u32) -> u32 {
  partial[lane] = own;
  workgroupBarrier();
  if (lane == 0u) {
    total = 0u;
    for (var l = 0u; l < SIZE; l++) {
      total += partial[l];
    }
  }
  workgroupBarrier();
  return total;
}

fn count_below(limit: u32, lane: u32) -> u32 {
  var own = 0u;
  for (var r = lane; r < params.rows; r += SIZE) {
    own += u32(labels[r] >= 0 && key(entropy[r]) < limit);
  }
  return sum_of(own, lane);
}

@compute @workgroup_size(SIZE)
fn main(@builtin(local_invocation_index) lane: u32) {
  var labelled = 0u;
  for (var r = lane; r < params.rows; r += SIZE) {
    labelled += u32(labels[r] >= 0);
  }
  let n = sum_of(labelled, lane);

  let k = rank[0];
  var found = 0u;
  for (var bit = 0u; bit < 32u; bit++) {
    let candidate = found | (0x80000000u >> bit);
    if (count_below(candidate, lane) <= k) {
      found = candidate;
    }
  }
  // s_k+1: s_k again where it occurs once more, else the smallest value above it.
  let up_to = count_below(found + 1u, lane);
  var next = 0xffffffffu;
  for (var r = lane; r < params.rows; r += SIZE) {
    let own = key(entropy[r]);
    if (labels[r] >= 0 && own > found) {
      next = min(next, own);
    }
  }
  partial[lane] = next;
  workgroupBarrier();
  for (var l = 0u; l < SIZE; l++) {
    next = min(next, partial[l]);
  }
  workgroupBarrier();
  let low = value_of(found);
  let high = select(value_of(next), low, up_to > k + 1u || next == 0xffffffffu);
  let w = fraction[0];
  let quantile = select(high - (high - low) * (1.0 - w), low + w * (high - low), w < 0.5);
  let lowered = quantile - ROUNDING * max(1.0, abs(quantile));

  var reaching = 0u;
  for (var r = lane; r < params.rows; r += SIZE) {
    reaching += u32(labels[r] >= 0 && entropy[r] >= lowered);
  }
  let kept = sum_of(reaching, lane);
  if (lane == 0u) {
    threshold[0] = select(lowered, 0.0, n == 0u);
    threshold[1] = f32(kept);
    threshold[2] = f32(n);
  }
}
