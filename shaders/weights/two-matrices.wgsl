// Two matrices of one encoding, read 16 bytes at a time; goes in front of a dots.*.wgsl.

@group(0) @binding(1) var<storage, read> gate_weight: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> up_weight: array<vec4<u32>>;

fn fetch(m: u32, index: u32) -> vec4<u32> {
  if (m == 0u) {
    return gate_weight[index];
  }
  return up_weight[index];
}
