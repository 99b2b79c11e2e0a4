// y = x W^T: 8 rows of x with 4 rows of W, both along their length. Goes behind a decoder (`weight4`) and in front of a kernel that declares x.

// c: where the four rows of W begin.
fn product(r: Rows, c: vec4<u32>, quads: u32) -> Tile {
  var a0 = vec4<f32>();
  var a1 = vec4<f32>();
  var a2 = vec4<f32>();
  var a3 = vec4<f32>();
  var a4 = vec4<f32>();
  var a5 = vec4<f32>();
  var a6 = vec4<f32>();
  var a7 = vec4<f32>();
  for (var k = 0u; k < quads; k++) {
    let w = mat4x4<f32>(weight4(c.x + k), weight4(c.y + k), weight4(c.z + k), weight4(c.w + k));
    a0 += x[r.low.x + k] * w;
    a1 += x[r.low.y + k] * w;
    a2 += x[r.low.z + k] * w;
    a3 += x[r.low.w + k] * w;
    a4 += x[r.high.x + k] * w;
    a5 += x[r.high.y + k] * w;
    a6 += x[r.high.z + k] * w;
    a7 += x[r.high.w + k] * w;
  }
  return Tile(a0, a1, a2, a3, a4, a5, a6, a7);
}
