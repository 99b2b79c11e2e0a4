// Sorts the routed slots by expert, stably: within an expert, slots are in ascending order of (token, k).
//   experts [T, K] -> the sections expert_offset [E + 1], slot_token [S], slot_expert [S], token_slot [S] of `route` (S = T * K); the tile map
//   is written by moe-route-tiles.forward.
// One workgroup an expert. Every lane counts its own contiguous part of `experts`: entries of this expert and entries of earlier ones; the
// counts of the lanes before it give the place of its first entry. No atomics, so the order never varies; one barrier, since barriers are what
// software adapters are slowest at. LANES grows with S, at most 128. Dispatch [E, 1, 1].

override LANES: u32;

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

var<workgroup> counts: array<vec2<u32>, 128>; // of this expert, of earlier experts

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let expert = group.x;
  let per_lane = (params.slots + LANES - 1u) / LANES;
  let from_entry = min(lane * per_lane, params.slots);
  let to_entry = min(from_entry + per_lane, params.slots);
  var count = vec2<u32>();
  for (var i = from_entry; i < to_entry; i++) {
    let e = experts[i];
    count += vec2<u32>(u32(e == expert), u32(e < expert));
  }
  counts[lane] = count;
  workgroupBarrier();
  var start = 0u; // slots of earlier experts
  var before = 0u; // slots of this expert from earlier lanes
  for (var i = 0u; i < LANES; i++) {
    start += counts[i].y;
    before += select(0u, counts[i].x, i < lane);
  }
  var slot = start + before;
  for (var i = from_entry; i < to_entry; i++) {
    if (experts[i] == expert) {
      route[params.slot_token_at + slot] = i / params.per_token;
      route[params.slot_expert_at + slot] = expert;
      route[params.token_slot_at + i] = slot;
      slot++;
    }
  }
  if (lane == LANES - 1u) {
    route[expert] = start;
    route[expert + 1u] = slot; // the next workgroup writes the same number
  }
}
