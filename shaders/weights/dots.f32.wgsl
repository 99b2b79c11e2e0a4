// What gemv kernels call: dot products of four columns (rows of the checkpoint's [N, K]) with one row of x, or with four.
//   A step is 16 bytes of a column and STEP quads of x. Step k of a column begins at quad k * STEP of its row of x.
//   dots(m, c, k): the products of steps c.x .. c.w of four columns of matrix m with step k of x;  dots4(m, c, k): the same for steps k.x .. k.w of x,
//   one a column of the result.
// The file in front gives `fetch(m, step)`, the kernel after it `input4(quad)`. m is a literal wherever it matters, so that no branch is left.

const STEP = 1u;

fn decode(m: u32, c: vec4<u32>) -> mat4x4<f32> {
  return mat4x4<f32>(bitcast<vec4<f32>>(fetch(m, c.x)), bitcast<vec4<f32>>(fetch(m, c.y)), bitcast<vec4<f32>>(fetch(m, c.z)), bitcast<vec4<f32>>(fetch(m, c.w)));
}

fn dots(m: u32, c: vec4<u32>, k: u32) -> vec4<f32> {
  return input4(k) * decode(m, c);
}

fn dots4(m: u32, c: vec4<u32>, k: vec4<u32>) -> mat4x4<f32> {
  let w = decode(m, c);
  return mat4x4<f32>(input4(k.x) * w, input4(k.y) * w, input4(k.z) * w, input4(k.w) * w);
}
