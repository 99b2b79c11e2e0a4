// Frozen weights in bf16, two to a word, the even value in the low half. `weight4(i)` as in f32.wgsl.

@group(0) @binding(1) var<storage, read> weight: array<vec2<u32>>;

fn weight4(index: u32) -> vec4<f32> {
  let w = weight[index];
  return bitcast<vec4<f32>>(vec4<u32>(w.x << 16u, w.x & 0xffff0000u, w.y << 16u, w.y & 0xffff0000u));
}
