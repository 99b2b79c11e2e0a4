// One frozen or trainable matrix of any encoding, read 16 bytes at a time; goes in front of a dots.*.wgsl.

@group(0) @binding(1) var<storage, read> weight: array<vec4<u32>>;

fn fetch(m: u32, index: u32) -> vec4<u32> {
  return weight[index];
}
