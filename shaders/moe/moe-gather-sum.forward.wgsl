// y[t] = sum over k of x[slot of (t, k)]: gradients of slots back to the tokens they were gathered from, in the order of k.
//   x [S, C] -> y [T, C]; C is a multiple of 4. One invocation a quad of y; dispatch ceil(T * C / 4 / 64), folded.

struct Params {
  tokens: u32,
  per_token: u32,
  width: u32,
  token_slot_at: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> route: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let quads = params.width / 4u;
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.tokens * quads) {
    return;
  }
  let t = i / quads;
  let c = i - t * quads;
  var sum = vec4<f32>();
  for (var k = t * params.per_token; k < (t + 1u) * params.per_token; k++) {
    sum += x[route[params.token_slot_at + k] * quads + c];
  }
  y[i] = sum;
}
