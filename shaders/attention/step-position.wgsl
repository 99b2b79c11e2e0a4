// What both kernels of attention of one new token know of a position: how a head is normed and rotated there, and where its key lies.
// Goes between step-sinks or step-norms and the body.

// Values 2p and 2p + 1 of a head, normed and rotated by the angles of a position.
fn rotate(at: u32, p: u32, position: u32, key: bool, factor: f32) -> vec2<f32> {
  let own = qkv[at + p] * factor * norm_weight(key, p);
  if (params.rotary == 0u) {
    return own;
  }
  let low = p < params.quads;
  let angles = table[position * params.quads + p % params.quads];
  let pair = select(p - params.quads, p + params.quads, low);
  let other = qkv[at + pair] * factor * norm_weight(key, pair);
  return own * angles.xz + select(other, -other, low) * angles.yw;
}

fn rotate4(at: u32, quad: u32, position: u32, key: bool) -> vec4<f32> {
  let factor = norm_factor(at);
  return vec4<f32>(rotate(at, 2u * quad, position, key, factor), rotate(at, 2u * quad + 1u, position, key, factor));
}

// Where the key of a position lies.
fn line_of(place: vec4<u32>, position: u32) -> u32 {
  return select(place.w + position - place.z, place.y + position, position < place.z);
}
