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
