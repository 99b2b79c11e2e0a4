// Dot products over MXFP4 (layout: mxfp4.wgsl): a step is a block of 32 values, scaled once. `dots` and `dots4` as in dots.f32.wgsl.
// Eight values are decoded at once inside their word: a nibble's low bits m become twice its magnitude, 0 1 2 3 4 6 8 12, by
//   m + b * (m & 3) + 2 * [m = 7], b = m's high bit; this still fits a nibble. Even and odd values then go to words of their own, a byte each, as
//   16 + value, so that a byte is cut out where it lies and converted; x is divided by the place value, and 16 * sum(x) is taken off.
// Every step but the sums is exact, for scales 2..253.

@group(0) @binding(2) var<storage, read> scales: array<u32>;

const STEP = 8u;
const ONES = 0x11111111u;
const BYTES = 0x01010101u;

// 2^(s - 127), halved for the doubled magnitudes.
fn scale_of(block: u32) -> f32 {
  let exponent = (scales[block / 4u] >> ((block & 3u) * 8u)) & 255u;
  return bitcast<f32>((exponent - 1u) << 23u);
}

fn floats(bytes: u32) -> vec4<f32> {
  return vec4<f32>(bitcast<vec4<i32>>(vec4<u32>(bytes) & vec4<u32>(0xffu, 0xff00u, 0xff0000u, 0xff000000u)));
}

struct Eight {
  even: mat4x4<f32>,
  odd: mat4x4<f32>,
}

// A word of each of four columns.
fn decode(w: vec4<u32>) -> Eight {
  let m = w & vec4<u32>(7u * ONES);
  let b = (m >> vec4<u32>(2u)) & vec4<u32>(ONES);
  let v = m + (m & (b + b + b)) + (((m + ONES) & vec4<u32>(8u * ONES)) >> vec4<u32>(2u));
  let s = (w >> vec4<u32>(3u)) & vec4<u32>(ONES);
  let even_signs = (s & vec4<u32>(BYTES)) * 31u;
  let odd_signs = ((s >> vec4<u32>(4u)) & vec4<u32>(BYTES)) * 31u;
  let even = ((v & vec4<u32>(15u * BYTES)) ^ even_signs) + 16u * BYTES - even_signs;
  let odd = (((v >> vec4<u32>(4u)) & vec4<u32>(15u * BYTES)) ^ odd_signs) + 16u * BYTES - odd_signs;
  return Eight(
    mat4x4<f32>(floats(even.x), floats(even.y), floats(even.z), floats(even.w)),
    mat4x4<f32>(floats(odd.x), floats(odd.y), floats(odd.z), floats(odd.w)),
  );
}

// Eight values of each column with two quads of x.
fn times(a: vec4<f32>, b: vec4<f32>, w: Eight) -> vec4<f32> {
  let place = vec4<f32>(1.0, 0x1p-8, 0x1p-16, 0x1p-24);
  let both = a + b;
  let sum = (vec4<f32>(a.x, a.z, b.x, b.z) * place) * w.even + (vec4<f32>(a.y, a.w, b.y, b.w) * place) * w.odd;
  return sum - 16.0 * (both.x + both.y + both.z + both.w);
}

fn word(at: u32, w: vec4<u32>) -> vec4<f32> {
  return times(input4(at), input4(at + 1u), decode(w));
}

fn scales_of(i: vec4<u32>) -> vec4<f32> {
  return vec4<f32>(scale_of(i.x), scale_of(i.y), scale_of(i.z), scale_of(i.w));
}

fn dots(matrix: u32, i: vec4<u32>, k: u32) -> vec4<f32> {
  let a = fetch(matrix, i.x);
  let b = fetch(matrix, i.y);
  let c = fetch(matrix, i.z);
  let d = fetch(matrix, i.w);
  let at = k * STEP;
  let low = word(at, vec4<u32>(a.x, b.x, c.x, d.x)) + word(at + 2u, vec4<u32>(a.y, b.y, c.y, d.y));
  let high = word(at + 4u, vec4<u32>(a.z, b.z, c.z, d.z)) + word(at + 6u, vec4<u32>(a.w, b.w, c.w, d.w));
  return (low + high) * scales_of(i);
}

// No checkpoint has MXFP4 where several rows go together, so nothing is shared here.
fn dots4(matrix: u32, i: vec4<u32>, k: vec4<u32>) -> mat4x4<f32> {
  return mat4x4<f32>(dots(matrix, i, k.x), dots(matrix, i, k.y), dots(matrix, i, k.z), dots(matrix, i, k.w));
}
