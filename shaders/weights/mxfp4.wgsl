// Frozen weights in MXFP4, decoded in registers. `weight4(i)` as in f32.wgsl.
//   Blocks of 32 values along the input: 16 bytes, value 2t in the low nibble of byte t, 2t+1 in the high one (E2M1), and one E8M0 scale
//   byte s: value * 2^(s - 127). Here 4 values are 16 bits, so quad i is half of word i/2, and its scale is byte i/8 of `scales`.
// A nibble's three low bits m = 0..7 stand for half of 0 1 2 3 4 6 8 12 = half of max(m, 2m - 4, 4m - 16): straight lines through the table, because
// shifts by an amount that varies over lanes are what software adapters do one lane at a time. Bits are cut out where they lie and moved by exact
// multiplications; the scale (halved) goes in with the first. Every step is exact for scales 14..252.

@group(0) @binding(1) var<storage, read> weight: array<u32>;
@group(0) @binding(2) var<storage, read> scales: array<u32>;

fn weight4(index: u32) -> vec4<f32> {
  let half = vec4<u32>(weight[index / 2u] >> ((index & 1u) * 16u));
  let exponent = (scales[index / 32u] >> (((index / 8u) & 3u) * 8u)) & 255u;
  let scale = bitcast<f32>((exponent - 1u) << 23u);
  let bits = vec4<f32>(bitcast<vec4<i32>>(half & vec4<u32>(0x7u, 0x70u, 0x700u, 0x7000u)));
  let m = bits * (scale * vec4<f32>(1.0, 0x1p-4, 0x1p-8, 0x1p-12));
  let line = m + m - 4.0 * scale;
  let steep = line - 4.0 * scale; // half of 4m - 16
  let size = max(m, max(line, steep + steep));
  let signs = (half & vec4<u32>(0x8u, 0x80u, 0x800u, 0x8000u)) * vec4<u32>(0x10000000u, 0x1000000u, 0x100000u, 0x10000u);
  return bitcast<vec4<f32>>(bitcast<vec4<u32>>(size) | signs);
}
