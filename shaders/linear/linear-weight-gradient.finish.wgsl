// dW += scale * (sum of the chunks), chunk by chunk in order.
//   partial [CHUNKS, N, K] -> d_weight [N, K], added to what is there. One invocation a quad; dispatch ceil(N K / 4 / 64), folded.

struct Params {
  quads: u32, // N K / 4
  chunks: u32,
  scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partial: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> d_weight: array<vec4<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i >= params.quads) {
    return;
  }
  var sum = vec4<f32>();
  for (var c = 0u; c < params.chunks; c++) {
    sum += partial[c * params.quads + i];
  }
  d_weight[i] += sum * params.scale;
}
