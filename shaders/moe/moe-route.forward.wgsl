// Sorts the routed slots by expert, stably: within an expert, slots are in ascending order of (token, k).
//   experts [T, K] -> the sections expert_offset [E + 1], slot_token [S], slot_expert [S], token_slot [S] of `route` (S = T * K); the tile map
//   is written by moe-route-tiles.forward.
// One workgroup an expert. Every lane counts its own contiguous part of `experts`: entries of this expert and entries of earlier ones; a scan over
// the lanes gives where its first entry goes. Two passes over S per workgroup, no atomics, so the order never varies.
// Dispatch [E, 1, 1].

struct Params {
  slots: u32,
  per_token: u32,
  slot_token_at: u32,
  slot_expert_at: u32,
  token_slot_at: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> experts: array<u32>;
@group(0) @binding(2) var<storage, read_write> route: array<u32>;

const SIZE = 256u;
var<workgroup> counts: array<vec2<u32>, SIZE>; // of this expert, of earlier experts

@compute @workgroup_size(SIZE)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let expert = group.x;
  let share = (params.slots + SIZE - 1u) / SIZE;
  let from_entry = min(lane * share, params.slots);
  let to_entry = min(from_entry + share, params.slots);
  var count = vec2<u32>(0u, 0u);
  for (var i = from_entry; i < to_entry; i++) {
    let e = experts[i];
    count += vec2<u32>(u32(e == expert), u32(e < expert));
  }
  counts[lane] = count;
  workgroupBarrier();
  // Inclusive scan (Hillis and Steele).
  for (var step = 1u; step < SIZE; step *= 2u) {
    var sum = counts[lane];
    if (lane >= step) {
      sum += counts[lane - step];
    }
    workgroupBarrier();
    counts[lane] = sum;
    workgroupBarrier();
  }
  let total = counts[SIZE - 1u];
  if (lane == 0u) {
    route[expert] = total.y;
    route[expert + 1u] = total.y + total.x; // the next workgroup writes the same number
  }
  var slot = total.y + counts[lane].x - count.x;
  for (var i = from_entry; i < to_entry; i++) {
    if (experts[i] == expert) {
      route[params.slot_token_at + slot] = i / params.per_token;
      route[params.slot_expert_at + slot] = expert;
      route[params.token_slot_at + i] = slot;
      slot++;
    }
  }
}
