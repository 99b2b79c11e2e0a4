// y = scale * (x W) + add: the gradient of a linear layer to its input, x being dy.
//   x [T, N], weight [N, K] behind weight4, add [T, K] optional -> y [T, K]; K and N are multiples of 4.
// A shard holds rows first_row .. first_row + inner - 1 of W and reads those columns of x, whose rows are `stride` long.
// A register tile of 8 rows x 4 columns an invocation (tile.transposed), 8 columns in the entry `wide`, for which K is a multiple of 8.
// A workgroup covers 8 ROWS rows x 4 COLUMNS columns (wide: 8 COLUMNS); dispatch [ceil(K / (4 COLUMNS)), ceil(T / (8 ROWS)), 1].

override COLUMNS: u32;
override ROWS: u32;

struct Params {
  rows: u32,
  inner: u32, // N of this shard
  width: u32, // K
  first_row: u32,
  stride: u32, // N of x
  add_from: u32, // 0 nothing, 1 `add`, 2 y itself (later shards)
  scale: f32,
  first_x: u32, // workgroups before this launch's own: see graph/cut.ts
  first_y: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(3) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> add: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> y: array<vec4<f32>>;

fn store(row: u32, quad: u32, value: vec4<f32>) {
  if (row >= params.rows) {
    return;
  }
  let at = row * (params.width / 4u) + quad;
  var v = value * params.scale;
  if (params.add_from == 1u) {
    v += add[at];
  } else if (params.add_from == 2u) {
    v += y[at];
  }
  y[at] = v;
}

fn store_tile(row: u32, quad: u32, t: Tile) {
  store(row + 0u, quad, t.a0);
  store(row + 1u, quad, t.a1);
  store(row + 2u, quad, t.a2);
  store(row + 3u, quad, t.a3);
  store(row + 4u, quad, t.a4);
  store(row + 5u, quad, t.a5);
  store(row + 6u, quad, t.a6);
  store(row + 7u, quad, t.a7);
}

fn rows_of(row: u32) -> Rows {
  return rows_from(row, params.rows - 1u, params.stride / 4u, params.first_row / 4u);
}

@compute @workgroup_size(COLUMNS, ROWS)
fn main(@builtin(global_invocation_id) global: vec3<u32>) {
  let id = global.xy + vec2<u32>(params.first_x * COLUMNS, params.first_y * ROWS);
  let quads = params.width / 4u;
  let row = id.y * 8u;
  if (id.x >= quads || row >= params.rows) {
    return;
  }
  store_tile(row, id.x, product(rows_of(row), id.x, quads, params.inner / 4u));
}

@compute @workgroup_size(COLUMNS, ROWS)
fn wide(@builtin(global_invocation_id) global: vec3<u32>) {
  let id = global.xy + vec2<u32>(params.first_x * COLUMNS, params.first_y * ROWS);
  let quads = params.width / 4u;
  let quad = 2u * id.x;
  let row = id.y * 8u;
  if (quad >= quads || row >= params.rows) {
    return;
  }
  let t = product_wide(rows_of(row), quad, quads, params.inner / 4u);
  store_tile(row, quad, t.low);
  store_tile(row, quad + 1u, t.high);
}
