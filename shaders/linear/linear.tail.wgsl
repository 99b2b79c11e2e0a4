// linear.forward for a number of columns that is not a multiple of 4 (routers, odd vocabularies): the same tile, stored value by value.
//   x [T, K], weight [N, K] behind weight4, bias [N] and add [T, N] optional -> y [T, N]; K is a multiple of 4.
// A shard of the weight writes its own columns: column n of the shard is column first_column + n of y, whose rows are `stride` long.
// Workgroup 8 x 8 covers 64 rows x 32 columns; dispatch [ceil(N / 32), ceil(T / 64), 1].
// Edge tiles clamp what they load and guard what they store, so that the inner loop has no branch.

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
  var v = value * params.scale;
  if (params.has_bias != 0u) {
    v += bias[params.first_column + column];
  }
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
  let last_row = params.rows - 1u;
  let r0 = row * quads;
  let r1 = min(row + 1u, last_row) * quads;
  let r2 = min(row + 2u, last_row) * quads;
  let r3 = min(row + 3u, last_row) * quads;
  let r4 = min(row + 4u, last_row) * quads;
  let r5 = min(row + 5u, last_row) * quads;
  let r6 = min(row + 6u, last_row) * quads;
  let r7 = min(row + 7u, last_row) * quads;
  let last_column = params.columns - 1u;
  let c0 = column * quads;
  let c1 = min(column + 1u, last_column) * quads;
  let c2 = min(column + 2u, last_column) * quads;
  let c3 = min(column + 3u, last_column) * quads;
  var a0 = vec4<f32>();
  var a1 = vec4<f32>();
  var a2 = vec4<f32>();
  var a3 = vec4<f32>();
  var a4 = vec4<f32>();
  var a5 = vec4<f32>();
  var a6 = vec4<f32>();
  var a7 = vec4<f32>();
  for (var k = 0u; k < quads; k++) {
    let w = mat4x4<f32>(weight4(c0 + k), weight4(c1 + k), weight4(c2 + k), weight4(c3 + k));
    a0 += x[r0 + k] * w;
    a1 += x[r1 + k] * w;
    a2 += x[r2 + k] * w;
    a3 += x[r3 + k] * w;
    a4 += x[r4 + k] * w;
    a5 += x[r5 + k] * w;
    a6 += x[r6 + k] * w;
    a7 += x[r7 + k] * w;
  }
  store4(row, column, a0);
  store4(row + 1u, column, a1);
  store4(row + 2u, column, a2);
  store4(row + 3u, column, a3);
  store4(row + 4u, column, a4);
  store4(row + 5u, column, a5);
  store4(row + 6u, column, a6);
  store4(row + 7u, column, a7);
}
