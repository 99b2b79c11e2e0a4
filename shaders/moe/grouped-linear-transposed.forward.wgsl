// y = scale * (x W_e): the gradient of a grouped matmul to its input, slot by slot, x being dy.
//   x [S, N], weight [E, N, C] behind weight4 -> y [S, C]; C and N are multiples of 4. `route` as ops/moe-route.ts lays it out.
// A register tile of 8 slots x 4 columns c an invocation (linear/tile.transposed), 8 columns in the entry `wide`, for which C is a multiple of 8; tiles and
// bound experts as in grouped-linear.forward; dispatch [ceil(C / (4 COLUMNS)), tiles, 1] (wide: 8 COLUMNS).

override COLUMNS: u32;

struct Params {
  inner: u32, // N
  width: u32, // C
  first_expert: u32,
  expert_count: u32,
  tile_expert_at: u32,
  tile_start_at: u32,
  scale: f32,
  first_x: u32, // workgroups before this launch's own: see graph/cut.ts
  first_y: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> route: array<u32>;
@group(0) @binding(5) var<storage, read_write> y: array<vec4<f32>>;

fn store(slot: u32, end: u32, quad: u32, value: vec4<f32>) {
  if (slot < end) {
    y[slot * (params.width / 4u) + quad] = value * params.scale;
  }
}

fn store_tile(slot: u32, end: u32, quad: u32, t: Tile) {
  store(slot, end, quad, t.a0);
  store(slot + 1u, end, quad, t.a1);
  store(slot + 2u, end, quad, t.a2);
  store(slot + 3u, end, quad, t.a3);
  store(slot + 4u, end, quad, t.a4);
  store(slot + 5u, end, quad, t.a5);
  store(slot + 6u, end, quad, t.a6);
  store(slot + 7u, end, quad, t.a7);
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
  let quads = params.width / 4u;
  let quad = (params.first_x + group.x) * COLUMNS + local.x;
  if (quad >= quads || slot >= end) {
    return;
  }
  let steps = params.inner / 4u;
  let first = (expert - params.first_expert) * params.inner * quads + quad;
  store_tile(slot, end, quad, product(rows_from(slot, end - 1u, steps, 0u), first, quads, steps));
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
  let quads = params.width / 4u;
  let quad = 2u * ((params.first_x + group.x) * COLUMNS + local.x);
  if (quad >= quads || slot >= end) {
    return;
  }
  let steps = params.inner / 4u;
  let first = (expert - params.first_expert) * params.inner * quads + quad;
  let t = product_wide(rows_from(slot, end - 1u, steps, 0u), first, quads, steps);
  store_tile(slot, end, quad, t.low);
  store_tile(slot, end, quad + 1u, t.high);
}
