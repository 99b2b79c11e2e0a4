// What all register tiles share: 8 rows of x, and an accumulator of 4 columns of y for each. A wide tile is two, side by side: it loads half as much of x
// for a product, which is most of the time where loads cost more than sums (software adapters).
// No workgroup memory: on software adapters a barrier costs more than the loads it saves, on GPUs the caches serve the tile.
// Edge tiles clamp what they load and guard what they store, so that the inner loop has no branch.

// Where rows begin, in quads.
struct Rows {
  low: vec4<u32>,
  high: vec4<u32>,
}

struct Tile {
  a0: vec4<f32>,
  a1: vec4<f32>,
  a2: vec4<f32>,
  a3: vec4<f32>,
  a4: vec4<f32>,
  a5: vec4<f32>,
  a6: vec4<f32>,
  a7: vec4<f32>,
}

struct WideTile {
  low: Tile,
  high: Tile,
}

// The eight rows from `row` on; past the last, the last again. A row begins at `first` and is `stride` quads long.
fn rows_from(row: u32, last: u32, stride: u32, first: u32) -> Rows {
  let low = min(row + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(last));
  let high = min(row + vec4<u32>(4u, 5u, 6u, 7u), vec4<u32>(last));
  return Rows(low * stride + first, high * stride + first);
}
