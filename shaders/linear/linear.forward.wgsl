// y = scale * (x W^T) + bias + add, many rows: a register tile of 8 rows x 4 columns an invocation.
//   x [T, K], weight [N, K] behind weight4, bias [N] and add [T, N] optional -> y [T, N]; K and N are multiples of 4.
// A shard of the weight writes its own columns: column n of the shard is column first_column + n of y, whose rows are `stride` long.
// A workgroup covers 8 ROWS rows x 4 COLUMNS columns; dispatch [ceil(N / (4 COLUMNS)), ceil(T / (8 ROWS)), 1].
// No workgroup memory: on software adapters a barrier costs more than the loads it saves, on GPUs the caches serve the tile.
// Edge tiles clamp what they load and guard what they store, so that the inner loop has no branch.

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
  var v = value * params.scale + offset;
  if (params.has_add != 0u) {
    v += add[at];
  }
  y[at] = v;
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
  let last_row = params.rows - 1u;
  let r0 = row * quads;
  let r1 = min(row + 1u, last_row) * quads;
  let r2 = min(row + 2u, last_row) * quads;
  let r3 = min(row + 3u, last_row) * quads;
  let r4 = min(row + 4u, last_row) * quads;
  let r5 = min(row + 5u, last_row) * quads;
  let r6 = min(row + 6u, last_row) * quads;
  let r7 = min(row + 7u, last_row) * quads;
  let c0 = column * quads;
  let c1 = c0 + quads;
  let c2 = c1 + quads;
  let c3 = c2 + quads;
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
  let quad = params.first_column / 4u + id.x;
  var offset = vec4<f32>();
  if (params.has_bias != 0u) {
    offset = bias[quad];
  }
  store(row + 0u, quad, offset, a0);
  store(row + 1u, quad, offset, a1);
  store(row + 2u, quad, offset, a2);
  store(row + 3u, quad, offset, a3);
  store(row + 4u, quad, offset, a4);
  store(row + 5u, quad, offset, a5);
  store(row + 6u, quad, offset, a6);
  store(row + 7u, quad, offset, a7);
}
