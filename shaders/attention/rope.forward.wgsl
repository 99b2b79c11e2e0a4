// Rotary embedding, half-split pairing: y1 = x1 cos - x2 sin, y2 = x2 cos + x1 sin, for x1 = x[0 .. D/2), x2 = x[D/2 .. D) of every head.
//   x [T, heads*D], table [P, D/2, 2] = (cos, sin) at a position, attention scaling inside, positions [T] -> y [T, heads*D]
// With sign = -1 the transpose, which is the gradient: dx1 = dy1 cos + dy2 sin, dx2 = dy2 cos - dy1 sin.
// One invocation two pairs (D is a multiple of 4); dispatch ceil(T*heads*D/4 / 64), folded.

struct Params {
  pairs2: u32, // T * heads * D / 4
  heads: u32,
  quads: u32, // D / 4
  sign: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read> table: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> positions: array<u32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec2<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.pairs2) {
    return;
  }
  let head = i / params.quads; // in [T, heads]
  let at = head * 2u * params.quads + i % params.quads;
  let turn = table[positions[head / params.heads] * params.quads + i % params.quads];
  let cosine = turn.xz;
  let sine = turn.yw * params.sign;
  let x1 = x[at];
  let x2 = x[at + params.quads];
  y[at] = x1 * cosine - x2 * sine;
  y[at + params.quads] = x2 * cosine + x1 * sine;
}
