// The tile map of `route`: which expert and which first slot each workgroup row of a grouped matmul serves.
//   expert_offset [E + 1] -> tile_expert [tiles], tile_start [tiles]; expert e has ceil(count_e / tile) tiles, one after another; the tiles that
//   are left over have tile_expert 0xffffffff. tiles = ceil(S / tile) + E is always enough.
// One invocation a tile; dispatch [ceil(tiles / 64), 1, 1]. Runs after moe-route.forward.

struct Params {
  experts: u32,
  tiles: u32,
  tile: u32,
  tile_expert_at: u32,
  tile_start_at: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> route: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= params.tiles) {
    return;
  }
  var left = id.x; // tiles still to pass over
  var expert = 0xffffffffu;
  var start = 0u;
  for (var e = 0u; e < params.experts; e++) {
    let first = route[e];
    let tiles = (route[e + 1u] - first + params.tile - 1u) / params.tile;
    if (left < tiles) {
      expert = e;
      start = first + left * params.tile;
      break;
    }
    left -= tiles;
  }
  route[params.tile_expert_at + id.x] = expert;
  route[params.tile_start_at + id.x] = start;
}
