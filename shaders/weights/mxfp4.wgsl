// Frozen weights in MXFP4, decoded in registers. `weight4(i)` as in f32.wgsl.
//   Blocks of 32 values along the input: 16 bytes, value 2t in the low nibble of byte t, 2t+1 in the high one (E2M1), and one E8M0 scale
//   byte s: value * 2^(s - 127). Here 4 values are 16 bits, so quad i is half of word i/2, and its scale is byte i/8 of `scales`.
// A nibble's three low bits m = 0..7 stand for half of 0 1 2 3 4 6 8 12 = half of max(m, 2m - 4, 4m - 16): straight lines through the table, because
// shifts, even by constants, are what software adapters do one lane at a time. So the quad's half of the word is moved to the top by a
// multiplication, bits are cut out where they lie, and floats bring them down. Every step is exact for scales 14..252. Nothing is kept from quad
// to quad: SwiftShader is slower with more values alive than with the same scale decoded eight times.

@group(0) @binding(1) var<storage, read> weight: array<u32>;
@group(0) @binding(2) var<storage, read> scales: array<u32>;

fn weight4(index: u32) -> vec4<f32> {
  let half = vec4<u32>(weight[index / 2u] * select(0x10000u, 1u, (index & 1u) != 0u));
  let exponent = (scales[index / 32u] >> (((index / 8u) & 3u) * 8u)) & 255u;
  let scale = bitcast<f32>((exponent - 1u) * 0x800000u);
  let bits = vec4<f32>(bitcast<vec4<i32>>(half & vec4<u32>(0x70000u, 0x700000u, 0x7000000u, 0x70000000u)));
  let m = bits * vec4<f32>(0x1p-16, 0x1p-20, 0x1p-24, 0x1p-28) * scale;
  let line = m + m - 4.0 * scale;
  let steep = line - 4.0 * scale; // half of 4m - 16
  let size = max(m, max(line, steep + steep));
  let signs = (half & vec4<u32>(0x80000u, 0x800000u, 0x8000000u, 0x80000000u)) * vec4<u32>(0x1000u, 0x100u, 0x10u, 0x1u);
  return bitcast<vec4<f32>>(bitcast<vec4<u32>>(size) | signs);
}
