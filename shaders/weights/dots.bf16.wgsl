// Dot products over bf16, eight values in 16 bytes, the even value of a word in its low half. `dots` and `dots4` as in dots.f32.wgsl.

const STEP = 2u;

fn floats(a: u32, b: u32) -> vec4<f32> {
  return bitcast<vec4<f32>>(vec4<u32>(a << 16u, a & 0xffff0000u, b << 16u, b & 0xffff0000u));
}

struct Eight {
  low: mat4x4<f32>,
  high: mat4x4<f32>,
}

fn decode(m: u32, c: vec4<u32>) -> Eight {
  let a = fetch(m, c.x);
  let b = fetch(m, c.y);
  let d = fetch(m, c.z);
  let e = fetch(m, c.w);
  let low = mat4x4<f32>(floats(a.x, a.y), floats(b.x, b.y), floats(d.x, d.y), floats(e.x, e.y));
  let high = mat4x4<f32>(floats(a.z, a.w), floats(b.z, b.w), floats(d.z, d.w), floats(e.z, e.w));
  return Eight(low, high);
}

fn times(k: u32, w: Eight) -> vec4<f32> {
  return input4(k * 2u) * w.low + input4(k * 2u + 1u) * w.high;
}

fn dots(m: u32, c: vec4<u32>, k: u32) -> vec4<f32> {
  return times(k, decode(m, c));
}

fn dots4(m: u32, c: vec4<u32>, k: vec4<u32>) -> mat4x4<f32> {
  let w = decode(m, c);
  return mat4x4<f32>(times(k.x, w), times(k.y, w), times(k.z, w), times(k.w, w));
}
