// Frozen weights in MXFP4, decoded in registers. `weight4(i)` as in f32.wgsl.
//   Blocks of 32 values along the input: 16 bytes, value 2t in the low nibble of byte t, 2t+1 in the high one (E2M1), and one E8M0 scale
//   byte s: value * 2^(s - 127). Here 4 values are 16 bits, so quad i is half of word i/2, and its scale is byte i/8 of `scales`.
// A nibble's magnitude doubled is 0 1 2 3 4 6 8 12: digits of a constant; the sign is its top bit; the missing half is in the scale.
// Scales 2..254 only (checked at load).

@group(0) @binding(1) var<storage, read> weight: array<u32>;
@group(0) @binding(2) var<storage, read> scales: array<u32>;

fn weight4(index: u32) -> vec4<f32> {
  let half = weight[index / 2u] >> ((index & 1u) * 16u);
  let nibbles = (vec4<u32>(half) >> vec4<u32>(0u, 4u, 8u, 12u)) & vec4<u32>(15u);
  let doubled = (vec4<u32>(0xc8643210u) >> ((nibbles & vec4<u32>(7u)) * 4u)) & vec4<u32>(15u);
  let signs = (nibbles & vec4<u32>(8u)) << vec4<u32>(28u);
  let scale = (scales[index / 32u] >> (((index / 8u) & 3u) * 8u)) & 255u;
  return bitcast<vec4<f32>>(bitcast<vec4<u32>>(vec4<f32>(doubled)) | signs) * bitcast<f32>((scale - 1u) << 23u);
}
