// Three matrices of one encoding, read 16 bytes at a time; goes in front of a dots.*.wgsl.

@group(0) @binding(1) var<storage, read> q_weight: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> k_weight: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> v_weight: array<vec4<u32>>;

fn fetch(m: u32, index: u32) -> vec4<u32> {
  if (m == 0u) {
    return q_weight[index];
  }
  if (m == 1u) {
    return k_weight[index];
  }
  return v_weight[index];
}
