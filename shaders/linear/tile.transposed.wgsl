// y = x W: 8 rows of x with four columns of W, quad c of its first row and of `steps` times four rows. Rows of W are contiguous along the columns and
// `quads` long, so four columns of one row are one load, and four rows are one 4 x 4 product. Goes where tile.forward.wgsl goes.

fn product(r: Rows, c: u32, quads: u32, steps: u32) -> Tile {
  var a0 = vec4<f32>();
  var a1 = vec4<f32>();
  var a2 = vec4<f32>();
  var a3 = vec4<f32>();
  var a4 = vec4<f32>();
  var a5 = vec4<f32>();
  var a6 = vec4<f32>();
  var a7 = vec4<f32>();
  for (var n = 0u; n < steps; n++) {
    let at = c + n * 4u * quads;
    let w = mat4x4<f32>(weight4(at), weight4(at + quads), weight4(at + 2u * quads), weight4(at + 3u * quads));
    a0 += w * x[r.low.x + n];
    a1 += w * x[r.low.y + n];
    a2 += w * x[r.low.z + n];
    a3 += w * x[r.low.w + n];
    a4 += w * x[r.high.x + n];
    a5 += w * x[r.high.y + n];
    a6 += w * x[r.high.z + n];
    a7 += w * x[r.high.w + n];
  }
  return Tile(a0, a1, a2, a3, a4, a5, a6, a7);
}

// The same with eight columns of W, quads c and c + 1.
fn product_wide(r: Rows, c: u32, quads: u32, steps: u32) -> WideTile {
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
  for (var n = 0u; n < steps; n++) {
    let at = c + n * 4u * quads;
    let w = mat4x4<f32>(weight4(at), weight4(at + quads), weight4(at + 2u * quads), weight4(at + 3u * quads));
    let beside = at + 1u;
    let v = mat4x4<f32>(weight4(beside), weight4(beside + quads), weight4(beside + 2u * quads), weight4(beside + 3u * quads));
    let x0 = x[r.low.x + n];
    a0 += w * x0;
    b0 += v * x0;
    let x1 = x[r.low.y + n];
    a1 += w * x1;
    b1 += v * x1;
    let x2 = x[r.low.z + n];
    a2 += w * x2;
    b2 += v * x2;
    let x3 = x[r.low.w + n];
    a3 += w * x3;
    b3 += v * x3;
    let x4 = x[r.high.x + n];
    a4 += w * x4;
    b4 += v * x4;
    let x5 = x[r.high.y + n];
    a5 += w * x5;
    b5 += v * x5;
    let x6 = x[r.high.z + n];
    a6 += w * x6;
    b6 += v * x6;
    let x7 = x[r.high.w + n];
    a7 += w * x7;
    b7 += v * x7;
  }
  return WideTile(Tile(a0, a1, a2, a3, a4, a5, a6, a7), Tile(b0, b1, b2, b3, b4, b5, b6, b7));
}
