// y = scale * (x W_e): the gradient of a grouped matmul to its input, slot by slot, x being dy.
//   x [S, N], weight [E, N, C] behind weight4 -> y [S, C]; C and N are multiples of 4. `route` as ops/moe-route.ts lays it out.
//   y_sc = sum_n x_sn W_enc: rows of W are contiguous along c, so four c of one n are one load; four n are one 4 x 4 product.
// 8 slots x 4 columns c an invocation, tiles and bound experts as in grouped-linear.forward; dispatch [ceil(C / (4 COLUMNS)), tiles, 1].

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
  let last = end - 1u;
  let steps = params.inner / 4u;
  let r0 = slot * steps;
  let r1 = min(slot + 1u, last) * steps;
  let r2 = min(slot + 2u, last) * steps;
  let r3 = min(slot + 3u, last) * steps;
  let r4 = min(slot + 4u, last) * steps;
  let r5 = min(slot + 5u, last) * steps;
  let r6 = min(slot + 6u, last) * steps;
  let r7 = min(slot + 7u, last) * steps;
  var c = (expert - params.first_expert) * params.inner * quads + quad;
  var a0 = vec4<f32>();
  var a1 = vec4<f32>();
  var a2 = vec4<f32>();
  var a3 = vec4<f32>();
  var a4 = vec4<f32>();
  var a5 = vec4<f32>();
  var a6 = vec4<f32>();
  var a7 = vec4<f32>();
  for (var n = 0u; n < steps; n++) {
    let w = mat4x4<f32>(weight4(c), weight4(c + quads), weight4(c + 2u * quads), weight4(c + 3u * quads));
    c += 4u * quads;
    a0 += w * x[r0 + n];
    a1 += w * x[r1 + n];
    a2 += w * x[r2 + n];
    a3 += w * x[r3 + n];
    a4 += w * x[r4 + n];
    a5 += w * x[r5 + n];
    a6 += w * x[r6 + n];
    a7 += w * x[r7 + n];
  }
  store(slot, end, quad, a0);
  store(slot + 1u, end, quad, a1);
  store(slot + 2u, end, quad, a2);
  store(slot + 3u, end, quad, a3);
  store(slot + 4u, end, quad, a4);
  store(slot + 5u, end, quad, a5);
  store(slot + 6u, end, quad, a6);
  store(slot + 7u, end, quad, a7);
}
