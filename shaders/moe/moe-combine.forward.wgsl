// out[t] = sum over k of w[t, k] * y[slot of (t, k)]: the experts' answers, weighted, in the order of k.
//   y [S, C], weights [T, K] -> out [T, C]; C is a multiple of 4. One invocation a quad of out; dispatch ceil(T * C / 4 / 64), folded.

struct Params {
  tokens: u32,
  per_token: u32,
  width: u32,
  token_slot_at: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read> route: array<u32>;
@group(0) @binding(4) var<storage, read_write> out: array<vec4<f32>>;

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
    sum += weights[k] * y[route[params.token_slot_at + k] * quads + c];
  }
  out[i] = sum;
}
