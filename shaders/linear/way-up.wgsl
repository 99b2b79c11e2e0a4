// LoRA's way up inside a kernel for a few rows: s (h B^T) of four columns, B [N, R] from quad `at` of `up` on, R a multiple of 4.
//   Lanes share the rank as they share the width, so that both sums meet at one barrier. The kernel behind gives `h4(quad)`.
//   up_dots(b, n, h, lane, lanes): columns n of the row whose h begins at quad h;  up_dots4: of four rows, one a column of the result.

@group(0) @binding(20) var<storage, read> up: array<vec4<f32>>;

struct Branch {
  at: u32,
  quads: u32, // R / 4; 0: no branch
  scale: f32,
}

fn up_dots(b: Branch, n: vec4<u32>, h: u32, lane: u32, lanes: u32) -> vec4<f32> {
  let c = b.at + n * b.quads;
  var sum = vec4<f32>();
  for (var k = lane; k < b.quads; k += lanes) {
    sum += h4(h + k) * mat4x4<f32>(up[c.x + k], up[c.y + k], up[c.z + k], up[c.w + k]);
  }
  return b.scale * sum;
}

fn up_dots4(b: Branch, n: vec4<u32>, h: vec4<u32>, lane: u32, lanes: u32) -> mat4x4<f32> {
  let c = b.at + n * b.quads;
  var sums = mat4x4<f32>();
  for (var k = lane; k < b.quads; k += lanes) {
    let w = mat4x4<f32>(up[c.x + k], up[c.y + k], up[c.z + k], up[c.w + k]);
    sums += mat4x4<f32>(h4(h.x + k) * w, h4(h.y + k) * w, h4(h.z + k) * w, h4(h.w + k) * w);
  }
  return b.scale * sums;
}
