// Grouped matmul: y = scale * (x W_e^T) + bias_e + add, e being the expert of the slot; a register tile of 8 slots x 4 columns an invocation
// (linear/tile.forward), 8 columns in the entry `wide`, for which N is a multiple of 8.
//   x [T, C] (gather: a slot reads its token's row) or [S, C], weight [E, N, C] behind weight4, bias [E, N] and add [S, N] optional
//   -> y [S, N]; C and N are multiples of 4. `route` as ops/moe-route.ts lays it out.
// `keeps` says whether a token keeps four columns or has 0 there (all-ranks, own-ranks).
// A workgroup takes one tile of 32 slots of one expert and COLUMNS x 4 columns (wide: x 8); dispatch [ceil(N / (4 COLUMNS)), tiles, 1]. Tiles without an
// expert, or whose expert is not among those that are bound (first_expert, expert_count), end at once.

override COLUMNS: u32;

struct Params {
  width: u32, // C
  columns: u32, // N
  first_expert: u32,
  expert_count: u32,
  gather: u32,
  slot_token_at: u32,
  tile_expert_at: u32,
  tile_start_at: u32,
  has_bias: u32,
  has_add: u32,
  scale: f32,
  first_x: u32, // workgroups before this launch's own: see graph/cut.ts
  first_y: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> route: array<u32>;
@group(0) @binding(5) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read> add: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> y: array<vec4<f32>>;

/// Where the row of x begins that a slot reads, in quads.
fn row_of(slot: u32) -> u32 {
  var row = slot;
  if (params.gather != 0u) {
    row = route[params.slot_token_at + slot];
  }
  return row * (params.width / 4u);
}

fn store(slot: u32, end: u32, quad: u32, offset: vec4<f32>, value: vec4<f32>) {
  if (slot >= end) {
    return;
  }
  let at = slot * (params.columns / 4u) + quad;
  var v = value * params.scale + offset;
  if (!keeps(route[params.slot_token_at + slot], 0u, quad)) {
    v = vec4<f32>();
  }
  if (params.has_add != 0u) {
    v += add[at];
  }
  y[at] = v;
}

fn store_tile(expert: u32, slot: u32, end: u32, quad: u32, t: Tile) {
  var offset = vec4<f32>();
  if (params.has_bias != 0u) {
    offset = bias[expert * (params.columns / 4u) + quad];
  }
  store(slot + 0u, end, quad, offset, t.a0);
  store(slot + 1u, end, quad, offset, t.a1);
  store(slot + 2u, end, quad, offset, t.a2);
  store(slot + 3u, end, quad, offset, t.a3);
  store(slot + 4u, end, quad, offset, t.a4);
  store(slot + 5u, end, quad, offset, t.a5);
  store(slot + 6u, end, quad, offset, t.a6);
  store(slot + 7u, end, quad, offset, t.a7);
}

// The eight slots from `slot` on; past the last, the last again.
fn rows_of(slot: u32, last: u32) -> Rows {
  return Rows(
    vec4<u32>(row_of(slot), row_of(min(slot + 1u, last)), row_of(min(slot + 2u, last)), row_of(min(slot + 3u, last))),
    vec4<u32>(row_of(min(slot + 4u, last)), row_of(min(slot + 5u, last)), row_of(min(slot + 6u, last)), row_of(min(slot + 7u, last)))
  );
}

// Where four rows of an expert's W begin, the first being 4 `quad`.
fn four(expert: u32, quad: u32) -> vec4<u32> {
  let quads = params.width / 4u;
  return ((expert - params.first_expert) * params.columns + quad * 4u) * quads + vec4<u32>(0u, quads, 2u * quads, 3u * quads);
}

@compute @workgroup_size(COLUMNS, 4)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let tile = params.first_y + group.y;
  let expert = route[params.tile_expert_at + tile];
  if (expert - params.first_expert >= params.expert_count) {
    return;
  }
  let end = route[expert + 1u];
  let slot = route[params.tile_start_at + tile] + local.y * 8u;
  let quad = (params.first_x + group.x) * COLUMNS + local.x;
  if (quad >= params.columns / 4u || slot >= end) {
    return;
  }
  store_tile(expert, slot, end, quad, product(rows_of(slot, end - 1u), four(expert, quad), params.width / 4u));
}

@compute @workgroup_size(COLUMNS, 4)
fn wide(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let tile = params.first_y + group.y;
  let expert = route[params.tile_expert_at + tile];
  if (expert - params.first_expert >= params.expert_count) {
    return;
  }
  let end = route[expert + 1u];
  let slot = route[params.tile_start_at + tile] + local.y * 8u;
  let quad = 2u * ((params.first_x + group.x) * COLUMNS + local.x);
  if (quad >= params.columns / 4u || slot >= end) {
    return;
  }
  let t = product_wide(rows_of(slot, end - 1u), four(expert, quad), four(expert, quad + 1u), params.width / 4u);
  store_tile(expert, slot, end, quad, t.low);
  store_tile(expert, slot, end, quad + 1u, t.high);
}
