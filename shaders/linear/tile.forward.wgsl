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

// The same with eight rows of W, the last four of which begin at d.
fn product_wide(r: Rows, c: vec4<u32>, d: vec4<u32>, quads: u32) -> WideTile {
  var a0 = vec4<f32>();
  var a1 = vec4<f32>();
  var a2 = vec4<f32>();
  var a3 = vec4<f32>();
  var a4 = vec4<f32>();
  var a5 = vec4<f32>();
  var a6 = vec4<f32>();
  var a7 = vec4<f32>();
  var b0 = vec4<f32>();
  var b1 = vec4<f32>();
  var b2 = vec4<f32>();
  var b3 = vec4<f32>();
  var b4 = vec4<f32>();
  var b5 = vec4<f32>();
  var b6 = vec4<f32>();
  var b7 = vec4<f32>();
  for (var k = 0u; k < quads; k++) {
    let w = mat4x4<f32>(weight4(c.x + k), weight4(c.y + k), weight4(c.z + k), weight4(c.w + k));
    let v = mat4x4<f32>(weight4(d.x + k), weight4(d.y + k), weight4(d.z + k), weight4(d.w + k));
    let x0 = x[r.low.x + k];
    a0 += x0 * w;
    b0 += x0 * v;
    let x1 = x[r.low.y + k];
    a1 += x1 * w;
    b1 += x1 * v;
    let x2 = x[r.low.z + k];
    a2 += x2 * w;
    b2 += x2 * v;
    let x3 = x[r.low.w + k];
    a3 += x3 * w;
    b3 += x3 * v;
    let x4 = x[r.high.x + k];
    a4 += x4 * w;
    b4 += x4 * v;
    let x5 = x[r.high.y + k];
    a5 += x5 * w;
    b5 += x5 * v;
    let x6 = x[r.high.z + k];
    a6 += x6 * w;
    b6 += x6 * v;
    let x7 = x[r.high.w + k];
    a7 += x7 * w;
    b7 += x7 * v;
  }
  return WideTile(Tile(a0, a1, a2, a3, a4, a5, a6, a7), Tile(b0, b1, b2, b3, b4, b5, b6, b7));
}
