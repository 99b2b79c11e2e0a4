// What matrix-vector kernels ask of a weight: dot products of four columns (rows of the checkpoint's [N, K]) with one row of x, or with four.
//   A step is 16 bytes of a column and STEP quads of x. Step k of a column begins at quad k * STEP of its row of x.
//   dots(c, k): the products of steps c.x .. c.w of four columns with step k of x;  dots4(c, k): the same for steps k.x .. k.w, one a matrix column.
// The file in front gives `fetch(step)`, the kernel after it `input4(quad)`.

const STEP = 1u;

fn decode(c: vec4<u32>) -> mat4x4<f32> {
  return mat4x4<f32>(bitcast<vec4<f32>>(fetch(c.x)), bitcast<vec4<f32>>(fetch(c.y)), bitcast<vec4<f32>>(fetch(c.z)), bitcast<vec4<f32>>(fetch(c.w)));
}

fn dots(c: vec4<u32>, k: u32) -> vec4<f32> {
  return input4(k) * decode(c);
}

fn dots4(c: vec4<u32>, k: vec4<u32>) -> mat4x4<f32> {
  let w = decode(c);
  return mat4x4<f32>(input4(k.x) * w, input4(k.y) * w, input4(k.z) * w, input4(k.w) * w);
}
