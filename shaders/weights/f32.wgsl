// Frozen or trainable weights in f32. `weight4(i)` is values 4i .. 4i+3 of the flat row-major tensor; rows are multiples of 4 long.

@group(0) @binding(1) var<storage, read> weight: array<vec4<f32>>;

fn weight4(index: u32) -> vec4<f32> {
  return weight[index];
}
