// y = scale * (x W^T + bias) + add, many rows: a register tile of 8 rows x 4 columns an invocation (tile.forward). The entry
// `wide` has 8 columns, for which N is a multiple of 8.
//   x [T, K], weight [N, K] behind weight4, bias [N] and add [T, N] optional -> y [T, N]; K and N are multiples of 4.
// `keeps` says whether a row keeps four columns or has 0 there (all-ranks, own-ranks).
// A shard of the weight writes its own columns: column n of the shard is column first_column + n of y, whose rows are `stride` long.
// A workgroup covers 8 ROWS rows x 4 COLUMNS columns (wide: 8 COLUMNS); dispatch [ceil(N / (4 COLUMNS)), ceil(T / (8 ROWS)), 1].

override COLUMNS: u32;
override ROWS: u32;

struct Params {
  rows: u32,
  width: u32, // K
  columns: u32, // N of this shard
  first_column: u32,
  stride: u32, // N of y
  has_bias: u32,
  has_add: u32,
  scale: f32,
  first_x: u32, // workgroups before this launch's own: see graph/cut.ts
  first_y: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> bias: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> add: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> y: array<vec4<f32>>;

fn store(row: u32, quad: u32, offset: vec4<f32>, value: vec4<f32>) {
  if (row >= params.rows) {
    return;
  }
  let at = row * (params.stride / 4u) + quad;
  var v = (value + offset) * params.scale;
  if (!keeps(row, 0u, quad)) {
    v = vec4<f32>();
  }
  if (params.has_add != 0u) {
    v += add[at];
  }
  y[at] = v;
}

fn offset_of(quad: u32) -> vec4<f32> {
  if (params.has_bias != 0u) {
    return bias[quad];
  }
  return vec4<f32>();
}

fn store_tile(row: u32, quad: u32, t: Tile) {
  let offset = offset_of(quad);
  store(row + 0u, quad, offset, t.a0);
  store(row + 1u, quad, offset, t.a1);
  store(row + 2u, quad, offset, t.a2);
  store(row + 3u, quad, offset, t.a3);
  store(row + 4u, quad, offset, t.a4);
  store(row + 5u, quad, offset, t.a5);
  store(row + 6u, quad, offset, t.a6);
  store(row + 7u, quad, offset, t.a7);
}

// Where four rows of W begin, the first being `row`.
fn four(row: u32, quads: u32) -> vec4<u32> {
  return row * quads + vec4<u32>(0u, quads, 2u * quads, 3u * quads);
}

@compute @workgroup_size(COLUMNS, ROWS)
fn main(@builtin(global_invocation_id) global: vec3<u32>) {
  let id = global.xy + vec2<u32>(params.first_x * COLUMNS, params.first_y * ROWS);
  let column = id.x * 4u;
  let row = id.y * 8u;
  if (column >= params.columns || row >= params.rows) {
    return;
  }
  let quads = params.width / 4u;
  store_tile(row, params.first_column / 4u + id.x, product(rows_from(row, params.rows - 1u, quads, 0u), four(column, quads), quads));
}

@compute @workgroup_size(COLUMNS, ROWS)
fn wide(@builtin(global_invocation_id) global: vec3<u32>) {
  let id = global.xy + vec2<u32>(params.first_x * COLUMNS, params.first_y * ROWS);
  let column = id.x * 8u;
  let row = id.y * 8u;
  if (column >= params.columns || row >= params.rows) {
    return;
  }
  let quads = params.width / 4u;
  let t = product_wide(rows_from(row, params.rows - 1u, quads, 0u), four(column, quads), four(column + 4u, quads), quads);
  let quad = params.first_column / 4u + 2u * id.x;
  store_tile(row, quad, t.low);
  store_tile(row, quad + 1u, t.high);
}
