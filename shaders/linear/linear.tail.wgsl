// linear.forward for a number of columns that is not a multiple of 4 (routers, odd vocabularies): the same tile, stored value by value.
//   x [T, K], weight [N, K] behind weight4, bias [N] and add [T, N] optional -> y [T, N]; K is a multiple of 4.
// A shard of the weight writes its own columns: column n of the shard is column first_column + n of y, whose rows are `stride` long.
// Workgroup 8 x 8 covers 64 rows x 32 columns; dispatch [ceil(N / 32), ceil(T / 64), 1].

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
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read> add: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;

fn store(row: u32, column: u32, value: f32) {
  if (row >= params.rows || column >= params.columns) {
    return;
  }
  let at = row * params.stride + params.first_column + column;
  var v = value;
  if (params.has_bias != 0u) {
    v += bias[params.first_column + column];
  }
  v *= params.scale;
  if (params.has_add != 0u) {
    v += add[at];
  }
  y[at] = v;
}

fn store4(row: u32, column: u32, v: vec4<f32>) {
  store(row, column, v.x);
  store(row, column + 1u, v.y);
  store(row, column + 2u, v.z);
  store(row, column + 3u, v.w);
}

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) global: vec3<u32>) {
  let id = global.xy + vec2<u32>(params.first_x, params.first_y) * 8u;
  let column = id.x * 4u;
  let row = id.y * 8u;
  if (column >= params.columns || row >= params.rows) {
    return;
  }
  let quads = params.width / 4u;
  let c = min(column + vec4<u32>(0u, 1u, 2u, 3u), vec4<u32>(params.columns - 1u)) * quads;
  let t = product(rows_from(row, params.rows - 1u, quads, 0u), c, quads);
  store4(row, column, t.a0);
  store4(row + 1u, column, t.a1);
  store4(row + 2u, column, t.a2);
  store4(row + 3u, column, t.a3);
  store4(row + 4u, column, t.a4);
  store4(row + 5u, column, t.a5);
  store4(row + 6u, column, t.a6);
  store4(row + 7u, column, t.a7);
}
