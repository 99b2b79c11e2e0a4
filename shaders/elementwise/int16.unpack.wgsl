// Back from int16.pack: packed [T, C/2 + ceil(C/64)] u32 -> x [T, C]. One invocation four values; dispatch ceil(T * C/4 / 256), folded.

struct Params {
  rows: u32,
  quads: u32, // C / 4
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> packed: array<u32>;
@group(0) @binding(2) var<storage, read_write> x: array<vec4<f32>>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 256u + lane;
  if (i >= params.rows * params.quads) {
    return;
  }
  let q = i % params.quads;
  let words = i / params.quads * (2u * params.quads + (params.quads + 15u) / 16u);
  let e = (packed[words + 2u * params.quads + q / 16u] >> (q / 4u % 4u * 8u)) & 255u;
  let low = bitcast<i32>(packed[words + 2u * q]);
  let high = bitcast<i32>(packed[words + 2u * q + 1u]);
  let v = vec4<i32>((low << 16u) >> 16u, low >> 16u, (high << 16u) >> 16u, high >> 16u);
  x[i] = vec4<f32>(v) * bitcast<f32>((e - 15u) << 23u);
}
