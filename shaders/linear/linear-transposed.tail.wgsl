// linear-transposed.forward for an inner size or a stride that is not a multiple of 4: x is loaded value by value.
//   x [T, N], weight [N, K] behind weight4, add [T, K] optional -> y [T, K]; K is a multiple of 4, N any number.
//   y_tk = sum_n x_tn W_nk: rows of W are contiguous along k, so four k of one n are one load; four n are one 4 x 4 product.
// A shard holds rows first_row .. first_row + inner - 1 of W and reads those columns of x, whose rows are `stride` long.
// 8 rows x 4 columns an invocation, workgroup 8 x 8; dispatch [ceil(K / 32), ceil(T / 64), 1].

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
@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read> add: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> y: array<vec4<f32>>;

fn x4(at: u32) -> vec4<f32> {
  return vec4<f32>(x[at], x[at + 1u], x[at + 2u], x[at + 3u]);
}

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

@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) global: vec3<u32>) {
  let id = global.xy + vec2<u32>(params.first_x, params.first_y) * 8u;
  let quads = params.width / 4u;
  let quad = id.x;
  let row = id.y * 8u;
  if (quad >= quads || row >= params.rows) {
    return;
  }
  let last_row = params.rows - 1u;
  let r0 = row * params.stride + params.first_row;
  let r1 = min(row + 1u, last_row) * params.stride + params.first_row;
  let r2 = min(row + 2u, last_row) * params.stride + params.first_row;
  let r3 = min(row + 3u, last_row) * params.stride + params.first_row;
  let r4 = min(row + 4u, last_row) * params.stride + params.first_row;
  let r5 = min(row + 5u, last_row) * params.stride + params.first_row;
  let r6 = min(row + 6u, last_row) * params.stride + params.first_row;
  let r7 = min(row + 7u, last_row) * params.stride + params.first_row;
  var a0 = vec4<f32>();
  var a1 = vec4<f32>();
  var a2 = vec4<f32>();
  var a3 = vec4<f32>();
  var a4 = vec4<f32>();
  var a5 = vec4<f32>();
  var a6 = vec4<f32>();
  var a7 = vec4<f32>();
  let whole = params.inner - params.inner % 4u;
  var n = 0u;
  for (; n < whole; n += 4u) {
    let c = n * quads + quad;
    let w = mat4x4<f32>(weight4(c), weight4(c + quads), weight4(c + 2u * quads), weight4(c + 3u * quads));
    a0 += w * x4(r0 + n);
    a1 += w * x4(r1 + n);
    a2 += w * x4(r2 + n);
    a3 += w * x4(r3 + n);
    a4 += w * x4(r4 + n);
    a5 += w * x4(r5 + n);
    a6 += w * x4(r6 + n);
    a7 += w * x4(r7 + n);
  }
  for (; n < params.inner; n++) {
    let w = weight4(n * quads + quad);
    a0 += w * x[r0 + n];
    a1 += w * x[r1 + n];
    a2 += w * x[r2 + n];
    a3 += w * x[r3 + n];
    a4 += w * x[r4 + n];
    a5 += w * x[r5 + n];
    a6 += w * x[r6 + n];
    a7 += w * x[r7 + n];
  }
  store(row, quad, a0);
  store(row + 1u, quad, a1);
  store(row + 2u, quad, a2);
  store(row + 3u, quad, a3);
  store(row + 4u, quad, a4);
  store(row + 5u, quad, a5);
  store(row + 6u, quad, a6);
  store(row + 7u, quad, a7);
}
